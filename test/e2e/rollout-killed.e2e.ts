import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type RunningProgram, startProgram } from '../control-plane/processes.ts';
import { LEASE, SPEC, SYSTEM, shippedAccount } from './gate.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** One namespace on its way from audit to enforce, by controllers of which each is killed at its first write: before it is asked for, and once it is answered. */

const COMPONENT = new URL('../../manifests/components/rollout/', import.meta.url);
const FILES = ['rights.yaml', 'limits.yaml', 'state.yaml'].map(file => fileURLToPath(new URL(file, COMPONENT)));
const SCRIPT = fileURLToPath(new URL('rollout-controller.ts', import.meta.url));
const STATE = `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-rollout`;
const PART = 'rollout-killed-e2e';
const ROLLOUT = {
  name: 'killed',
  namespaces: { matchExpressions: [{ key: PART, operator: 'Exists' }] },
  auditDays: 3,
  warnDays: 2,
  readyWhen: { cleanDays: 1 },
};
/** Milliseconds without a write after which a controller has nothing to do. */
const IDLE_MS = 8_000;
/** Milliseconds that a stage may take: some twelve processes, one after the other. */
const STAGE_MS = 300_000;
/** Pairs of processes for one stage: each makes two writes at most. */
const MOST_PAIRS = 16;

let cluster: Connection;
let kubeconfig: string;
let namespace: string;
let last: RunningProgram | undefined;
let started = 0;
const deaths: string[] = [];

const fileOf = (file: string): string => join(cluster.address.folder, file);
const setDay = (day: number): void =>
  writeFileSync(fileOf('killed-clock'), String(Date.parse('2026-12-01T12:00:00Z') + (day - 1) * 86_400_000));

const freeLease = () => cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } });

async function start(...dies: readonly string[]): Promise<RunningProgram> {
  const name = `rollout-killed-${started++}`;
  const args = [SCRIPT, kubeconfig, fileOf('killed.json'), fileOf('killed-clock'), ...dies];
  const program = startProgram({ name, path: process.execPath, args }, cluster.address.folder);
  await eventually(`${name} runs`, () => /"(?:ready|dies)"/.test(program.log()) || program.ended());
  return program;
}

/** At which write, of so many, a controller killed itself; `undefined`: it had none to make, or fewer, and was ended. */
async function diesAtWrite(when: 'before' | 'after', nth: number): Promise<string | undefined> {
  await freeLease();
  const program = await start(when, String(nth));
  const startMs = Date.now();
  const isOver = (): true | undefined =>
    program.ended() !== undefined || Date.now() - startMs > IDLE_MS ? true : undefined;
  await eventually('it dies or is idle', isOver);
  const at = /"at":"([^"]*)"/.exec(program.log())?.[1]?.replace(namespace, 'NAMESPACE').replace(/\?.*$/, '');
  if (at !== undefined) deaths.push(`${when} ${at}`);
  program.kill();
  return at;
}

/**
 * Controllers until one has nothing to write: each write was asked for by one that died before it, and made by one that died after it. What is told is told
 * before it is noted that it was, so that whoever dies in between tells it again: the next one dies a write later.
 */
async function untilIdle(): Promise<void> {
  let nth = 1;
  for (let count = 0; count < MOST_PAIRS; count += 1) {
    if ((await diesAtWrite('before', nth)) === undefined) return;
    const at = await diesAtWrite('after', nth);
    nth = nth === 1 && at?.endsWith('/events') ? 2 : 1;
  }
  expect.fail(`more than ${MOST_PAIRS} writes for one stage: ${deaths.join(', ')}`);
}

const modeNow = async (): Promise<string> =>
  expectOk(await cluster.request('GET', `/api/v1/namespaces/${namespace}`)).body.metadata.labels[MODE] ?? 'none';

const record = async () =>
  JSON.parse(expectOk(await cluster.request('GET', STATE)).body.data?.['rollout.json'] ?? '{}')[namespace];

beforeAll(async () => {
  cluster = sharedCluster();
  kubeconfig = (await shippedAccount(cluster, 'controller')).kubeconfig;
  for (const file of FILES) expect((await cluster.kubectl(['apply', '-f', file])).stderr).toBe('');
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: { ...SPEC, rollout: [ROLLOUT] } };
  writeFileSync(fileOf('killed.json'), JSON.stringify(document));
  namespace = await newNamespace(cluster, 'rollout-killed', { [PART]: 'yes' });
  expectOk(await cluster.request('POST', pathIn(namespace, POLICIES), policy('weather', CLOSED)));
  expectOk(await cluster.request('POST', pathIn(namespace, PODS), pod('weather')));
});
afterAll(async () => {
  last?.kill();
  for (const file of FILES) await cluster?.kubectl(['delete', '--ignore-not-found', '-f', file]);
  cluster?.close();
});

test.each<readonly [day: number, mode: string, stage: string]>([
  [1, 'none', 'audit'],
  [4, 'warn', 'warn'],
  [6, 'enforce', 'enforce'],
])(
  'on day %i, killed before and after each write, it comes to the mode %s and no further',
  async (day, mode, stage) => {
    setDay(day);
    await untilIdle();
    expect(await modeNow()).toBe(mode);
    expect(await record()).toMatchObject({ stage, firstDay: '2026-12-01' });
    expect((await record()).raising).toBeUndefined();
  },
  STAGE_MS,
);

test('each stage came once, by the controller, and every kind of write was died at, before and after', async () => {
  expect((await record()).history).toMatchObject([
    { from: 'audit', to: 'warn', by: 'controller' },
    { from: 'warn', to: 'enforce', by: 'controller' },
  ]);
  const writes = [
    `PATCH /api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-rollout`,
    'PATCH /api/v1/namespaces/NAMESPACE',
    'POST /apis/events.k8s.io/v1/namespaces/default/events',
  ];
  for (const when of ['before', 'after'])
    for (const write of writes) expect(deaths, `${when} ${write}`).toContain(`${when} ${write}`);
  process.stderr.write(`killed ${deaths.length} times on the way from audit to enforce: ${deaths.join('; ')}\n`);
});

test('what was told is told at least once, and a controller that lives changes nothing', async () => {
  await freeLease();
  last = await start();
  const { body } = expectOk(await cluster.request('GET', '/apis/events.k8s.io/v1/namespaces/default/events'));
  type Told = { readonly regarding: { readonly name: string }; readonly reason: string; readonly note: string };
  const told = (body.items as Told[])
    .filter(({ regarding, reason }) => regarding.name === namespace && reason === 'StageRaised')
    .map(({ note }) => note);
  expect([...new Set(told)].sort()).toEqual([
    'mode audit was raised to warn by the rollout killed',
    'mode warn was raised to enforce by the rollout killed',
  ]);
  expect(await modeNow()).toBe('enforce');
});
