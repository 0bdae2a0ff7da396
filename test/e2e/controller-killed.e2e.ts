import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { buildProgram, startGate } from './gate.ts';
import { GATE_POLICY, type LiveGate, startLiveGate } from './live-gate.ts';
import { sharedCluster } from './shared-cluster.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/chokepoint-system/leases/chokepoint-controller';
const KILLS = 6;
const PODS_EACH = 10;

let cluster: Connection;
let live: LiveGate;

beforeAll(async () => {
  buildProgram();
  cluster = sharedCluster();
  live = await startLiveGate(cluster);
});
afterAll(async () => {
  await live?.close();
  cluster?.close();
});

const controller = (name: string) =>
  startGate(cluster, { name, command: 'controller', kubeconfig: live.controller.kubeconfig, spec: GATE_POLICY });

async function leads(): Promise<true | undefined> {
  const { status, body } = await cluster.request('GET', LEASE);
  return (status === 200 && Boolean(body.spec.holderIdentity)) || undefined;
}

async function createPods(namespace: string, round: number): Promise<void> {
  const names = Array.from({ length: PODS_EACH }, (_, index) => `server-${round}-${index}`);
  const answers = await Promise.all(
    names.map(name =>
      cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name, labels: { app: name, 'chokepoint.dev/mcp-server': 'true' } },
        spec: { schedulerName: 'nobody', containers: [{ name: 'server', image: 'registry.test/server:1' }] },
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
}

/** Writes that the controller asked for, in order: `networkpolicies server-0-0`, `pods server-0-0`. What it was killed at may be done all the same, whatever its answer would have been. */
function asked(namespace: string): readonly string[] {
  return cluster.auditEvents().flatMap(({ user, verb, objectRef, requestURI }) => {
    const isOurs = user.username === live.controller.name && objectRef?.namespace === namespace && verb === 'patch';
    if (!isOurs) return [];
    const name = new URL(requestURI, 'https://api').pathname.split('/').at(-1) ?? '';
    return [`${objectRef?.resource} ${name.replace(/^chokepoint-/, '')}`];
  });
}

test(`killed ${KILLS} times at its work, the controller lets every Pod go in the end, and none before its policy is there`, async () => {
  const namespace = await live.namespace('killed');
  for (let round = 0; round < KILLS; round += 1) {
    const { program } = await controller(`killed-${round}`);
    await eventually('it leads', leads);
    await createPods(namespace, round);
    await sleep(round * 25);
    program.kill();
    // As if the lease had run out.
    await cluster.request('DELETE', LEASE);
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
