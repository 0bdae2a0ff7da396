import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WATCHED_KINDS } from '../../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../../src/adapters/kubernetes/client/paths.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { type RunningGate, startServe } from '../../src/main/serve.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../support/fake-api-server.ts';

/** A gate that no file configures, over a cluster that serves GatePolicies. */

const GATE_POLICIES: Resource = {
  group: 'chokepoint.dev',
  version: 'v1alpha1',
  kind: 'GatePolicy',
  plural: 'gatepolicies',
};

let folder: string;
let server: FakeApiServer;
let gate: RunningGate | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  const builtin = WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? [watched.resource] : []));
  server = await startFakeApiServer(SYSTEM_TIME, [...builtin, GATE_POLICIES]);
  const kubeconfig = {
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', namespace: 'system' } }],
    clusters: [{ name: 'fake', cluster: { server: String(server.connection.server) } }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
});
afterEach(async () => {
  await gate?.close();
  gate = undefined;
  await server.close();
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

async function start(): Promise<RunningGate> {
  gate = await startServe({
    world: { kubeconfig: join(folder, 'kubeconfig'), env: {}, home: folder },
    workingFolder: folder,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    drain: { delayMs: 0, graceMs: 1000 },
    log: join(folder, 'log'),
  });
  return gate;
}

const put = (spec: object, name = 'default'): void => void server.put('gatepolicies', { metadata: { name }, spec });

/** The status of /readyz, and what it says of the policy. */
function readyz(): Promise<{
  readonly status: number | undefined;
  readonly source: string;
  readonly lastError: string;
}> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: gate?.healthPort, path: '/readyz', agent: false }, answer => {
      let text = '';
      answer.on('data', chunk => {
        text += chunk;
      });
      answer.on('end', () => {
        const { source, lastError } = JSON.parse(text).checks.policy.detail;
        resolve({ status: answer.statusCode, source, lastError });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const untilSource = (source: string) =>
  eventually(`the source is ${source}`, async () => {
    const now = await readyz();
    return now.source === source && now.status === 200 ? now : undefined;
  });

test('without a GatePolicy the preset holds, and the one named default is taken over when it comes', async () => {
  put({ mode: 'enforce' }, 'other');
  await (await start()).ready;
  expect(await readyz()).toMatchObject({ status: 200, source: 'built-in baseline preset' });
  put({ mode: 'enforce' });
  await untilSource('GatePolicy default');
});

test('the only GatePolicy cannot be used: the gate is not ready until it can', async () => {
  put({ mode: 'enforced' });
  await start();
  const said = await eventually('it says why', async () => {
    const now = await readyz();
    return now.lastError === '' ? undefined : now;
  });
  expect(said).toMatchObject({
    status: 503,
    lastError: 'GatePolicy default: spec.mode: must be one of off, audit, warn, enforce',
  });
  put({ mode: 'enforce' });
  await gate?.ready;
  await untilSource('GatePolicy default');
});

test('a bad one that is taken away makes room for the preset', async () => {
  put({ mode: 'enforced' });
  await start();
  await eventually('it says why', async () => (await readyz()).lastError || undefined);
  server.remove('gatepolicies', 'default', '');
  await untilSource('built-in baseline preset');
});

test('one that is taken away, or cannot be used any more, stays in force, and that is said', async () => {
  put({ mode: 'enforce' });
  await (await start()).ready;
  await untilSource('GatePolicy default');
  put({ mode: 'enforced' });
  const bad = await eventually('it says why', async () => ((await readyz()).lastError ? readyz() : undefined));
  expect(bad).toMatchObject({ status: 200, source: 'GatePolicy default' });
  server.remove('gatepolicies', 'default', '');
  const gone = await eventually('it is gone', async () => {
    const now = await readyz();
    return now.lastError.includes('gone') ? now : undefined;
  });
  expect(gone).toEqual({
    status: 200,
    source: 'GatePolicy default',
    lastError: 'GatePolicy default: it is gone: what was read from it stays in force',
  });
});
