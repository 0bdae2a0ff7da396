import { describe, expect, it } from 'vitest';
import { createRolloutKeeper } from '../../../src/app/rollout/keep.ts';
import type { Raised, StoredRollout } from '../../../src/app/rollout/ports.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { deployment, namespace, openingPolicy, policyOf, testPolicy, worldOf } from '../../support/reviews.ts';
import { actionText, at } from './scene.ts';

const SPEC = {
  rollout: [{ name: 'all', auditDays: 2, warnDays: 1, readyWhen: { cleanDays: 1 } }],
};

/** One Namespace in an API server of its own, and what the keeper did, in order. */
function keeperOver(spec: Readonly<Record<string, unknown>> = SPEC, ...others: readonly Fields[]) {
  const time = createFakeTime();
  const calls: string[] = [];
  const cluster = {
    label: undefined as string | undefined,
    version: 1,
    stored: { state: new Map(), version: '1' } as StoredRollout,
    isReady: true,
    isLeader: true,
    nowMs: at('2026-12-01'),
    fails: '' as '' | 'read' | 'write',
    answer: undefined as Raised | undefined,
    objects: others as readonly Fields[],
  };
  const world = () => {
    const labels = cluster.label === undefined ? {} : { 'chokepoint.dev/mode': cluster.label };
    return worldOf(namespace(labels, { uid: 'u', resourceVersion: String(cluster.version) }), ...cluster.objects);
  };
  const policy = testPolicy({ mode: 'audit', rollout: policyOf(spec).rollout });
  const keeper = createRolloutKeeper({
    time,
    nowMs: () => cluster.nowMs,
    world: () => (cluster.isReady ? { kind: 'ready', world: world() } : { kind: 'not-synced' }),
    policy: () => policy,
    isLeader: () => cluster.isLeader,
    ownNamespace: 'chokepoint-system',
    store: {
      read: async () => {
        calls.push('read');
        if (cluster.fails === 'read') throw new Error('no answer');
        return cluster.stored;
      },
      write: async ({ state, version }) => {
        if (cluster.fails === 'write' || version !== cluster.stored.version) throw new Error('conflict');
        calls.push('write');
        cluster.stored = { state, version: `${version}+` };
        return cluster.stored.version;
      },
    },
    writer: {
      raise: async action => {
        calls.push(actionText(action));
        if (cluster.answer !== undefined) return cluster.answer;
        cluster.label = action.to;
        cluster.version += 1;
        return { kind: 'done', version: String(cluster.version) };
      },
      tell: async action => {
        calls.push(actionText(action));
        return true;
      },
    },
    telemetry: {
      told: () => undefined,
      raised: () => undefined,
      looked: rows => void calls.push(rows.map(({ namespace: name, status }) => `${name} ${status}`).join(', ')),
      rolloutFailed: error => void calls.push(String(error)),
    },
  });
  const term = new AbortController();
  keeper.lead(term.signal);
  /** What was done since it was asked last. */
  const done = (): readonly string[] => calls.splice(0);
  return {
    cluster,
    done,
    settle: async () => {
      await time.settle();
      return done();
    },
    pass: async (days = 0) => {
      cluster.nowMs += days * 86_400_000;
      await time.advance(30_000);
      return done();
    },
    end: () => {
      term.abort();
      return keeper.stopped();
    },
  };
}

describe('The keeper of rollouts', () => {
  it('reads once, notes before it writes, tells what it sees, and does nothing where nothing has changed', async () => {
    const { settle, pass, end } = keeperOver();
    expect(await settle()).toEqual(['read', 'write', 'prod waiting']);
    expect(await pass()).toEqual(['prod waiting']);
    expect(await pass(2)).toEqual(['write', 'prod raising', 'raise warn']);
    expect((await pass()).slice(0, 3)).toEqual(['StageRaised warn by controller', 'write', 'prod waiting']);
    const last = ['raise enforce', 'StageRaised enforce by controller', 'write', 'prod done'];
    expect((await pass(1)).slice(-4)).toEqual(last);
    await end();
  });

  it('has no use for a store where the configuration has no rollout', async () => {
    const { settle, pass, end } = keeperOver({});
    expect([await settle(), await pass(40)]).toEqual([[], []]);
    await end();
  });

  it('judges nothing by a view that is not to be trusted', async () => {
    const { cluster, settle, pass, end } = keeperOver();
    cluster.isReady = false;
    await settle();
    expect(await pass(40)).toEqual([]);
    await end();
  });

  it('writes no label without being the leader', async () => {
    const { cluster, settle, pass, end } = keeperOver();
    await settle();
    cluster.isLeader = false;
    expect(await pass(2)).not.toContain('raise warn');
    expect(cluster.label).toBeUndefined();
    await end();
  });

  it('writes no label that it could not note, and reads anew', async () => {
    const { cluster, settle, pass, end } = keeperOver();
    await settle();
    cluster.fails = 'write';
    expect(await pass(2)).toEqual(['Error: conflict']);
    cluster.fails = '';
    expect((await pass())[0]).toBe('read');
    expect(cluster.label).toBe('warn');
    await end();
  });

  it.each<readonly [Raised]>([
    [{ kind: 'refused', message: 'no' }],
    [{ kind: 'conflict' }],
    [{ kind: 'unanswered', message: '' }],
  ])('tries again after %j', async answer => {
    const { cluster, settle, pass, end } = keeperOver();
    await settle();
    cluster.answer = answer;
    expect(await pass(2)).toContain('raise warn');
    cluster.answer = undefined;
    await pass();
    expect(cluster.label).toBe('warn');
    await end();
  });

  it('holds a namespace with an open server, and lets it go once it is mended and has shown so', async () => {
    const once = { rollout: [{ name: 'all', auditDays: 2, readyWhen: { cleanDays: 1 } }] };
    const { cluster, settle, pass, end } = keeperOver(once, deployment(), openingPolicy());
    await settle();
    expect(await pass(2)).toEqual(['RolloutHeld enforce', 'write', 'prod held']);
    cluster.objects = [];
    expect(await pass()).toEqual(['prod held']);
    expect(await pass(1)).toContain('raise enforce');
    await end();
  });
});
