import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningGate, type ServeOptions, startServe } from '../../src/main/serve.ts';
import { closedLog } from '../support/closed-log.ts';
import { closingPolicy, deployment, namespace, reviewText } from '../support/reviews.ts';

let folder: string;
let gates: RunningGate[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  mkdirSync(join(folder, 'world'));
  gates = [];
});
afterEach(async () => {
  await Promise.all(gates.map(gate => gate.close()));
  // Where a gate could not start, its log may be opened a moment later.
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

const writeWorld = (name: string, ...objects: readonly unknown[]): void =>
  writeFileSync(join(folder, 'world', name), objects.map(object => JSON.stringify(object)).join('\n---\n'));

async function start(options: Partial<ServeOptions> = {}): Promise<RunningGate> {
  const gate = await startServe({
    world: [join(folder, 'world')],
    workingFolder: folder,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    drain: { delayMs: 0, graceMs: 1000 },
    log: join(folder, 'log'),
    ...options,
  });
  gates.push(gate);
  return gate;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(gate: RunningGate, path: string, payload?: string): Promise<Answer> {
  const send = payload === undefined ? httpRequest : request;
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        host: '127.0.0.1',
        port: payload === undefined ? gate.healthPort : gate.port,
        path,
        agent: false,
        ...(payload === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' } }),
        ...(gate.developmentCertificate && { ca: gate.developmentCertificate }),
      },
      response => {
        let text = '';
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

const allowed = async (gate: RunningGate, name: string): Promise<boolean> =>
  JSON.parse((await ask(gate, '/validate?timeout=5s', reviewText(name))).text).response.allowed;

test('a folder of manifests is a world: the gate judges by it, tells of itself and goes', async () => {
  writeWorld('prod.yaml', namespace(), deployment(), closingPolicy());
  const gate = await start({ mode: 'enforce' });
  expect(await allowed(gate, 'deployment-create-harmless')).toBe(true);
  expect(await allowed(gate, 'networkpolicy-create-reopening')).toBe(false);
  expect((await ask(gate, '/healthz')).text).toBe('ok');
  const { status, text } = await ask(gate, '/readyz');
  expect([status, JSON.parse(text).checks.world.detail.objects, JSON.parse(text).checks.policy.detail.source]).toEqual([
    200,
    3,
    'built-in baseline preset',
  ]);
  expect((await ask(gate, '/metrics')).text).toContain(
    'chokepoint_admission_reviews_total{endpoint="validate",operation="CREATE",mode="enforce",verdict="deny",allowed="false"} 1',
  );
  const metrics = (await ask(gate, '/metrics')).text;
  expect(metrics).toContain('chokepoint_admission_view_age_seconds 0\n');
  expect(Number(/_not_after_seconds (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(Date.now() / 1000);
  expect(JSON.parse(text).checks.loop).toEqual({ ok: true, detail: { delayMs: 0 } });
  await gate.close();
  await expect(ask(gate, '/healthz')).rejects.toThrow();
  const lines = (await closedLog(join(folder, 'log'))).map(({ msg }) => msg);
  expect(lines.filter(line => line === 'review').length).toBe(2);
  expect(lines.at(-1)).toBe('closed');
});

test('what is late to stop is told to hurry: the drain does not wait for its delay', async () => {
  writeWorld('prod.yaml', namespace());
  const hour = 3_600_000;
  const gate = await start({ drain: { delayMs: hour, graceMs: hour } });
  const hurry = new AbortController();
  const closed = gate.close(hurry.signal);
  expect(JSON.parse((await ask(gate, '/readyz')).text).checks.drain.ok).toBe(false);
  hurry.abort();
  await closed;
  await expect(ask(gate, '/healthz')).rejects.toThrow();
});

test('a configuration that cannot be taken over is told as such, and the last good one is kept', async () => {
  writeWorld('prod.yaml', namespace());
  const config = join(folder, 'gate.yaml');
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' } };
  writeFileSync(config, JSON.stringify({ ...document, spec: { mode: 'enforce' } }));
  const gate = await start({ config: 'gate.yaml', pollMs: 10 });
  writeFileSync(config, JSON.stringify({ ...document, spec: { mode: 'strict' } }));
  const lastError = async (): Promise<string> =>
    JSON.parse((await ask(gate, '/readyz')).text).checks.policy.detail.lastError;
  await expect.poll(lastError).toContain('spec.mode');
  expect(await allowed(gate, 'deployment-create')).toBe(false);
  await gate.close();
  const said = (await closedLog(join(folder, 'log'))).find(({ msg }) => msg.startsWith('policy'));
  expect([said?.level, said?.msg]).toEqual([50, 'policy not reloaded: the last good one is kept']);
});

test('without a controller an absent policy rejects, unless the flag or the document says otherwise', async () => {
  writeWorld('prod.yaml', namespace());
  const byDefault = await start({ mode: 'enforce' });
  expect(await allowed(byDefault, 'deployment-create')).toBe(false);
  expect(await allowed(await start({ mode: 'enforce', absentPolicy: 'hold' }), 'deployment-create')).toBe(true);
  const spec = {
    mode: 'enforce',
    absentPolicy: 'create',
    protectedNetworks: { pods: [], services: [], nodes: [], controlPlane: [] },
  };
  writeFileSync(
    join(folder, 'gate.yaml'),
    JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec }),
  );
  expect(await allowed(await start({ config: 'gate.yaml' }), 'deployment-create')).toBe(true);
});

test.each<readonly [string, Partial<ServeOptions>, string]>([
  ['a world that is not there', { world: ['/nowhere'] }, 'unreadable-world'],
  ['a configuration that is not there', { config: 'none.yaml' }, 'bad-configuration'],
  ['a certificate without its key', { tlsCert: 'tls.crt' }, 'bad-certificate'],
  ['a certificate that is not there', { tlsCert: '/nowhere/tls.crt', tlsKey: '/nowhere/tls.key' }, 'bad-certificate'],
  ['client authorities without a certificate', { clientCa: 'ca.crt' }, 'bad-certificate'],
  ['an address that is not ours', { host: '192.0.2.1' }, 'cannot-listen'],
])('%s stops it before it answers', async (_what, options, code) => {
  writeWorld('prod.yaml', namespace());
  await expect(start(options)).rejects.toMatchObject({ name: 'GateError', code });
});

test('of two objects of one name the later is judged, as kubectl apply would leave it, and the log says so', async () => {
  const open = { ...(closingPolicy() as { spec: object }).spec, ingress: [{}] };
  writeWorld('a.yaml', namespace(), deployment(), closingPolicy());
  writeWorld('b.yaml', { ...(closingPolicy() as object), spec: open });
  const gate = await start({ mode: 'enforce' });
  expect(JSON.parse((await ask(gate, '/readyz')).text).checks.world.detail.objects).toBe(3);
  await gate.close();
  const { problem } = (await closedLog(join(folder, 'log'))).find(({ msg }) => msg === 'input') ?? {};
  expect(problem?.message).toContain(`is also at ${join(folder, 'world', 'a.yaml')}:`);
});

test('a world of which a part cannot be read is not judged by', async () => {
  writeWorld('good.yaml', namespace());
  writeFileSync(
    join(folder, 'world', 'bad.yaml'),
    'kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: a}\nspec: {podSelector: {}, ingress: all}\n',
  );
  await expect(start()).rejects.toMatchObject({
    code: 'unreadable-world',
    message: `${join(folder, 'world', 'bad.yaml')}:1: spec.ingress: expected a list, got a string`,
  });
});
