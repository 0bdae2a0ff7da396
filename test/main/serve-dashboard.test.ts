import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DashboardStanding } from '../../src/app/dashboard/model.ts';
import { type ServedDashboard, serveDashboard } from '../../src/main/serve-dashboard.ts';
import { clientPair, createAuthority, serverPair } from '../control-plane/pki.ts';

const STANDING: DashboardStanding = { version: 'v1', judgements: 1, staleSince: null, troubles: [] };
const DASHBOARD = {
  current: () => ({ version: 'v1', text: '{}', detail: async () => undefined }),
  standing: () => STANDING,
  follow: () => () => undefined,
};

const authority = createAuthority();
const proxies = createAuthority();

let folder: string;
let served: ServedDashboard | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-dashboard-'));
});
afterEach(async () => {
  await served?.close();
  served = undefined;
  rmSync(folder, { recursive: true });
});

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** Serves it to proxies whose certificates `proxies` signed. */
async function serveToProxy(): Promise<number> {
  const pair = serverPair(authority, ['localhost']);
  const files = {
    certFile: file('tls.crt', pair.cert),
    keyFile: file('tls.key', pair.key),
    clientCaFile: file('proxy-ca.crt', proxies.cert),
  };
  const address = { kind: 'proxy', host: '127.0.0.1', port: 0, name: 'dashboard.example.com', files } as const;
  served = await serveDashboard(DASHBOARD, address);
  return served.port;
}

/** Status of the answer to whoever shows this certificate, or none. */
function ask(port: number, host: string, pair?: { readonly cert: string; readonly key: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: '/model',
        servername: 'localhost',
        ca: authority.cert,
        ...pair,
        headers: { host },
        agent: false,
      },
      response => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

test('A proxy with a certificate of its authorities gets it, under the name that it is given', async () => {
  const port = await serveToProxy();
  const proxy = clientPair(proxies, 'proxy', []);
  expect(await ask(port, 'dashboard.example.com', proxy)).toBe(200);
  expect(await ask(port, 'localhost', proxy)).toBe(421);
  expect(await ask(port, '127.0.0.1', proxy)).toBe(421);
});

test.each([
  ['no certificate', undefined],
  ['a certificate of other authorities', clientPair(createAuthority(), 'proxy', [])],
  ['a certificate of the authority that signed its own', clientPair(authority, 'proxy', [])],
])('Who shows %s gets past no handshake', async (_, pair) => {
  const port = await serveToProxy();
  await expect(ask(port, 'dashboard.example.com', pair)).rejects.toThrow();
});

test('Nothing is served with authorities that are none', async () => {
  const pair = serverPair(authority, ['localhost']);
  const files = {
    certFile: file('tls.crt', pair.cert),
    keyFile: file('tls.key', pair.key),
    clientCaFile: file('proxy-ca.crt', 'no certificate'),
  };
  await expect(
    serveDashboard(DASHBOARD, { kind: 'proxy', host: '127.0.0.1', port: 0, name: 'a.example.com', files }),
  ).rejects.toThrow(/cannot be used: no certificate in it/);
});

test.each([
  [true, 200],
  [false, 421],
])(
  'On the loopback address, with a port that may be forwarded: %s, another port than its own is answered with %i',
  async (isForwarded, status) => {
    served = await serveDashboard(DASHBOARD, { kind: 'loopback', port: 0, isForwarded });
    const { port } = served;
    const answered = await new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/model', headers: { host: 'localhost:9999' }, agent: false };
      const asked = requestPlain(options, response => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(answered).toBe(status);
  },
);
