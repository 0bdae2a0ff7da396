import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type RunningProgram, startProgram } from '../control-plane/processes.ts';
import { LEASE, SPEC, SYSTEM, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** A rollout under a clock of its own, over the real API server and under the shipped rights. The tests are one story, in order. */

const COMPONENT = new URL('../../manifests/components/rollout/', import.meta.url);
const SCRIPT = fileURLToPath(new URL('rollout-controller.ts', import.meta.url));
const FILES = ['rights.yaml', 'limits.yaml', 'state.yaml'].map(file => fileURLToPath(new URL(file, COMPONENT)));
const STATE = `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-rollout`;
const ANNOTATION = 'chokepoint.dev/rollout';
const PART = 'rollout-e2e';
const ROLLOUTS = [
  { name: 'proposed', namespaces: { matchLabels: { [PART]: 'proposed' } }, auditDays: 3, apply: 'propose' },
  {
    name: 'team',
    namespaces: { matchExpressions: [{ key: PART, operator: 'Exists' }] },
    auditDays: 3,
    warnDays: 2,
    readyWhen: { cleanDays: 1 },
  },
];
const GATE_SPEC = { ...SPEC, modeChangers: { groups: ['system:masters'] }, rollout: ROLLOUTS };
const NAMES = ['good', 'bad', 'byhand', 'paused', 'proposed'] as const;
type Name = (typeof NAMES)[number] | 'cli';

let cluster: Connection;
let gate: WorkingGate;
let running: RunningProgram | undefined;
let started = 0;
const namespaces = new Map<Name, string>();
const nameOf = (name: Name): string => namespaces.get(name) ?? expect.fail(name);
const pathOf = (name: Name): string => `/api/v1/namespaces/${nameOf(name)}`;
const fileOf = (file: string): string => join(cluster.address.folder, file);

/** The clock, at noon of a day since the first. */
const setDay = (day: number): void =>
  writeFileSync(fileOf('rollout-clock'), String(Date.parse('2026-12-01T12:00:00Z') + (day - 1) * 86_400_000));

async function startRollouts(): Promise<RunningProgram> {
  const config = fileOf('rollout.json');
  writeFileSync(config, JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: GATE_SPEC }));
  const name = `rollouts-${started++}`;
  const args = [SCRIPT, gate.controller.kubeconfig, config, fileOf('rollout-clock')];
  const program = startProgram({ name, path: process.execPath, args }, cluster.address.folder);
  const line = await eventually(`${name} runs`, () => /^\{"ready".*$/m.exec(program.log())?.[0] ?? program.ended());
  if (!line.startsWith('{')) throw new Error(program.log());
  return program;
}

/** SIGKILL, and as if the Lease had run out. */
async function kill(): Promise<void> {
  running?.kill();
  await cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } });
}

async function modeOf(name: Name): Promise<string> {
  const { body } = expectOk(await cluster.request('GET', pathOf(name)));
  return body.metadata.labels[MODE] ?? 'none';
}

const record = async (name: Name) => {
  const { body } = expectOk(await cluster.request('GET', STATE));
  return JSON.parse(body.data?.['rollout.json'] ?? '{}')[nameOf(name)];
};

const hasMode = (name: Name, mode: string) =>
  eventually(`${name} has the mode ${mode}`, async () => (await modeOf(name)) === mode || undefined, {
    timeoutMs: 30_000,
  });

const hasRecord = (name: Name, what: string, isOne: (record: { readonly [key: string]: unknown }) => boolean) =>
  eventually(`${name}: ${what}`, async () => {
    const known = await record(name);
    return (known !== undefined && isOne(known)) || undefined;
  });

/** Reasons of the Events about a namespace. */
async function eventsOf(name: Name): Promise<readonly string[]> {
  const { body } = expectOk(await cluster.request('GET', '/apis/events.k8s.io/v1/namespaces/default/events'));
  type Told = { readonly regarding: { readonly kind: string; readonly name: string }; readonly reason: string };
  return (body.items as Told[])
    .filter(({ regarding }) => regarding.kind === 'Namespace' && regarding.name === nameOf(name))
    .map(({ reason }) => reason);
}

const hasEvent = (name: Name, reason: string) =>
  eventually(`${name} is told ${reason}`, async () => (await eventsOf(name)).includes(reason) || undefined);

/** Two looks of the controller, so that what it does not do has had its chance. */
const looks = (): Promise<void> => sleep(1_500);

beforeAll(async () => {
  cluster = sharedCluster();
  gate = await startWorkingGate(cluster, 'rollout', GATE_SPEC);
  for (const file of FILES) expect((await cluster.kubectl(['apply', '-f', file])).stderr).toBe('');
  for (const name of NAMES) {
    namespaces.set(name, await newNamespace(cluster, `rollout-${name}`, { [PART]: name }));
    expectOk(await cluster.request('POST', pathIn(nameOf(name), POLICIES), policy('weather', CLOSED)));
    expectOk(await cluster.request('POST', pathIn(nameOf(name), PODS), pod('weather')));
  }
  const open = { ...CLOSED, ingress: [{}] };
  expectOk(await cluster.request('POST', pathIn(nameOf('bad'), POLICIES), policy('open', open)));
  setDay(1);
  running = await startRollouts();
});
afterAll(async () => {
  running?.kill();
  await gate?.close();
  for (const file of FILES) await cluster?.kubectl(['delete', '--ignore-not-found', '-f', file]);
  cluster?.close();
});

test('the first day begins the days of every namespace, and changes nothing', async () => {
  for (const name of NAMES) await hasRecord(name, 'begins', ({ firstDay }) => firstDay === '2026-12-01');
  expect(await Promise.all(NAMES.map(modeOf))).toEqual(NAMES.map(() => 'none'));
});

test('on the fourth day they warn, however often the controller is killed on its way', async () => {
  expectOk(await cluster.request('PATCH', pathOf('paused'), { metadata: { annotations: { [ANNOTATION]: 'paused' } } }));
  await kill();
  setDay(4);
  for (const afterMs of [0, 150, 300, 600, 1_000]) {
    running = await startRollouts();
    await sleep(afterMs);
    await kill();
  }
  running = await startRollouts();
  for (const name of ['good', 'bad', 'byhand'] as const) {
    await hasMode(name, 'warn');
    await hasRecord(name, 'is seen to warn', ({ stage, raising }) => stage === 'warn' && raising === undefined);
    expect((await record(name)).history).toMatchObject([{ from: 'audit', to: 'warn', by: 'controller' }]);
    await hasEvent(name, 'StageRaised');
  }
});

test('a namespace that somebody paused stays, and a proposal writes nothing', async () => {
  await hasEvent('paused', 'RolloutPaused');
  await hasEvent('proposed', 'RolloutHeld');
  await looks();
  expect([await modeOf('paused'), await modeOf('proposed')]).toEqual(['none', 'none']);
});

test('what somebody raised by hand is told, and goes on from there', async () => {
  expectOk(await cluster.request('PATCH', pathOf('byhand'), { metadata: { labels: { [MODE]: 'enforce' } } }));
  await hasRecord('byhand', 'is seen to enforce', ({ stage }) => stage === 'enforce');
  expect((await record('byhand')).history.at(-1)).toMatchObject({ from: 'warn', to: 'enforce', by: 'person' });
});

test('on the sixth day who is closed enforces, and who is open is held', async () => {
  setDay(6);
  await hasMode('good', 'enforce');
  await hasEvent('bad', 'RolloutHeld');
  expect(await modeOf('bad')).toBe('warn');
});

test('who mends it enforces after a clean day', async () => {
  expectOk(await cluster.request('DELETE', `${pathIn(nameOf('bad'), POLICIES)}/open`));
  await looks();
  expect(await modeOf('bad')).toBe('warn');
  setDay(7);
  await hasMode('bad', 'enforce');
  expect([await modeOf('paused'), await modeOf('proposed')]).toEqual(['none', 'none']);
});

test('a clock that is set back, and a long downtime, take nothing back and leave nothing out', async () => {
  setDay(-300);
  await looks();
  expect([await modeOf('good'), await modeOf('bad')]).toEqual(['enforce', 'enforce']);
  await kill();
  setDay(400);
  expectOk(await cluster.request('PATCH', pathOf('paused'), { metadata: { annotations: { [ANNOTATION]: null } } }));
  running = await startRollouts();
  await hasMode('paused', 'warn');
  await looks();
  expect(await modeOf('paused')).toBe('warn');
  setDay(402);
  await hasMode('paused', 'enforce');
});

test('a mode that was lowered pauses, until somebody resumes it, and then the days begin anew', async () => {
  expectOk(await cluster.request('PATCH', pathOf('good'), { metadata: { labels: { [MODE]: 'audit' } } }));
  await hasEvent('good', 'RolloutPaused');
  setDay(450);
  await looks();
  expect(await modeOf('good')).toBe('audit');
  const annotations = { [ANNOTATION]: 'resumed by the team' };
  expectOk(await cluster.request('PATCH', pathOf('good'), { metadata: { annotations } }));
  await hasEvent('good', 'RolloutResumed');
  setDay(452);
  await looks();
  expect(await modeOf('good')).toBe('audit');
  setDay(453);
  await hasMode('good', 'warn');
});

test('enforcing by date is as strong as enforcing by hand: with the gate gone, an open Pod is refused', async () => {
  const open = pod('open', { app: 'open', 'chokepoint.dev/mcp-server': 'true' });
  expect((await cluster.request('POST', pathIn(nameOf('bad'), PODS), open)).status).toBe(403);
  gate.process.program.signal('SIGSTOP');
  const answer = await cluster.request('POST', pathIn(nameOf('bad'), PODS), open);
  gate.process.program.signal('SIGCONT');
  expect([answer.status >= 400, answer.body.message]).toEqual([true, expect.stringContaining('webhook')]);
});

const JSON_PATCH = { contentType: 'application/json-patch+json' };
const label = (key: string, value: string) => ({ metadata: { labels: { [key]: value } } });

test.each<readonly [title: string, name: Name | 'kube-system', body: object, said: string]>([
  ['lower a mode', 'bad', label(MODE, 'audit'), 'only raises the mode'],
  ['take the label away', 'bad', { metadata: { labels: { [MODE]: null } } }, 'only raises the mode'],
  ['write the mode that is there', 'bad', label(MODE, 'enforce'), 'only raises the mode'],
  ['raise it to something else', 'good', label(MODE, 'strict'), 'only raises the mode'],
  ['change another label', 'bad', label('team', 'x'), 'changes nothing of a Namespace but'],
  [
    'change another label as well',
    'good',
    { metadata: { labels: { [MODE]: 'enforce', team: 'x' } } },
    'changes nothing',
  ],
  ['write an annotation', 'bad', { metadata: { annotations: { a: 'b' } } }, 'changes nothing of a Namespace but'],
  ['write a finalizer', 'bad', { metadata: { finalizers: ['example.com/x'] } }, 'changes nothing of a Namespace but'],
  ['raise the mode of a namespace of the system', 'kube-system', label(MODE, 'enforce'), 'no rollout names'],
])("whoever has the controller's token cannot %s", async (_, name, body, said) => {
  const path = name === 'kube-system' ? `/api/v1/namespaces/${name}` : pathOf(name);
  const { status, body: answer } = await gate.controller.request('PATCH', path, body);
  expect([status, answer.message]).toEqual([403, expect.stringContaining(said)]);
});

test('nor can it patch what it did not see', async () => {
  const { body } = expectOk(await cluster.request('GET', pathOf('good')));
  const at = '/metadata/labels/chokepoint.dev~1mode';
  const patch = (uid: string, value: string | null) => [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: at, value },
    { op: 'add', path: at, value: 'enforce' },
  ];
  const send = async (uid: string, value: string | null): Promise<number> =>
    (await gate.controller.request('PATCH', `${pathOf('good')}?dryRun=All`, patch(uid, value), JSON_PATCH)).status;
  const { uid } = body.metadata;
  expect([await send('other', 'warn'), await send(uid, null), await send(uid, 'audit')]).toEqual([422, 422, 422]);
  expect(await send(uid, 'warn')).toBe(200);
});

const PROGRAM = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));

/** The command line by the administrator's rights: its status, and what it prints. */
function chokepoint(...words: readonly string[]): Promise<readonly [status: number, text: string]> {
  const env = { ...process.env, KUBECONFIG: cluster.address.kubeconfig };
  const args = [PROGRAM, 'rollout', ...words, '--config', fileOf('rollout.json')];
  return new Promise(resolve => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve([typeof error?.code === 'number' ? error.code : 0, stdout + stderr]),
    );
  });
}

test('people see how it stands, promote, pause and resume by their own rights', async () => {
  writeFileSync(fileOf('rollout-clock'), String(Date.now()));
  const name = await newNamespace(cluster, 'rollout-cli', { [PART]: 'cli' });
  namespaces.set('cli', name);
  expectOk(await cluster.request('POST', pathIn(name, PODS), pod('weather')));
  await hasRecord('cli', 'begins', () => true);
  const [, status] = await chokepoint('status', name);
  expect(status).toMatch(new RegExp(`^${name} +team +audit .* warn .* waiting +\\d`, 'm'));
  expect(await chokepoint('promote', name)).toEqual([0, `${name}: mode audit raised to warn\n`]);
  expect(await modeOf('cli')).toBe('warn');
  await hasRecord('cli', 'is seen to warn', ({ stage }) => stage === 'warn');
  // Its Pod has no policy, and absentPolicy is reject.
  expect(await chokepoint('promote', name)).toEqual([1, expect.stringContaining('would stop Pod')]);
  expect(await chokepoint('plan', name)).toEqual([1, expect.stringContaining('new Pods of Pod')]);
  expect(await chokepoint('pause', name)).toEqual([0, `${name}: its rollout is paused\n`]);
  await hasEvent('cli', 'RolloutPaused');
  const stays = `${name}: its rollout was paused, and stays so, though no stage comes after enforce\n`;
  expect(await chokepoint('promote', name, '--force')).toEqual([0, `${name}: mode warn raised to enforce\n${stays}`]);
  expect(await modeOf('cli')).toBe('enforce');
  expectOk(await cluster.request('PATCH', pathOf('cli'), { metadata: { labels: { [MODE]: 'audit' } } }));
  await hasRecord('cli', 'is paused', ({ pause }) => pause !== undefined);
  expect(await chokepoint('resume', name)).toEqual([0, `${name}: its rollout goes on\n`]);
  await hasRecord('cli', 'goes on', ({ pause }) => pause === undefined);
  expect((await chokepoint('promote', 'default'))[0]).toBe(2);
});

test('the controller met no bug of ours, and keeps a few hundred bytes for each namespace', async () => {
  expect(readFileSync(fileOf(`rollouts-${started - 1}.log`), 'utf8')).not.toContain('"bug"');
  const { body } = expectOk(await cluster.request('GET', STATE));
  const { length } = body.data['rollout.json'];
  process.stderr.write(`the state of ${NAMES.length} namespaces: ${length} bytes\n`);
  expect(length).toBeLessThan((NAMES.length + 1) * 900);
});
