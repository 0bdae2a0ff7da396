import { describe, expect, it } from 'vitest';
import { createHeldPods } from '../../../src/app/controller/held-pods.ts';
import type { ControllerTelemetry } from '../../../src/app/controller/ports.ts';
import { createWorker, type EndedTurn, type WorkerPorts } from '../../../src/app/controller/worker.ts';
import { readPolicyEndpoint } from '../../../src/core/kube/policy-endpoint.ts';
import { SCHEDULING_GATE } from '../../../src/core/scheduling-gate.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { testPolicy } from '../../support/reviews.ts';
import { createSimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

const NAMESPACE = 'tools';
const SPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
const DECLARED = { 'chokepoint.dev/mcp-server': 'true' };

function serverManifest(called: string, kind: 'Deployment' | 'Pod' = 'Deployment') {
  const labels = { app: called, ...(kind === 'Pod' ? DECLARED : {}) };
  return workloadManifest({ called, kind, namespace: NAMESPACE, labels, ownLabels: DECLARED, ports: ['http:8080'] });
}

/** A Pod that is held, and the policy that closes it. */
function heldPod() {
  const pod = serverManifest('held', 'Pod');
  const spec = { podSelector: { matchLabels: { app: 'held' } }, policyTypes: ['Ingress', 'Egress'] };
  return [
    { ...pod, spec: { ...(pod.spec as object), schedulingGates: [{ name: SCHEDULING_GATE }] } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'held', namespace: NAMESPACE },
      spec,
    },
  ];
}

interface Bench {
  readonly time: FakeTime;
  /** What telemetry was told, in order. */
  readonly noted: string[];
  turn(isAwaited?: () => boolean): Promise<number | undefined>;
  ended(): Promise<EndedTurn>;
}

function bench(manifests: readonly object[], ports: Partial<WorkerPorts> = {}): Bench {
  const time = createFakeTime();
  const cluster = createSimulatedCluster([SPACE, ...manifests].map(manifest => decoded({ ...manifest })));
  const noted: string[] = [];
  const telemetry: ControllerTelemetry = {
    action: ({ kind }, { kind: outcome }) => noted.push(`${kind} ${outcome}`),
    lifted: heldMs => noted.push(`held for ${heldMs} ms`),
    pass: () => noted.push('pass'),
    led: () => undefined,
    lost: () => undefined,
    electionFailed: () => undefined,
    statusFailed: () => undefined,
    memoryFailed: () => undefined,
    bug: () => noted.push('bug'),
  };
  const policy = { ...testPolicy(), mode: 'enforce', absentPolicy: 'create' } as const;
  const worker = createWorker({
    time,
    world: () => ({ kind: 'ready', world: cluster.world() }),
    policy: () => policy,
    isServed: () => false,
    writer: () => async action => (cluster.perform(action) ? { kind: 'done' } : { kind: 'conflict', message: '' }),
    isLeader: () => true,
    held: createHeldPods(time),
    policyEndpoints: async () => undefined,
    telemetry,
    ...ports,
  });
  return {
    time,
    noted,
    turn: async (isAwaited = () => false) => (await worker.turn(NAMESPACE, isAwaited)).againMs,
    ended: () => worker.turn(NAMESPACE, () => false),
  };
}

describe('A turn of a namespace', () => {
  it('writes what is absent, tells of it, and finds nothing to do the next time', async () => {
    const { turn, noted, time } = bench([serverManifest('fetch')]);
    expect(await turn()).toBeUndefined();
    await time.settle();
    expect(noted.splice(0).sort()).toEqual(['apply-policy done', 'event done', 'pass']);
    await turn();
    expect(noted).toEqual(['pass']);
  });

  it('lets a held Pod go once it is closed, and notes for how long it was held', async () => {
    const { turn, noted } = bench(heldPod());
    await turn();
    expect(noted).toEqual(['lift-gate done', 'held for 0 ms', 'pass']);
  });

  describe('where PolicyEndpoints are served', () => {
    /** Of the third object of the simulated cluster, after the namespace and the Pod. */
    const UID = 'uid-3';
    const levels = new Map([...testPolicy().levels, ['policies-not-enforced', 'deny'] as const]);
    const RESTRICTED = { ...testPolicy(), levels, mode: 'enforce', absentPolicy: 'create' } as const;
    const made = (podIsolation: readonly string[]) =>
      readPolicyEndpoint({
        metadata: { ownerReferences: [{ uid: UID }] },
        spec: { policyRef: { name: 'held' }, podIsolation },
      });
    const TAKEN_UP = [made(['Ingress', 'Egress'])];

    it('lets a Pod go once its policy is taken up', async () => {
      let endpoints = [made(['Ingress'])];
      const { turn, noted, time } = bench(heldPod(), { policyEndpoints: async () => endpoints });
      expect([await turn(), noted.splice(0)]).toEqual([500, ['pass']]);
      await time.advance(500);
      endpoints = TAKEN_UP;
      expect([await turn(), noted]).toEqual([undefined, ['lift-gate done', 'held for 500 ms', 'pass']]);
    });

    it('lets a Pod go after 30 seconds all the same where that is no denial, and says so', async () => {
      const { turn, noted, time } = bench(heldPod(), { policyEndpoints: async () => [] });
      await turn();
      await time.advance(29_999);
      await turn();
      expect(noted.splice(0)).toEqual(['pass', 'pass']);
      await time.advance(1);
      await turn();
      await time.settle();
      expect(noted.sort()).toEqual(['event done', 'held for 30000 ms', 'lift-gate done', 'pass']);
    });

    it('keeps a Pod held where that is a denial, and says so', async () => {
      const { turn, noted, time } = bench(heldPod(), { policyEndpoints: async () => [], policy: () => RESTRICTED });
      await turn();
      await time.advance(600_000);
      expect(await turn()).toBe(500);
      await time.settle();
      expect(noted.sort()).toEqual(['event done', 'pass', 'pass']);
    });

    it('asks for them only where a Pod is to be let go', async () => {
      const asked: string[] = [];
      const policyEndpoints = async (namespace: string) => {
        asked.push(namespace);
        return TAKEN_UP;
      };
      await bench([serverManifest('fetch')], { policyEndpoints }).turn();
      expect(asked).toEqual([]);
      await bench(heldPod(), { policyEndpoints }).turn();
      expect(asked).toEqual([NAMESPACE]);
    });
  });

  it('does nothing while another process leads', async () => {
    const { turn, noted } = bench([serverManifest('fetch')], { isLeader: () => false });
    expect([await turn(), noted]).toEqual([undefined, []]);
  });

  it('waits a second where the view is not to be trusted', async () => {
    const { turn, noted } = bench([serverManifest('fetch')], { world: () => ({ kind: 'not-synced' }) });
    expect([await turn(), noted]).toEqual([1_000, []]);
  });

  it('writes nothing once its term is over, and fails', async () => {
    const { turn, noted } = bench([serverManifest('fetch')], { writer: () => undefined });
    await expect(turn()).rejects.toMatchObject({ code: 'actions-failed', message: '1 of 1 actions failed' });
    expect(noted).toEqual(['apply-policy unanswered']);
  });

  it('judges by the policy that holds at that moment', async () => {
    const enforcing = { ...testPolicy(), mode: 'enforce', absentPolicy: 'create' } as const;
    let policy: ReturnType<WorkerPorts['policy']> = { ...enforcing, mode: 'audit' };
    const { turn, noted } = bench([serverManifest('fetch')], { policy: () => policy });
    await turn();
    expect(noted.splice(0)).toEqual(['pass']);
    policy = enforcing;
    await turn();
    expect(noted[0]).toBe('apply-policy done');
  });

  it('gives way to news of its namespace after 50 ms of writing', async () => {
    const servers = Array.from({ length: 40 }, (_, index) => serverManifest(`fetch-${index}`));
    const time = createFakeTime();
    const { turn, noted } = bench(servers, {
      time,
      writer: () => async () => {
        await time.advance(30);
        return { kind: 'done' };
      },
    });
    await turn(() => true);
    const written = noted.filter(line => line === 'apply-policy done').length;
    expect(written).toBeGreaterThanOrEqual(16);
    expect(written).toBeLessThan(40);
  });

  it.each<readonly [what: string, planningMs: number, least: number, most: number]>([
    ['sixteen times as long as planning took', 100, 16, 32],
    ['two seconds at most', 1_000, 20, 36],
  ])('gives way to news of its namespace after writing %s', async (_what, planningMs, least, most) => {
    let nowMs = 0;
    const policy = { ...testPolicy(), mode: 'enforce', absentPolicy: 'create' } as const;
    const servers = Array.from({ length: 60 }, (_, index) => serverManifest(`fetch-${index}`));
    const { turn, noted } = bench(servers, {
      time: { ...createFakeTime(), nowMs: () => nowMs },
      policy: () => {
        nowMs += planningMs;
        return policy;
      },
      writer: () => async action => {
        if (action.kind === 'apply-policy') nowMs += 100;
        return { kind: 'done' };
      },
    });
    await turn(() => true);
    const written = noted.filter(line => line === 'apply-policy done').length;
    expect(written).toBeGreaterThanOrEqual(least);
    expect(written).toBeLessThan(most);
  });

  it.each<readonly [what: string, planningMs: number, writingMs: number, restMs: number]>([
    ['not at all after planning that was quick', 20, 0, 0],
    ['four times as long as it was planned', 150, 0, 600],
    ['less where it was written to meanwhile', 150, 450, 150],
    ['not at all where that took as long', 150, 600, 0],
    ['two seconds at most', 5_000, 0, 2_000],
  ])('is over, and the namespace rests %s', async (_what, planningMs, writingMs, restMs) => {
    let nowMs = 0;
    const time = { ...createFakeTime(), nowMs: () => nowMs };
    const policy = { ...testPolicy(), mode: 'enforce', absentPolicy: 'create' } as const;
    const { ended } = bench(writingMs > 0 ? [serverManifest('fetch')] : [], {
      time,
      // Planning begins by asking for the policy.
      policy: () => {
        nowMs += planningMs;
        return policy;
      },
      writer: () => async action => {
        if (action.kind === 'apply-policy') nowMs += writingMs;
        return { kind: 'done' };
      },
    });
    expect(await ended()).toEqual({ againMs: undefined, restMs });
  });
});
