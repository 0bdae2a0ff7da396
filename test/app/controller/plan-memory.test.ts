import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorldIndex } from '../../../src/adapters/kubernetes/view/world-index.ts';
import type { Action } from '../../../src/app/controller/action.ts';
import { rememberPlans } from '../../../src/app/controller/plan-memory.ts';
import { reconcile } from '../../../src/app/controller/reconcile.ts';
import { createJudge, type Judge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { SCHEDULING_GATE } from '../../../src/core/scheduling-gate.ts';
import { refOf } from '../../../src/core/world/refs.ts';
import type { World } from '../../../src/core/world/world.ts';
import { createSimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = 'tools';
const DECLARED = { 'chokepoint.dev/mcp-server': 'true' };

function judgeOf(spec: object): Judge {
  const { policy } = resolveGatePolicy({ spec: { mode: 'enforce', ...spec } }, BUILTIN_DATA);
  return createJudge({ ...(policy ?? expect.fail('no policy')), day: '2026-11-27' });
}

const GATEWAYS = [
  {
    name: 'own',
    servesNamespaces: { matchLabels: { edge: 'true' } },
    from: [{ namespaceSelector: { matchLabels: { edge: 'true' } }, podSelector: {} }],
  },
];
const JUDGES: readonly Judge[] = [
  judgeOf({}),
  judgeOf({ preset: 'restricted', gateways: GATEWAYS, protectedNetworks: { pods: ['10.244.0.0/16'], nodes: [] } }),
];

const metadata = (name: string, namespace = NAMESPACE): Fields => ({ name, namespace });
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'), { maxKeys: 2 });
const addresses = fc.constantFrom('10.244.0.1', '10.244.0.2');

const workload = fc
  .record({
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'Pod', 'Pod', 'ReplicaSet'),
    name: fc.constantFrom('x', 'y', 'z', 'mcp-server'),
    labels: fc.oneof(fc.constantFrom({ app: 'a' }, { app: 'b' }), labels),
    isDeclared: fc.boolean(),
    isHeld: fc.boolean(),
    isGoing: fc.constantFrom(false, false, false, true),
    isOwned: fc.boolean(),
    ip: addresses,
  })
  .map(({ kind, name, isDeclared, isHeld, isGoing, isOwned, ip, ...sketch }): Fields => {
    const manifest = workloadManifest({
      kind,
      called: name,
      namespace: NAMESPACE,
      labels: { ...sketch.labels, ...(isDeclared ? DECLARED : {}) },
      ownLabels: isDeclared ? DECLARED : {},
      ports: ['http:8080'],
      owners: isOwned && kind !== 'Deployment' ? ['apps/v1 Deployment x'] : [],
    });
    return {
      ...manifest,
      metadata: { ...(manifest.metadata as Fields), ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
      spec: {
        ...(manifest.spec as Fields),
        ...(kind === 'Pod' && isHeld && { schedulingGates: [{ name: SCHEDULING_GATE }] }),
      },
      ...(kind === 'Pod' && { status: { podIPs: [{ ip }] } }),
    };
  });

const policy = fc
  .record({
    name: fc.constantFrom('own', 'chokepoint-x', 'chokepoint-mcp-server'),
    selects: labels,
    types: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    isOpen: fc.boolean(),
    server: fc.option(fc.constantFrom('Deployment/x', 'Pod/x', 'Pod/mcp-server')),
  })
  .map(
    ({ name, selects, types, isOpen, server }): Fields => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        ...metadata(name),
        ...(server !== null && {
          labels: { 'app.kubernetes.io/managed-by': 'chokepoint' },
          annotations: { 'chokepoint.dev/server': server },
        }),
      },
      spec: { podSelector: { matchLabels: selects }, policyTypes: types, ...(isOpen && { ingress: [{}] }) },
    }),
  );

const service = fc.record({ selector: fc.option(labels), type: fc.constantFrom('ClusterIP', 'NodePort') }).map(
  ({ selector, type }): Fields => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('mcp-x'),
    spec: { type, ...(selector !== null && { selector }), ports: [{ name: 'mcp', port: 80, appProtocol: 'mcp' }] },
  }),
);

const slice = fc.tuple(addresses, fc.constantFrom(NAMESPACE, 'edge')).map(
  ([address, namespace]): Fields => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata('of-mcp-x', namespace), labels: { 'kubernetes.io/service-name': 'mcp-x' } },
    endpoints: [{ addresses: [address] }],
  }),
);

const ingress = fc.tuple(fc.constantFrom('mcp-x', 'nobody'), fc.constantFrom('public', 'nginx')).map(
  ([name, ingressClassName]): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata('in'),
    spec: { ingressClassName, defaultBackend: { service: { name, port: { number: 80 } } } },
  }),
);

/** Names what stands behind a Service as an MCP server. */
const naming = fc.constantFrom('mcp-x', 'nobody').map(
  (name): Fields => ({
    apiVersion: 'aigateway.envoyproxy.io/v1beta1',
    kind: 'MCPRoute',
    metadata: metadata('named'),
    spec: { parentRefs: [{ name: 'public' }], backendRefs: [{ name }] },
  }),
);

/** A usual gateway, in its namespace. */
const gateway = fc.tuple(fc.constantFrom('one', 'two'), fc.boolean()).map(([name, isGateway]): Fields => {
  const own = {
    'app.kubernetes.io/name': 'ingress-nginx',
    'app.kubernetes.io/component': isGateway ? 'controller' : 'other',
  };
  return workloadManifest({ kind: 'Pod', called: name, namespace: 'ingress-nginx', labels: own });
});

const space = fc
  .tuple(
    fc.constantFrom(NAMESPACE, 'edge', 'ingress-nginx'),
    fc.constantFrom('create', 'create', 'hold', 'reject'),
    fc.constantFrom('true', 'false'),
  )
  .map(
    ([name, absent, edge]): Fields => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'chokepoint.dev/absent-policy': absent, edge } },
    }),
  );

const ofCluster = fc.tuple(fc.constantFrom('Allow', 'Deny', 'Pass'), labels).map(
  ([action, matchLabels]): Fields => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'wide' },
    spec: {
      priority: 10,
      subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels } } },
      ingress: [{ action, from: [{ namespaces: {} }] }],
    },
  }),
);

const ofCilium = fc.tuple(fc.constantFrom('chokepoint-x', 'own'), labels).map(
  ([name, matchLabels]): Fields => ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: metadata(name),
    spec: { endpointSelector: { matchLabels }, ingress: [{ fromEntities: ['world'] }] },
  }),
);

const exception = fc.constantFrom('x', 'y').map(
  (name): Fields => ({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'GateException',
    metadata: metadata('one'),
    spec: { object: { kind: 'Pod', name }, rules: ['ingress-not-isolated'], reason: 'T-1', expires: '2026-12-31' },
  }),
);

const node = fc.constantFrom('10.0.0.1', '10.0.0.2').map(
  (address): Fields => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node' },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }),
);

const manifest = fc.oneof(
  { arbitrary: workload, weight: 8 },
  { arbitrary: policy, weight: 3 },
  ...[service, slice, ingress, naming, gateway, space, ofCluster, ofCilium, exception, node],
);

/** What happens between two plans. */
type Step =
  | { readonly kind: 'put'; readonly manifest: Fields }
  | { readonly kind: 'remove'; readonly index: number }
  | { readonly kind: 'perform'; readonly first: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), manifest }),
  fc.record({ kind: fc.constant('remove' as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constant('perform' as const), first: fc.nat(6) }),
);

/** A cluster that is seen as the controller sees it: what does not change stays the same object. */
function createSeenCluster(initial: readonly Fields[]) {
  const cluster = createSimulatedCluster(initial.map(one => decoded({ ...one })));
  const index = createWorldIndex();
  let seen: ReadonlyMap<string, KubeObject> = new Map();
  const keyOf = (object: KubeObject): string => JSON.stringify(refOf(object));
  const world = (): World => {
    const now = new Map(cluster.objects().map(object => [keyOf(object), object]));
    for (const [key, object] of seen) if (now.get(key) !== object) index.change(object, now.get(key));
    for (const [key, object] of now) if (!seen.has(key)) index.change(undefined, object);
    seen = now;
    return index.world();
  };
  return { cluster, world };
}

type SeenCluster = ReturnType<typeof createSeenCluster>;

function take({ cluster }: SeenCluster, next: Step, planned: readonly Action[]): void {
  if (next.kind === 'put') cluster.put(decoded({ ...next.manifest }));
  else if (next.kind === 'perform') for (const action of planned.slice(0, next.first)) cluster.perform(action);
  else {
    const object = cluster.objects()[next.index];
    if (object !== undefined) cluster.remove(object);
  }
}

const SPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };

/** A judge that counts whom it is asked about. */
function counting(judge: Judge): { readonly judge: Judge; readonly asked: string[] } {
  const asked: string[] = [];
  const evaluate: Judge['evaluate'] = (world, subject) => {
    asked.push(subject.meta.name);
    return judge.evaluate(world, subject);
  };
  return { judge: { ...judge, evaluate }, asked };
}

const server = (name: string): Fields =>
  workloadManifest({
    kind: 'Pod',
    called: name,
    namespace: NAMESPACE,
    labels: { app: name, ...DECLARED },
    ports: ['http:8080'],
  });

const spaceOf = (own: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE, labels: { 'chokepoint.dev/absent-policy': 'create', ...own } },
});
const UNDECLARED = workloadManifest({
  kind: 'Pod',
  called: 'a',
  namespace: NAMESPACE,
  labels: { app: 'a' },
  ports: ['80'],
});
const HELD: Fields = {
  ...server('a'),
  spec: { ...(server('a').spec as Fields), schedulingGates: [{ name: SCHEDULING_GATE }] },
};
const OPEN_TO_EDGE: Fields = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata('own'),
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { edge: 'true' } } }] }],
  },
};
const SERVICE: Fields = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('mcp-x'),
  spec: { selector: { app: 'a' }, ports: [{ port: 80 }] },
};
const NAMING: Fields = {
  apiVersion: 'aigateway.envoyproxy.io/v1beta1',
  kind: 'MCPRoute',
  metadata: metadata('named'),
  spec: { parentRefs: [{ name: 'public' }], backendRefs: [{ name: 'mcp-x' }] },
};

describe('What is remembered of a namespace from one plan to the next', () => {
  it('changes nothing of what is planned, whatever happens in between', () => {
    const dialects = fc.constantFrom(undefined, 'cilium' as const);
    fc.assert(
      fc.property(
        fc.constantFrom(...JUDGES),
        dialects,
        fc.array(manifest, { maxLength: 8 }),
        fc.array(step, { maxLength: 12 }),
        (judge, dialect, initial, steps) => {
          const seen = createSeenCluster([SPACE, ...initial]);
          const memoryFor = rememberPlans();
          let planned: readonly Action[] = [];
          for (const next of [undefined, ...steps]) {
            if (next !== undefined) take(seen, next, planned);
            const world = seen.world();
            planned = reconcile(world, NAMESPACE, judge, dialect, memoryFor);
            expect(planned).toEqual(reconcile(world, NAMESPACE, judge, dialect));
          }
        },
      ),
      { numRuns: 250 },
    );
  }, 60_000);

  it('is that each server is judged once for as long as nothing of it changes', () => {
    const { judge, asked } = counting(JUDGES[1] ?? expect.fail('no judge'));
    const memoryFor = rememberPlans();
    const seen = createSeenCluster([SPACE, ...['a', 'b', 'c'].map(server)]);
    const plan = (): readonly Action[] => reconcile(seen.world(), NAMESPACE, judge, undefined, memoryFor);
    plan();
    expect(asked.splice(0)).toEqual(['a', 'b', 'c']);
    plan();
    expect(asked).toEqual([]);
    const [first] = plan();
    if (first !== undefined) seen.cluster.perform(first);
    seen.cluster.put(decoded({ ...server('d') }));
    plan();
    expect(asked).toEqual(['a', 'd']);
  });

  it.each<readonly [what: string, before: readonly Fields[], change: Fields, does: Action['kind']]>([
    ['comes to be named as a server', [UNDECLARED, SERVICE], NAMING, 'apply-policy'],
    ['is held until its gateway serves its namespace', [HELD, OPEN_TO_EDGE], spaceOf({ edge: 'true' }), 'lift-gate'],
  ])('does not hide that a workload %s', (_what, before, change, does) => {
    const judge = JUDGES[1] ?? expect.fail('no judge');
    const memoryFor = rememberPlans();
    const seen = createSeenCluster([spaceOf({}), ...before]);
    const plan = (): readonly Action['kind'][] =>
      reconcile(seen.world(), NAMESPACE, judge, undefined, memoryFor)
        .map(({ kind }) => kind)
        .filter(kind => kind !== 'event');
    expect(plan()).toEqual([]);
    seen.cluster.put(decoded({ ...change }));
    expect(plan()).toEqual([does]);
  });

  it('is forgotten under another judge', () => {
    const memoryFor = rememberPlans();
    const seen = createSeenCluster([SPACE, server('a')]);
    for (const judge of JUDGES)
      expect(reconcile(seen.world(), NAMESPACE, judge, undefined, memoryFor)).toEqual(
        reconcile(seen.world(), NAMESPACE, judge),
      );
  });
});
