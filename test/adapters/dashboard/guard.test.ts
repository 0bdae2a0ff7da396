import { describe, expect, test } from 'vitest';
import { type DashboardPlace, refusalOf } from '../../../src/adapters/dashboard/guard.ts';

const OWN: DashboardPlace = { kind: 'loopback', port: 8484 };
const FORWARDED: DashboardPlace = { kind: 'loopback', port: undefined };
const PROXIED: DashboardPlace = { kind: 'proxy', name: 'dashboard.example.com' };

const statusOf = (place: DashboardPlace, headers: Readonly<Record<string, string>>, method = 'GET'): number =>
  refusalOf({ method, headers }, place)?.status ?? 200;

/** What a browser or a program sends, and the status of the answer. */
test.each<[string, DashboardPlace, Readonly<Record<string, string>>, number]>([
  ['the address as it is printed', OWN, { host: '127.0.0.1:8484' }, 200],
  ['the name of the machine itself', OWN, { host: 'localhost:8484' }, 200],
  ['the same in capitals', OWN, { host: 'LOCALHOST:8484' }, 200],
  ['the address of IPv6', OWN, { host: '[::1]:8484' }, 200],
  ['another port', OWN, { host: '127.0.0.1:8485' }, 421],
  ['no port, which is 80', OWN, { host: '127.0.0.1' }, 421],
  ['no name', OWN, {}, 421],
  ['an empty name', OWN, { host: '' }, 421],
  ['a name that was bent to this machine', OWN, { host: 'attacker.example:8484' }, 421],
  ['a name that begins like its own', OWN, { host: 'localhost.attacker.example:8484' }, 421],
  ['a name that ends like its own', OWN, { host: 'attacker-localhost:8484' }, 421],
  ['an address that begins like its own', OWN, { host: '127.0.0.1.attacker.example:8484' }, 421],
  ['a name with a dot at its end', OWN, { host: 'localhost.:8484' }, 421],
  ['another loopback address', OWN, { host: '127.0.0.2:8484' }, 421],
  ['the address as one number', OWN, { host: '2130706433:8484' }, 421],
  ['a user before the name', OWN, { host: 'localhost@attacker.example:8484' }, 421],
  ['two names', OWN, { host: 'localhost:8484, attacker.example' }, 421],
  ['a port that is forwarded, whatever it is', FORWARDED, { host: 'localhost:9999' }, 200],
  ['another name at a port that is forwarded', FORWARDED, { host: 'attacker.example:9999' }, 421],
  ['the name of the proxy', PROXIED, { host: 'dashboard.example.com' }, 200],
  ['the name of the proxy with its port', PROXIED, { host: 'Dashboard.Example.com:443' }, 200],
  ['another name behind the proxy', PROXIED, { host: 'localhost' }, 421],
  [
    'its own page',
    OWN,
    { host: 'localhost:8484', origin: 'http://localhost:8484', 'sec-fetch-site': 'same-origin' },
    200,
  ],
  ['a person who types the address', OWN, { host: 'localhost:8484', 'sec-fetch-site': 'none' }, 200],
  [
    'its own page behind the proxy',
    PROXIED,
    { host: 'dashboard.example.com', origin: 'https://dashboard.example.com' },
    200,
  ],
  [
    'its own name without encryption, behind the proxy',
    PROXIED,
    { host: 'dashboard.example.com', origin: 'http://dashboard.example.com' },
    403,
  ],
  ['a page of another site', OWN, { host: 'localhost:8484', origin: 'https://attacker.example' }, 403],
  ['a page of another port', OWN, { host: 'localhost:8484', origin: 'http://localhost:3000' }, 403],
  ['a page under another of its names', OWN, { host: 'localhost:8484', origin: 'http://127.0.0.1:8484' }, 403],
  ['a page without an origin', OWN, { host: 'localhost:8484', origin: 'null' }, 403],
  ['a page of another site that does not say so', OWN, { host: 'localhost:8484', 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of the same site', OWN, { host: 'localhost:8484', 'sec-fetch-site': 'same-site' }, 403],
])('%s', (_, place, headers, status) => {
  expect(statusOf(place, headers)).toBe(status);
});

describe('Nothing but GET is answered:', () => {
  test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'])('%s', method => {
    expect(statusOf(OWN, { host: 'localhost:8484' }, method)).toBe(405);
  });
});
