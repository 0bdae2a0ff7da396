import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { LEASE, SPEC_THAT_CREATES, startGate, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, pathIn } from './scene.ts';
import { LABELS, pod } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

const KILLS = 6;
const PODS_EACH = 10;

let cluster: Connection;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  gate = await startWorkingGate(cluster, 'killed');
});
afterAll(async () => {
  await gate?.close();
  cluster?.close();
});

const controller = (name: string) =>
  startGate(cluster, { name, command: 'controller', kubeconfig: gate.controller.kubeconfig, spec: SPEC_THAT_CREATES });

async function leads(): Promise<true | undefined> {
  const { status, body } = await cluster.request('GET', LEASE);
  return (status === 200 && Boolean(body.spec.holderIdentity)) || undefined;
}

async function createPods(namespace: string, round: number): Promise<void> {
  const names = Array.from({ length: PODS_EACH }, (_, index) => `server-${round}-${index}`);
  const answers = await Promise.all(
    names.map(name => cluster.request('POST', pathIn(namespace, PODS), pod(name, { ...LABELS, app: name }))),
  );
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
}

/** Writes that the controller asked for, in order: `networkpolicies server-0-0`, `pods server-0-0`. What it was killed at may be done all the same, whatever its answer would have been. */
function asked(namespace: string): readonly string[] {
  return cluster.auditEvents().flatMap(({ user, verb, objectRef, requestURI }) => {
    const isOurs = user.username === gate.controller.name && objectRef?.namespace === namespace && verb === 'patch';
    if (!isOurs) return [];
    const name = new URL(requestURI, 'https://api').pathname.split('/').at(-1) ?? '';
    return [`${objectRef?.resource} ${name.replace(/^chokepoint-/, '')}`];
  });
}

test(`killed ${KILLS} times at its work, the controller lets every Pod go in the end, and none before its policy is there`, async () => {
  const namespace = await newNamespace(cluster, 'killed', { [MODE]: 'enforce' });
  for (let round = 0; round < KILLS; round += 1) {
    const { program } = await controller(`killed-${round}`);
    await eventually('it leads', leads);
    await createPods(namespace, round);
    await sleep(round * 25);
    program.kill();
    // As if the lease had run out.
    expectOk(await cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } }));
  }
  const last = await controller('killed-last');
  const all = await eventually('no gate is left', async () => {
    const { items } = (await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods`)).body;
    const isDone = items.every(({ spec }: { spec: object }) => !('schedulingGates' in spec));
    return isDone ? items.length : undefined;
  });
  expect(all).toBe(KILLS * PODS_EACH);
  const log = asked(namespace);
  const lifts = log.flatMap((line, at) => (line.startsWith('pods ') ? [{ name: line.slice(5), at }] : []));
  expect(lifts.filter(({ name, at }) => !log.slice(0, at).includes(`networkpolicies ${name}`))).toEqual([]);
  expect(new Set(lifts.map(({ name }) => name)).size).toBe(KILLS * PODS_EACH);
  process.stderr.write(
    `killed ${KILLS} times: ${log.length - lifts.length} policies and ${lifts.length} gates written for ${all} Pods\n`,
  );
  expect(await last.end()).toBe('exit code 0');
});
