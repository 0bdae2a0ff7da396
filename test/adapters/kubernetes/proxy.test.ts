import { describe, expect, test } from 'vitest';
import { proxyOf } from '../../../src/adapters/kubernetes/client/proxy.ts';

const P = 'http://p:1';

describe('The proxy of the environment', () => {
  test.each([
    ['https://api.test', { HTTPS_PROXY: P }, P],
    ['https://api.test', { https_proxy: P }, P],
    ['https://api.test', { HTTPS_PROXY: P, https_proxy: 'http://q:1' }, P],
    ['https://api.test', { HTTP_PROXY: P }, undefined],
    ['http://api.test', { HTTP_PROXY: P }, P],
    ['http://api.test', { HTTPS_PROXY: P }, undefined],
    ['https://api.test', { HTTPS_PROXY: 'p:1' }, P],
    ['https://api.test', { HTTPS_PROXY: 'socks5://p:1' }, 'socks5://p:1'],
    ['https://localhost:6443', { HTTPS_PROXY: P }, undefined],
    ['https://127.1.2.3:6443', { HTTPS_PROXY: P }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: P }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '*' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: 'api.test' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, no_proxy: 'API.test' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: 'test' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: 'i.test' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '.test' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '*.test' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '.api.test' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '*.api.test' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: 'other, api.test:443' }, undefined],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: 'api.test:6443' }, P],
    ['https://192.0.2.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.0/24' }, undefined],
    ['https://192.0.3.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.0/24' }, P],
    ['https://192.0.2.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.7' }, undefined],
    ['https://192.0.2.7:6443', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.7:443' }, P],
    ['https://[2001:db8::7]', { HTTPS_PROXY: P, NO_PROXY: '2001:db8::/32' }, undefined],
    ['https://[2001:db8::7]', { HTTPS_PROXY: P, NO_PROXY: '[2001:db8:0::7]:443' }, undefined],
    ['https://[2001:db8::7]:6443', { HTTPS_PROXY: P, NO_PROXY: '[2001:db8::7]:443' }, P],
    ['https://192.0.2.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.8' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '[api.test]:443' }, undefined],
    ['http://api.test', { HTTP_PROXY: P, NO_PROXY: 'api.test:80' }, undefined],
    ['http://api.test', { HTTP_PROXY: P, NO_PROXY: 'api.test:443' }, P],
    ['https://192.0.2.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.7/32' }, undefined],
    ['https://192.0.2.7', { HTTPS_PROXY: P, NO_PROXY: '192.0.2.7/33' }, P],
    ['https://[2001:db8::7]', { HTTPS_PROXY: P, NO_PROXY: '2001:db8::7/128' }, undefined],
    ['https://[2001:db8::7]', { HTTPS_PROXY: P, NO_PROXY: '2001:db8::7/129' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '0.0.0.0/0' }, P],
    ['https://[::2]:6443', { HTTPS_PROXY: P }, P],
    ['https://128.0.0.1:6443', { HTTPS_PROXY: P }, P],
    ['https://b.api.test', { HTTPS_PROXY: P, NO_PROXY: '*.api.test' }, undefined],
    ['https://xapi.test', { HTTPS_PROXY: P, NO_PROXY: '*.api.test' }, P],
    ['https://api.test', { HTTPS_PROXY: P, NO_PROXY: '0.0.0.0/0,192.0.2.0/99,:443,' }, P],
  ])('of %s with %j is %s', (server, env, expected) => {
    expect(proxyOf(new URL(server), '', env)?.href.replace(/\/$/, '')).toBe(expected);
  });

  test('is refused where it is no address', () => {
    expect(() => proxyOf(new URL('https://api.test'), '', { HTTPS_PROXY: 'a b' })).toThrow('no address of a proxy');
  });
});

test.each([
  ['http://q:1', 'http://q:1/'],
  ['https://q', 'https://q/'],
  ['socks5://q:1', 'socks5://q:1'],
])('the proxy of the cluster, %s, goes before the one of the environment', (text, href) => {
  expect(proxyOf(new URL('https://localhost'), text, { HTTPS_PROXY: P, NO_PROXY: '*' })?.href).toBe(href);
});

test.each(['q:1', 'ftp://q', 'socks5h://q:1', '//'])('"%s" is no proxy of a cluster', text => {
  expect(() => proxyOf(new URL('https://api.test'), text, {})).toThrow('"proxy-url" must begin with http');
});
