import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startController } from '../../src/main/controller.ts';
import { startServe } from '../../src/main/serve.ts';

/** What a kubelet is told of a process whose API server is away. */

let folder: string;

/** A port on which nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  const kubeconfig = {
    'current-context': 'away',
    contexts: [{ name: 'away', context: { cluster: 'away', namespace: 'system' } }],
    clusters: [{ name: 'away', cluster: { server: `http://127.0.0.1:${await unusedPort()}` } }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
});
afterEach(() => rmSync(folder, { recursive: true, maxRetries: 5 }));

const shared = () => ({ workingFolder: folder, host: '127.0.0.1', healthPort: 0, log: join(folder, 'log') });
const away = () => ({ kubeconfig: join(folder, 'kubeconfig'), env: {}, home: folder });
const drain = { delayMs: 0, graceMs: 0 };

const PROCESSES: readonly (readonly [
  what: string,
  start: () => Promise<{ readonly healthPort: number; close(): Promise<void> }>,
])[] = [
  ['webhook', () => startServe({ ...shared(), world: away(), port: 0, drain })],
  ['controller', () => startController({ ...shared(), cluster: away(), manageCertificates: true })],
];

test.each(PROCESSES)('a %s that waits for its cluster is alive and not ready', async (_what, start) => {
  const running = await start();
  try {
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${running.healthPort}${path}`)).status;
    expect([await statusOf('/healthz'), await statusOf('/readyz'), await statusOf('/metrics')]).toEqual([
      200, 503, 200,
    ]);
  } finally {
    await running.close();
  }
});
