import { describe, expect, it } from 'vitest';
import { createHeldPods } from '../../../src/app/controller/held-pods.ts';
import type { ControllerTelemetry } from '../../../src/app/controller/ports.ts';
import { createWorker, type WorkerPorts } from '../../../src/app/controller/worker.ts';
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
    writer: () => async action => (cluster.perform(action) ? { kind: 'done' } : { kind: 'conflict', message: '' }),
    isLeader: () => true,
    held: createHeldPods(time),
    telemetry,
    ...ports,
  });
  return { time, noted, turn: (isAwaited = () => false) => worker.turn(NAMESPACE, isAwaited) };
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
});
