import { beforeEach, describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { StoredObject } from '../../../src/app/witness/change.ts';
import { createReadinessKeeper, type ReadinessKeeper } from '../../../src/app/witness/readiness.ts';
import { stateOf } from '../../../src/app/witness/state.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { type Body, decodeAll, deployment, namespace, reviewBody, testPolicy, worldOf } from '../../support/reviews.ts';

let time: FakeTime;
let told: string[];
let isLeader: boolean;
let keeper: ReadinessKeeper;
const POLICY = testPolicy();

beforeEach(async () => {
  time = createFakeTime();
  told = [];
  isLeader = true;
  keeper = createReadinessKeeper({
    time,
    nowMs: time.nowMs,
    world: () => ({ kind: 'ready', world: worldOf(namespace(), deployment()) }),
    policy: () => POLICY,
    isLeader: () => isLeader,
    tell: ({ isReady, object }) => void told.push(`${object.kind}/${object.name} ${isReady ? 'ready' : 'not ready'}`),
  });
  void keeper.run(new AbortController().signal);
  await time.settle();
});

function withStatus(ready: number, replicas = 2, raw: Body = deployment()): StoredObject {
  const object = { ...raw, spec: { ...raw.spec, replicas }, status: { readyReplicas: ready } };
  const [value] = decodeAll([object]);
  return { uid: raw.metadata.uid ?? 'u', resourceVersion: '1', value, state: stateOf(object, HASHING.hash) };
}
const changes = (before: StoredObject, after: StoredObject | undefined): void =>
  keeper.seen({ before, after, raw: undefined });
const seconds = (count: number): Promise<void> => time.advance(count * 1000);

describe('A server', () => {
  test('of which no Pod has been ready for a minute is told, and when one is again', async () => {
    changes(withStatus(2), withStatus(1));
    changes(withStatus(1), withStatus(0));
    await seconds(50);
    expect(told).toEqual([]);
    await seconds(20);
    expect(told).toEqual(['Deployment/weather not ready']);
    changes(withStatus(0), withStatus(1));
    expect(told).toEqual(['Deployment/weather not ready', 'Deployment/weather ready']);
  });

  test.each<readonly [what: string, after: () => StoredObject | undefined]>([
    ['is ready again within a minute', () => withStatus(1)],
    ['is scaled to nothing', () => withStatus(0, 0)],
    ['is deleted', () => undefined],
  ])('that %s is not told', async (_, after) => {
    changes(withStatus(1), withStatus(0));
    await seconds(30);
    changes(withStatus(0), after());
    await seconds(60);
    expect(told).toEqual([]);
  });

  test('that has never been ready is not told, nor what is no server', async () => {
    changes(withStatus(0), withStatus(0));
    const harmless = reviewBody('deployment-create-harmless').request.object;
    changes(withStatus(1, 2, harmless), withStatus(0, 2, harmless));
    await seconds(90);
    expect(told).toEqual([]);
  });

  test('is told by the process that leads alone', async () => {
    isLeader = false;
    changes(withStatus(1), withStatus(0));
    await seconds(150);
    isLeader = true;
    await seconds(60);
    expect(told).toEqual([]);
  });

  test('is told by the process that leads next, where the one that led may have ended before', async () => {
    isLeader = false;
    changes(withStatus(1), withStatus(0));
    await seconds(75);
    isLeader = true;
    await seconds(60);
    expect(told).toEqual(['Deployment/weather not ready']);
  });
});

describe('Whether some Pod is ready', () => {
  const readyOf = (object: object) => stateOf(object as Body, HASHING.hash).ready;
  const pod = (status: string, owners: readonly object[] = []): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ownerReferences: owners },
    status: { conditions: [{ type: 'Ready', status }] },
  });

  test.each<readonly [what: string, object: object, ready: boolean | undefined]>([
    ['a Pod says', pod('True'), true],
    ['a Pod that is not says', pod('False'), false],
    ['the controller of a Pod says', pod('False', [{ kind: 'ReplicaSet', controller: true }]), undefined],
    [
      'a DaemonSet says',
      { apiVersion: 'apps/v1', kind: 'DaemonSet', status: { desiredNumberScheduled: 3, numberReady: 1 } },
      true,
    ],
    [
      'a DaemonSet without nodes does not say',
      { apiVersion: 'apps/v1', kind: 'DaemonSet', status: { desiredNumberScheduled: 0 } },
      undefined,
    ],
    ['a StatefulSet says', { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { replicas: 1 }, status: {} }, false],
    ['a Job does not say', { apiVersion: 'batch/v1', kind: 'Job', spec: {} }, undefined],
    ['a Service does not say', { apiVersion: 'v1', kind: 'Service', spec: {} }, undefined],
  ])('%s', (_, object, ready) => {
    expect(readyOf(object)).toBe(ready);
  });
});
