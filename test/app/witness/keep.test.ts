import { beforeEach, describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { StoredObject } from '../../../src/app/witness/change.ts';
import type { Asked } from '../../../src/app/witness/coverage.ts';
import {
  createWitnessKeeper,
  WITNESS_TIMES,
  type Witnessed,
  type WitnessKeeper,
  type WitnessStatus,
} from '../../../src/app/witness/keep.ts';
import { createRing, type Ring } from '../../../src/app/witness/ring.ts';
import { stateOf } from '../../../src/app/witness/state.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { type Body, decodeAll, namespace, review, reviewBody, worldOf } from '../../support/reviews.ts';

/** A controller beside Pods of a webhook, each with a ring of its own, and an API server that stores what it likes. */
let time: FakeTime;
let rings: Map<string, Ring>;
/** Pods that are asked and do not tell. */
let silent: Map<string, Asked>;
let world: World;
let told: string[];
let status: WitnessStatus;
let keeper: WitnessKeeper;
let term: AbortController;
let isLeader: boolean;

const newRing = (instance: string): Ring => createRing(instance, HASHING.hash);

beforeEach(async () => {
  time = createFakeTime();
  rings = new Map([
    ['a', newRing('a1')],
    ['b', newRing('b1')],
  ]);
  silent = new Map();
  world = worldOf(namespace());
  told = [];
  term = new AbortController();
  isLeader = true;
  keeper = createWitnessKeeper({
    time,
    times: WITNESS_TIMES,
    world: () => ({ kind: 'ready', world }),
    isLeader: () => isLeader,
    ownNamespace: 'chokepoint-system',
    excluded: ['left-out'],
    webhook: {
      pods: () => [...rings.keys()].map(pod => ({ pod, address: '127.0.0.1', port: 1 })),
      ask: async ({ pod }, { instance, position }) =>
        silent.get(pod) ?? { kind: 'told', recorded: (rings.get(pod) ?? newRing('none')).since(instance, position) },
    },
    onWitnessed: ({ operation, change }, witnessed: Witnessed) => {
      const object = change.after ?? change.before;
      told.push(`${operation} ${object?.kind} ${witnessed}`);
    },
    onLook: now => {
      status = now;
    },
    onUnread: () => undefined,
  });
  void keeper.run(term.signal);
  await time.settle();
});

let version = 100;
function stored(raw: Body): StoredObject {
  const [value] = decodeAll([raw]);
  version += 1;
  return { uid: raw.metadata.uid, resourceVersion: String(version), value, state: stateOf(raw, HASHING.hash) };
}

/** What the API server stores of a recorded review, whether or not a webhook was asked. */
function store(name: string, edit: (object: Body) => void = () => undefined): void {
  const { object, oldObject, operation } = reviewBody(`recorded/${name}`).request;
  const raw = operation === 'DELETE' ? oldObject : object;
  edit(raw);
  const before = operation === 'CREATE' ? undefined : stored(oldObject);
  keeper.seen({ before, after: operation === 'DELETE' ? undefined : stored(raw), raw });
}

const record = (pod: string, name: string): void => rings.get(pod)?.note(review(`recorded/${name}`));
const seconds = (count: number): Promise<void> => time.advance(count * 1000);

describe('A change', () => {
  test('that any Pod of the webhook put on record is explained, whichever came first', async () => {
    record('a', 'deployment-create');
    store('deployment-create');
    store('networkpolicy-update');
    await seconds(1);
    record('b', 'networkpolicy-update');
    await seconds(4);
    expect(told).toEqual(['CREATE Deployment recorded', 'UPDATE NetworkPolicy recorded']);
  });

  test.each([
    ['deployment-create', 'CREATE Deployment'],
    ['deployment-update-image', 'UPDATE Deployment'],
    ['networkpolicy-create', 'CREATE NetworkPolicy'],
    ['networkpolicy-delete', 'DELETE NetworkPolicy'],
    ['service-create', 'CREATE Service'],
    ['namespace-update-mode-lowered', 'UPDATE Namespace'],
  ])('that no webhook was asked about is unwitnessed: %s', async (name, text) => {
    store(name);
    await seconds(20);
    expect(told).toEqual([`${text} unwitnessed`]);
  });

  test('to another state than was put on record is unwitnessed', async () => {
    record('a', 'deployment-create');
    store('deployment-create', object => {
      object.spec.template.spec.containers[0].image = 'other';
    });
    await seconds(20);
    expect(told).toEqual(['CREATE Deployment unwitnessed']);
  });

  test('back to a state that was put on record once is unwitnessed: the record explained it then', async () => {
    record('a', 'networkpolicy-update');
    store('networkpolicy-update');
    await seconds(5);
    store('networkpolicy-update');
    await seconds(20);
    expect(told).toEqual(['UPDATE NetworkPolicy recorded', 'UPDATE NetworkPolicy unwitnessed']);
  });

  test('that was put on record long before, and failed then, explains nothing any more', async () => {
    record('a', 'networkpolicy-update');
    await seconds(70);
    store('networkpolicy-update');
    await seconds(20);
    expect(told).toEqual(['UPDATE NetworkPolicy unwitnessed']);
  });

  test.each<readonly [what: string, labels: Record<string, string>, metadata: Fields]>([
    ['a namespace that is off', { 'chokepoint.dev/mode': 'off' }, {}],
    ['a namespace that goes', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ])('in %s is none that a webhook is asked about', async (_, labels, metadata) => {
    world = worldOf(namespace(labels, metadata));
    store('networkpolicy-create');
    await seconds(20);
    expect(told).toEqual(['CREATE NetworkPolicy not-asked']);
  });

  test.each(['chokepoint-system', 'kube-system', 'left-out'])('in %s is none either', async name => {
    world = worldOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    store('networkpolicy-create', object => {
      object.metadata.namespace = name;
    });
    await seconds(20);
    expect(told).toEqual(['CREATE NetworkPolicy not-asked']);
  });

  test.each([
    ['deployment-delete', 'DELETE Deployment'],
    ['pod-delete', 'DELETE Pod'],
  ])('is none either where it is %s, and explained where the webhook was told all the same', async (name, text) => {
    store(name);
    await seconds(6);
    record('a', name);
    store(name);
    await seconds(6);
    expect(told).toEqual([`${text} not-asked`, `${text} recorded`]);
  });

  test('of the number of replicas alone is explained by a scale', async () => {
    const scaled = (to: number): void => {
      const { object } = reviewBody('recorded/deployment-create').request;
      const before = stored(object);
      object.spec.replicas = to;
      keeper.seen({ before, after: stored(object), raw: object });
    };
    record('a', 'deployment-scale');
    scaled(3);
    scaled(5);
    await seconds(6);
    expect(told).toEqual(['UPDATE Deployment recorded', 'UPDATE Deployment not-asked']);
  });

  test('of the number of replicas is not explained by an update that leaves it as it is', async () => {
    const { object, oldObject } = reviewBody('recorded/deployment-update-image').request;
    const scaled = { ...oldObject, spec: { ...oldObject.spec, replicas: object.spec.replicas + 4 } };
    keeper.seen({ before: stored(scaled), after: stored(oldObject), raw: oldObject });
    record('a', 'deployment-update-image');
    store('deployment-update-image');
    await seconds(6);
    expect(told.toSorted()).toEqual(['UPDATE Deployment not-asked', 'UPDATE Deployment recorded']);
  });

  test('that this process made is its own', async () => {
    const { object } = reviewBody('recorded/networkpolicy-create').request;
    const after = stored(object);
    keeper.seen({ before: undefined, after, raw: object });
    keeper.wrote(after.uid, after.resourceVersion);
    await seconds(6);
    expect(told).toEqual(['CREATE NetworkPolicy own']);
  });
});

describe('Whether a change is on record is not known', () => {
  const wasRecordedUnread = async (): Promise<void> => {
    await seconds(4);
    record('a', 'deployment-create');
    store('deployment-create');
  };

  test.each<readonly [what: string, happens: () => void]>([
    ['a process of the webhook ended before it was read', () => void rings.set('a', newRing('a2'))],
    ['a Pod of it went', () => void rings.delete('a')],
    ['nobody listens there any more', () => void silent.set('a', { kind: 'refused' })],
    ['a Pod does not answer', () => void silent.set('a', { kind: 'failed', reason: 'no answer' })],
  ])('where %s', async (_, happens) => {
    await wasRecordedUnread();
    happens();
    await seconds(70);
    expect(told).toEqual(['CREATE Deployment not-compared']);
  });

  test('where a Pod forgot it before it was read', async () => {
    rings.set('a', createRing('a1', HASHING.hash, 2));
    await seconds(4);
    for (let count = 0; count < 4; count += 1) record('a', 'service-create');
    store('deployment-create');
    await seconds(20);
    expect(told).toEqual(['CREATE Deployment not-compared']);
  });

  test('for ten seconds alone, once it is known that nobody was there', async () => {
    await seconds(4);
    rings.clear();
    await seconds(20);
    store('deployment-create');
    await seconds(20);
    rings.set('c', newRing('c1'));
    await seconds(10);
    store('networkpolicy-create');
    await seconds(20);
    expect(told).toEqual(['CREATE Deployment unwitnessed', 'CREATE NetworkPolicy unwitnessed']);
  });
});

test('Pods that do not tell are counted', async () => {
  silent.set('b', { kind: 'failed', reason: 'no answer' });
  await seconds(70);
  expect(status).toEqual({ isOn: true, unreadPods: 1 });
});

describe('While another process leads', () => {
  test('what is known is held, and told by whoever leads next', async () => {
    isLeader = false;
    store('networkpolicy-create');
    record('a', 'deployment-create');
    store('deployment-create');
    await seconds(20);
    expect(told).toEqual([]);
    isLeader = true;
    await seconds(2);
    expect(told.toSorted()).toEqual(['CREATE Deployment recorded', 'CREATE NetworkPolicy unwitnessed']);
  });

  test('it has told, after two minutes', async () => {
    isLeader = false;
    store('networkpolicy-create');
    await seconds(130);
    isLeader = true;
    await seconds(20);
    expect(told).toEqual([]);
  });

  test('policies with its marks are its own', async () => {
    isLeader = false;
    store('networkpolicy-create', object => {
      object.metadata.labels = { 'app.kubernetes.io/managed-by': 'chokepoint' };
      object.metadata.annotations = { 'chokepoint.dev/server': 'Deployment/weather' };
      object.metadata.managedFields = [];
    });
    await seconds(6);
    isLeader = true;
    await seconds(6);
    expect(told).toEqual(['CREATE NetworkPolicy own']);
  });
});
