import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/app/controller/action.ts';
import { reconcile } from '../../../src/app/controller/reconcile.ts';
import { faultKey } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { refText } from '../../../src/core/explain.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { isHeld } from '../../../src/core/scheduling-gate.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { objectKey } from '../../../src/core/world/refs.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = 'tools';
const GATE = { name: 'chokepoint.dev/network-policy' };
const ROUNDS = 8;
const resolved = resolveGatePolicy({ spec: { mode: 'enforce' } }, BUILTIN_DATA).policy;
if (resolved === undefined) throw new Error('the preset is no policy');
const JUDGE = createJudge(resolved);

/** Few labels, so that workloads share them and policies meet. */
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'), { maxKeys: 2 });
const metadata = (name: string): Fields => ({ name, namespace: NAMESPACE });

const workload = fc
  .record({
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'Pod', 'ReplicaSet'),
    name: fc.constantFrom('x', 'y', 'z'),
    labels,
    isServer: fc.boolean(),
    isHeld: fc.boolean(),
    isGoing: fc.boolean(),
    isOwned: fc.boolean(),
  })
  .map(({ kind, name, isServer, isHeld: hasGate, isGoing, isOwned, ...sketch }): Fields => {
    const declared = { 'chokepoint.dev/mcp-server': String(isServer) };
    const manifest = workloadManifest({
      kind,
      called: name,
      namespace: NAMESPACE,
      labels: { ...sketch.labels, ...declared },
      ownLabels: declared,
      ports: ['http:8080'],
      owners: isOwned && kind !== 'Deployment' ? ['apps/v1 Deployment x'] : [],
    });
    return {
      ...manifest,
      metadata: { ...(manifest.metadata as Fields), ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
      spec: { ...(manifest.spec as Fields), ...(kind === 'Pod' && hasGate && { schedulingGates: [GATE] }) },
    };
  });

const policy = fc
  .record({
    name: fc.constantFrom('own', 'chokepoint-x', 'chokepoint-y', 'chokepoint-x-deployment'),
    selects: labels,
    types: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    isOpen: fc.boolean(),
    server: fc.option(fc.constantFrom('Deployment/x', 'Pod/x', 'StatefulSet/y')),
  })
  .map(({ name, selects, types, isOpen, server }): Fields => {
    const marks = {
      labels: { 'app.kubernetes.io/managed-by': 'chokepoint' },
      annotations: { 'chokepoint.dev/server': server },
    };
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { ...metadata(name), ...(server !== null && marks) },
      spec: { podSelector: { matchLabels: selects }, policyTypes: types, ...(isOpen && { ingress: [{}] }) },
    };
  });

const absentPolicy = fc.constantFrom('create', 'create', 'create', 'hold', 'reject');
const manifests = fc
  .record({
    absent: absentPolicy,
    workloads: fc.array(workload, { maxLength: 6 }),
    policies: fc.array(policy, { maxLength: 4 }),
  })
  .map(({ absent, workloads, policies }): readonly Fields[] => [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'chokepoint.dev/absent-policy': absent } },
    },
    ...workloads,
    ...policies,
  ]);

const cluster = (all: readonly Fields[]): SimulatedCluster =>
  createSimulatedCluster(all.map(manifest => decoded({ ...manifest })));
const plan = (simulated: SimulatedCluster): readonly Action[] => reconcile(simulated.world(), NAMESPACE, JUDGE);
const writes = (simulated: SimulatedCluster): readonly Action[] =>
  plan(simulated).filter(({ kind }) => kind !== 'event');

/** Every denial of every server, as `faultKey` tells them apart. */
function denials(simulated: SimulatedCluster): ReadonlySet<string> {
  const world = simulated.world();
  const found = [...world.namespace(NAMESPACE).workloads.values()].flatMap(
    subject => JUDGE.evaluate(world, subject).findings,
  );
  const denied = found.filter(({ level }) => level === 'deny');
  return new Set(denied.map(finding => `${refText(finding.subject)} ${faultKey(finding)}`));
}

const held = (simulated: SimulatedCluster): ReadonlySet<string> =>
  new Set(simulated.objects().filter(isHeld).map(objectKey));
const untouched = (simulated: SimulatedCluster): readonly KubeObject[] =>
  simulated
    .objects()
    .filter(object => object.kind === 'NetworkPolicy' && !object.meta.annotations.has('chokepoint.dev/server'));

/** Does one action, and checks that nothing of it opens anything. */
function performSafely(simulated: SimulatedCluster, action: Action): void {
  const before = { denials: denials(simulated), held: held(simulated), others: untouched(simulated) };
  simulated.perform(action);
  expect(
    [...denials(simulated)].filter(key => !before.denials.has(key)),
    'opens a server',
  ).toEqual([]);
  expect(untouched(simulated), "touches somebody else's policy").toEqual(before.others);
  const world = simulated.world();
  for (const subject of world.namespace(NAMESPACE).workloads.values()) {
    if (!before.held.has(objectKey(subject)) || isHeld(subject)) continue;
    expect(JUDGE.evaluate(world, subject).verdict, 'lets an open Pod go').toBe('allow');
  }
}

/** Does what is planned, round by round, until nothing is left to do. */
function settle(simulated: SimulatedCluster): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const actions = writes(simulated);
    if (actions.length === 0) return;
    for (const action of actions) performSafely(simulated, action);
  }
  expect(writes(simulated), 'still something to do').toEqual([]);
}

/** What a namespace comes to, whichever names and uids it took. */
function outcome(simulated: SimulatedCluster): unknown {
  return { denials: [...denials(simulated)].sort(), held: [...held(simulated)].sort() };
}

describe('reconcile, over and over', () => {
  it('comes to an end, opens nothing on the way and touches nothing that is not its own', () => {
    fc.assert(
      fc.property(manifests, all => settle(cluster(all))),
      { numRuns: 400 },
    );
  });

  it('closes every server that lacks isolation, or says why it cannot', () => {
    fc.assert(
      fc.property(manifests, all => {
        const simulated = cluster(all.map((manifest, index) => (index === 0 ? NAMESPACE_THAT_CREATES : manifest)));
        settle(simulated);
        const told = new Set(plan(simulated).flatMap(action => (action.kind === 'event' ? action.about.name : [])));
        const world = simulated.world();
        const open = [...world.namespace(NAMESPACE).workloads.values()].filter(
          subject =>
            isWorkload(subject) &&
            !subject.meta.terminating &&
            subject.meta.owners.length === 0 &&
            JUDGE.evaluate(world, subject).findings.some(({ rule }) => rule.endsWith('-not-isolated')),
        );
        expect(open.map(({ meta }) => meta.name).filter(name => !told.has(name))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('does the same once or twice', () => {
    fc.assert(
      fc.property(manifests, all => {
        const simulated = cluster(all);
        for (const action of writes(simulated)) {
          simulated.perform(action);
          const once = outcome(simulated);
          simulated.perform(action);
          expect(outcome(simulated)).toEqual(once);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('comes to the same end when it is killed at any step, and in whatever order a round is done', () => {
    fc.assert(
      fc.property(manifests, fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 5 }), (all, kills) => {
        const whole = cluster(all);
        settle(whole);
        const killed = cluster(all);
        for (const [steps, isReversed] of kills) {
          const actions = isReversed ? writes(killed).toReversed() : writes(killed);
          for (const action of actions.slice(0, steps)) performSafely(killed, action);
        }
        settle(killed);
        expect(outcome(killed)).toEqual(outcome(whole));
      }),
      { numRuns: 300 },
    );
  });

  it('comes to an end after others wrote in between', () => {
    fc.assert(
      fc.property(manifests, manifests, (all, later) => {
        const simulated = cluster(all);
        for (const manifest of later) {
          for (const action of writes(simulated).slice(0, 1)) performSafely(simulated, action);
          simulated.put(decoded({ ...manifest }));
        }
        settle(simulated);
      }),
      { numRuns: 150 },
    );
  });
});

const NAMESPACE_THAT_CREATES: Fields = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
