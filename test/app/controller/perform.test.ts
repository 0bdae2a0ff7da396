import { describe, expect, it } from 'vitest';
import type { Action, WorkloadRef } from '../../../src/app/controller/action.ts';
import { createEventQueue } from '../../../src/app/controller/event-queue.ts';
import { createHeldPods } from '../../../src/app/controller/held-pods.ts';
import { type Performed, perform } from '../../../src/app/controller/perform.ts';
import { createRecentActions } from '../../../src/app/controller/recent-actions.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createSimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

const workload = (name: string): WorkloadRef => ({ kind: 'Pod', namespace: 'tools', name, uid: `uid-${name}` });
const apply = (name: string, heals?: string): Action => ({
  kind: 'apply-policy',
  heals,
  server: workload(name),
  manifest: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'tools', labels: {}, annotations: {} },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
  },
});
const lift = (name: string): Action => ({ kind: 'lift-gate', pod: workload(name) });
const event = (name: string, note = 'why'): Extract<Action, { kind: 'event' }> => ({
  kind: 'event',
  about: workload(name),
  reason: 'TrafficOpen',
  note,
});
const nameOf = (action: Action): string => {
  if (action.kind === 'apply-policy') return `apply ${action.manifest.metadata.name}`;
  if (action.kind === 'lift-gate') return `lift ${action.pod.name}`;
  if (action.kind === 'event') return `${action.reason} ${action.about.name}`;
  if (action.kind === 'apply-dialect-policy') return `apply ${action.manifest.kind} ${action.manifest.metadata.name}`;
  return action.kind === 'delete-policy'
    ? `delete ${action.name}`
    : `delete ${action.object.kind} ${action.object.name}`;
};

interface Bench {
  readonly time: ReturnType<typeof createFakeTime>;
  readonly written: string[];
  readonly events: string[];
  readonly outcomes: string[];
  run(...actions: readonly Action[]): Promise<number | undefined>;
}

function bench(
  write: (action: Action) => Performed = () => ({ kind: 'done' }),
  mayWrite = (): boolean => true,
  most = Number.POSITIVE_INFINITY,
): Bench {
  const time = createFakeTime();
  const recent = createRecentActions(time);
  const written: string[] = [];
  const events: string[] = [];
  const outcomes: string[] = [];
  return {
    time,
    written,
    events,
    outcomes,
    run: (...actions) =>
      perform(actions, {
        write: async action => {
          written.push(nameOf(action));
          return write(action);
        },
        mayWrite,
        goesOn: () => written.length < most,
        recent,
        onPerformed: (_action, { kind }) => outcomes.push(kind),
        addEvent: action => events.push(nameOf(action)),
      }),
  };
}

describe('perform', () => {
  it('does each action once, and tells of policies that were made or put right', async () => {
    const { run, written, events } = bench();
    expect(await run(apply('a'), apply('b', 'uid'), lift('p'), event('q'))).toBeUndefined();
    expect(written).toEqual(['apply a', 'apply b', 'lift p']);
    expect(events).toEqual(['PolicyCreated a', 'PolicyUpdated b', 'TrafficOpen q']);
  });

  it('begins nothing more once it is to give way; Events are written all the same', async () => {
    const { run, written, events } = bench(undefined, undefined, 2);
    expect(await run(lift('p'), apply('a'), apply('b'), event('q'))).toBeUndefined();
    expect(written).toEqual(['lift p', 'apply a']);
    expect(events).toEqual(['PolicyCreated a', 'TrafficOpen q']);
  });

  it('holds back for a second what was done a moment ago, and says when to look again', async () => {
    const { run, written, time } = bench();
    await run(apply('a'));
    await time.advance(400);
    expect(await run(apply('a'), lift('p'))).toBe(600);
    await time.advance(600);
    expect(await run(apply('a'))).toBeUndefined();
    expect(written).toEqual(['apply a', 'lift p', 'apply a']);
  });

  it('does at once what is not quite the same', async () => {
    const { run, written } = bench();
    await run(apply('a'));
    await run(apply('a', 'uid'));
    expect(written).toEqual(['apply a', 'apply a']);
  });

  it.each<readonly [Performed, 'resolves' | 'rejects']>([
    [{ kind: 'done' }, 'resolves'],
    [{ kind: 'absent' }, 'resolves'],
    [{ kind: 'conflict', message: '' }, 'rejects'],
    [{ kind: 'refused', status: 403, message: '' }, 'rejects'],
  ])('where a write is %o it %s, after the rest was done', async (performed, expected) => {
    const { run, written } = bench(action => (action.kind === 'lift-gate' ? { kind: 'done' } : performed));
    const ended = await run(apply('a'), lift('p')).then(
      () => 'resolves',
      () => 'rejects',
    );
    expect([ended, written]).toEqual([expected, ['apply a', 'lift p']]);
  });

  it('counts what nobody answered as a failure, which may be tried again at once', async () => {
    const { run, outcomes, written } = bench(() => {
      throw new Error('down');
    });
    await expect(run(apply('a'))).rejects.toThrow('1 of 1 actions failed');
    await expect(run(apply('a'))).rejects.toThrow('1 of 1 actions failed');
    expect([outcomes, written]).toEqual([
      ['unanswered', 'unanswered'],
      ['apply a', 'apply a'],
    ]);
  });

  it('writes nothing more once it may not write any more', async () => {
    let left = 3;
    const { run, written } = bench(undefined, () => {
      left -= 1;
      return left > 0;
    });
    await run(...['a', 'b', 'c', 'd'].map(name => lift(name)));
    expect(written).toEqual(['lift a', 'lift b']);
  });

  it('says the same of the same object once in ten minutes', async () => {
    const { run, events, time } = bench();
    await run(event('p'));
    await time.advance(599_000);
    await run(event('p'), event('p', 'another reason'));
    await time.advance(1_000);
    await run(event('p'));
    expect(events).toEqual(['TrafficOpen p', 'TrafficOpen p', 'TrafficOpen p']);
  });

  it('says no more than fifty things of a namespace at once, and one more every six seconds', async () => {
    const { run, events, time } = bench();
    const all = Array.from({ length: 60 }, (_, index) => event(`p-${index}`));
    await run(...all);
    expect(events.length).toBe(50);
    await run({ ...event('elsewhere'), about: { ...workload('elsewhere'), namespace: 'other' } });
    expect(events.length).toBe(51);
    await time.advance(6_000);
    await run(...all);
    expect(events.length).toBe(52);
  });
});

describe('The event queue', () => {
  it('writes one after the other, drops what waits when it stops, and takes no more than it can hold', async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const queue = createEventQueue(async action => {
      begun.push(nameOf(action));
      await new Promise<void>(resolve => ends.push(resolve));
    });
    const { settle } = createFakeTime();
    for (let index = 0; index < 2000; index += 1) queue.add(event(`p-${index}`));
    ends.shift()?.();
    await settle();
    expect(begun).toEqual(['TrafficOpen p-0', 'TrafficOpen p-1']);
    const stopped = queue.stop();
    ends.shift()?.();
    await stopped;
    expect(begun.length).toBe(2);
  });
});

describe('Held Pods', () => {
  it('are counted from when they were first seen held, and forgotten once they are not', async () => {
    const time = createFakeTime();
    const held = createHeldPods(time);
    const manifest = workloadManifest({ kind: 'Pod', called: 'p' });
    const pod = {
      ...manifest,
      spec: { ...(manifest.spec as object), schedulingGates: [{ name: 'chokepoint.dev/network-policy' }] },
    };
    const cluster = createSimulatedCluster([decoded(pod)]);
    const observe = () => held.observe(cluster.world().namespace('default'));
    observe();
    await time.advance(700);
    observe();
    expect([held.heldMs('default', 'uid-1'), held.namespaces(), held.count()]).toEqual([700, ['default'], 1]);
    const [object] = cluster.objects();
    if (object && isWorkload(object)) cluster.put({ ...object, schedulingGates: [] });
    observe();
    expect([held.heldMs('default', 'uid-1'), held.namespaces(), held.count()]).toEqual([undefined, [], 0]);
  });
});
