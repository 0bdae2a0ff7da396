import { describe, expect, it } from 'vitest';
import { createNamespaceQueue, type NamespaceQueuePorts } from '../../../src/app/controller/namespace-queue.ts';
import type { EndedTurn } from '../../../src/app/controller/worker.ts';
import type { ObjectRef } from '../../../src/core/kube/types.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { GateError } from '../../../src/errors.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { decoded } from '../../support/workload.ts';

const WORLD = buildWorld(
  ['prod', 'dev', 'tools'].map(name => decoded({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
);

const endedTurn = (againMs?: number, restMs = 0): EndedTurn => ({ againMs, restMs });

function bench(ports: Partial<NamespaceQueuePorts> = {}) {
  const time = createFakeTime();
  const turns: string[] = [];
  const bugs: string[] = [];
  const queue = createNamespaceQueue({
    time,
    world: () => ({ kind: 'ready', world: WORLD }),
    isLeader: () => true,
    held: { namespaces: () => ['tools'] },
    turn: async namespace => {
      turns.push(namespace);
      return endedTurn();
    },
    telemetry: { bug: (namespace, error) => bugs.push(`${namespace}: ${String(error)}`) },
    ...ports,
  });
  return { time, queue, turns, bugs };
}

const ref = (kind: string, namespace: string, name = 'a'): ObjectRef => ({ kind, namespace, name });

describe('The queue of namespaces', () => {
  it.each<readonly [string, ObjectRef, readonly string[]]>([
    ['a Namespace', ref('Namespace', '', 'prod'), ['prod']],
    ['a NetworkPolicy', ref('NetworkPolicy', 'prod'), ['prod']],
    ['a policy of the whole cluster', ref('ClusterNetworkPolicy', ''), ['dev', 'prod', 'tools']],
    ['a Pod', ref('Pod', 'prod'), ['prod']],
    ['a Deployment', ref('Deployment', 'prod'), ['prod']],
    ['a GateException', ref('GateException', 'prod'), ['prod']],
    ['a Service', ref('Service', 'prod'), ['prod', 'tools']],
    ['an EndpointSlice', ref('EndpointSlice', 'prod'), ['prod', 'tools']],
    ['an Ingress', ref('Ingress', 'prod'), ['prod', 'tools']],
    ['an HTTPRoute', ref('HTTPRoute', 'prod'), ['prod', 'tools']],
  ])('gives those a turn that %s may bear on', async (_what, changed, expected) => {
    const { queue, turns, time } = bench();
    queue.addTouched(changed);
    await time.settle();
    expect(turns.sort()).toEqual(expected);
  });

  it('takes every namespace that the view holds, even where the view is old', async () => {
    const { queue, turns, time } = bench({ world: () => ({ kind: 'stale', world: WORLD, ageMs: 90_000 }) });
    queue.addAll();
    await time.settle();
    expect(turns.sort()).toEqual(['dev', 'prod', 'tools']);
  });

  it('takes none where the view has not been read yet', async () => {
    const { queue, turns, time } = bench({ world: () => ({ kind: 'not-synced' }) });
    queue.addAll();
    queue.addTouched(ref('ClusterNetworkPolicy', ''));
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.settle();
    expect(turns).toEqual(['prod']);
  });

  it('gives four of them a turn at once', async () => {
    const turns: string[] = [];
    const { queue, time } = bench({
      turn: namespace => {
        turns.push(namespace);
        return new Promise(() => undefined);
      },
    });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) queue.addTouched(ref('NetworkPolicy', name));
    await time.settle();
    expect([turns, queue.depth()]).toEqual([['a', 'b', 'c', 'd'], 6]);
  });

  it('tries one that failed again, each time later, up to half a minute', async () => {
    const time = { ...createFakeTime(), random: () => 0 };
    const startMs = time.nowMs();
    const tries: number[] = [];
    const turn = (): Promise<EndedTurn> => {
      tries.push(time.nowMs() - startMs);
      return Promise.reject(new GateError('actions-failed', ''));
    };
    const { queue } = bench({ time, turn });
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.advance(90_000);
    await queue.stop();
    const waits = tries.map((ms, index) => ms - (tries[index - 1] ?? 0));
    expect(waits.slice(0, 5)).toEqual([0, 25, 50, 100, 200]);
    expect(waits.slice(-2)).toEqual([15_000, 15_000]);
  });

  it('takes none while another process leads', async () => {
    const { queue, turns, time } = bench({ isLeader: () => false });
    queue.addAll();
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.settle();
    expect(turns).toEqual([]);
  });

  it('gives a namespace that rests its turn after the rest, however often it is touched', async () => {
    const turns: string[] = [];
    const { queue, time } = bench({
      turn: async namespace => {
        turns.push(namespace);
        return endedTurn(undefined, 300);
      },
    });
    for (let ms = 0; ms < 890; ms += 10) {
      queue.addTouched(ref('Pod', 'prod'));
      await time.advance(10);
    }
    expect(turns.length).toBe(3);
    await queue.stop();
  });

  it('looks again when a turn asks for it', async () => {
    const again = [500, undefined];
    const turns: string[] = [];
    const { queue, time } = bench({
      turn: async namespace => {
        turns.push(namespace);
        return endedTurn(again.shift());
      },
    });
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.advance(499);
    expect(turns).toEqual(['prod']);
    await time.advance(1);
    expect([turns, queue.depth()]).toEqual([['prod', 'prod'], 0]);
  });

  it.each<readonly [string, Error, readonly string[]]>([
    ['an error of ours is a bug', new TypeError('x is not a function'), ['prod: TypeError: x is not a function']],
    ['a write that failed is none', new GateError('actions-failed', '1 of 2 actions failed'), []],
  ])('gives a namespace that failed another turn: %s', async (_what, error, expected) => {
    const { queue, bugs, time } = bench({ turn: () => Promise.reject(error) });
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.settle();
    expect([bugs, queue.failing().size, queue.depth()]).toEqual([expected, 1, 1]);
    await queue.stop();
  });

  it('names the namespace that has failed for the longest time', async () => {
    const { queue, time } = bench({ turn: () => Promise.reject(new GateError('actions-failed', '')) });
    expect(queue.health()).toEqual({ ok: true, detail: { depth: 0, failing: 0 } });
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.advance(2_000);
    queue.addTouched(ref('NetworkPolicy', 'dev'));
    await time.settle();
    expect(queue.health()).toEqual({
      ok: true,
      detail: { depth: 2, failing: 2, namespace: 'prod', failingForMs: 2_000 },
    });
    await queue.stop();
  });

  it('names it although another one was there before', async () => {
    const later: (number | undefined)[] = [500];
    const { queue, time } = bench({
      turn: async namespace => {
        const againMs = namespace === 'dev' ? later.shift() : undefined;
        if (againMs === undefined) throw new GateError('actions-failed', '');
        return endedTurn(againMs);
      },
    });
    queue.addTouched(ref('NetworkPolicy', 'dev'));
    queue.addTouched(ref('NetworkPolicy', 'prod'));
    await time.advance(600);
    expect(queue.health()).toMatchObject({ detail: { failing: 2, namespace: 'prod', failingForMs: 600 } });
    await queue.stop();
  });
});
