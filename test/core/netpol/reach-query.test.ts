import { describe, expect, test } from 'vitest';
import { readPlainAddress } from '../../../src/core/net/ip.ts';
import { isPortName, parseReachQuery, readEndpoint, unknownQueryFields } from '../../../src/core/netpol/reach-query.ts';

const FROM = { pod: 'shop/web' };
const TO = { ip: '10.0.0.1' };
const pod = (namespace: string, name: string, workload?: string) => ({
  kind: 'pod',
  namespace,
  ...(workload !== undefined && { workload }),
  name,
});
const WEB = pod('shop', 'web');
const ADDRESS = { kind: 'ip', address: { family: 4, value: 0x0a000001n } };

describe('a query', () => {
  // biome-ignore format: one line a case
  test.each<readonly [title: string, query: unknown, read: unknown]>([
    ['of a port', { from: FROM, to: TO, port: 80 }, { from: WEB, to: ADDRESS, port: 80 }],
    ['of the first port', { from: FROM, to: TO, port: 1 }, { from: WEB, to: ADDRESS, port: 1 }],
    ['of the last port', { from: FROM, to: TO, port: 65535 }, { from: WEB, to: ADDRESS, port: 65535 }],
    ['of a named port', { from: FROM, to: TO, port: 'http' }, { from: WEB, to: ADDRESS, port: 'http' }],
    ['of a protocol', { from: FROM, to: TO, port: 1, protocol: 'SCTP' }, { from: WEB, to: ADDRESS, port: 1, protocol: 'SCTP' }],
    ['of a protocol that is null', { from: FROM, to: TO, port: 1, protocol: null }, { from: WEB, to: ADDRESS, port: 1 }],
    ['of nothing', 'x', { problem: 'expected an object' }],
    ['without its beginning', { to: TO, port: 1 }, { problem: 'from: expected {"pod": "namespace/name"} or {"ip": "address"}' }],
    ['without its end', { from: FROM, port: 1 }, { problem: 'to: expected {"pod": "namespace/name"} or {"ip": "address"}' }],
    ['of a Pod and an address', { from: { ...FROM, ...TO }, to: TO, port: 1 }, { problem: 'from: expected exactly one of pod and ip, a string' }],
    ['of a Pod that is a number', { from: { pod: 1 }, to: TO, port: 1 }, { problem: 'from: expected exactly one of pod and ip, a string' }],
    ['of neither', { from: {}, to: TO, port: 1 }, { problem: 'from: expected exactly one of pod and ip, a string' }],
    ['of no address', { from: FROM, to: { ip: '10.0.0' }, port: 1 }, { problem: expect.stringMatching(/^to\.ip: "10\.0\.0" is no address/) }],
    ['of port 0', { from: FROM, to: TO, port: 0 }, { problem: 'port: expected a whole number from 1 to 65535' }],
    ['of port 65536', { from: FROM, to: TO, port: 65536 }, { problem: 'port: expected a whole number from 1 to 65535' }],
    ['of half a port', { from: FROM, to: TO, port: 1.5 }, { problem: 'port: expected a whole number from 1 to 65535' }],
    ['of a number as text', { from: FROM, to: TO, port: '80' }, { problem: 'port: expected a whole number from 1 to 65535, or the name of a port' }],
    ['without a port', { from: FROM, to: TO }, { problem: 'port: expected a whole number from 1 to 65535' }],
    ['of no protocol', { from: FROM, to: TO, port: 1, protocol: 'tcp' }, { problem: 'protocol: expected TCP, UDP or SCTP' }],
  ])('%s is read', (_, query, read) => {
    expect(parseReachQuery(query)).toEqual(read);
  });

  test.each<readonly [query: unknown, unknown: readonly string[]]>([
    [{ from: FROM, to: TO, port: 1, protocol: 'TCP' }, []],
    [{ from: { pod: 'a', pods: 'b' }, to: { ips: 'c' }, ports: 1 }, ['ports', 'from.pods', 'to.ips']],
    [{ to: 'x' }, []],
    ['x', []],
  ])('%j has the unknown fields %j', (query, unknown) => {
    expect(unknownQueryFields(query)).toEqual(unknown);
  });
});

test.each([
  ['web', pod('default', 'web')],
  ['shop/web', WEB],
  ['shop/Deployment/web', pod('shop', 'web', 'Deployment')],
  ['shop/Deployment/web/x', pod('shop', 'web/x', 'Deployment')],
  ['10.0.0.1', ADDRESS],
  ['::1', { kind: 'ip', address: { family: 6, value: 1n } }],
  ['10.0.0', pod('default', '10.0.0')],
  ['1.2.3.4.5', pod('default', '1.2.3.4.5')],
  ['shop/10.0.0.1', pod('shop', '10.0.0.1')],
])('the end %s is read', (text, read) => {
  expect(readEndpoint(text, 'from', readPlainAddress)).toEqual(read);
});

test.each([
  ['the address is told', 'why', 'from.ip: "1.2.3.4" is no address: why'],
  ['nothing more is told', '', 'from.ip: "1.2.3.4" is no address'],
])('of what is no address %s', (_, reason, problem) => {
  expect(readEndpoint('1.2.3.4', 'from', () => reason)).toEqual({ problem });
});

test.each([
  ['http', true],
  ['a', true],
  ['1a', true],
  ['a-b', true],
  ['a'.repeat(15), true],
  ['a'.repeat(16), false],
  ['80', false],
  ['a--b', false],
  ['-a', false],
  ['A', false],
  ['', false],
])('%s is the name of a port: %s', (text, isName) => {
  expect(isPortName(text)).toBe(isName);
});
