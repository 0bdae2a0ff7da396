import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexNamespace } from '../../src/app/namespace-index.ts';
import { judgeChange } from '../../src/core/change.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import type { NetworkPolicy } from '../../src/core/kube/types.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { overlay } from '../../src/core/world/overlay.ts';
import { objectKey } from '../../src/core/world/refs.ts';
import { decoded, workloadManifest } from '../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = 'tools';
const exception = {
  namespace: NAMESPACE,
  kind: 'Deployment',
  name: 'mcp-server',
  reason: 'T-1',
  expires: '2999-01-01',
};
const spec = {
  mode: 'enforce',
  routes: { ingressClasses: ['mcp'] },
  exceptions: [{ ...exception, rules: ['egress-not-isolated', 'service-exposed'] }],
};
const JUDGE = createJudge(resolveGatePolicy({ spec }, BUILTIN_DATA).policy ?? expect.fail('no policy'));

/** Labels that may be known, and two that stay open on some pods. */
const KEYS = ['app', 'tier', 'constructor', 'pod-template-hash', 'topology.kubernetes.io/zone', 'ray.io/cluster'];
const VALUES = ['a', 'b', ''];
const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), { maxKeys: 3 });
const requirement = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);

const workload = fc
  .record({
    kind: fc.constantFrom('Deployment', 'ReplicaSet', 'Pod', 'StatefulSet'),
    name: fc.constantFrom('x', 'y', 'mcp-server'),
    labels: fc.oneof(fc.constant({ app: 'a' }), labels),
    isDeclared: fc.boolean(),
    owner: fc.option(fc.constantFrom('apps/v1 Deployment mcp-server', 'apps/v1 ReplicaSet x')),
    ip: fc.constantFrom('10.244.0.1', '10.244.0.2'),
  })
  .map(({ kind, name, labels: own, isDeclared, owner, ip }) => ({
    ...workloadManifest({
      kind,
      called: name,
      namespace: NAMESPACE,
      labels: isDeclared ? { ...own, 'chokepoint.dev/mcp-server': 'true' } : own,
      ownLabels: {},
      ports: ['http:8080'],
      owners: owner === null || owner.endsWith(`${kind} ${name}`) ? [] : [owner],
    }),
    ...(kind === 'Pod' && { status: { podIPs: [{ ip }] } }),
  }));

const STACK_LABELS = ['app', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of'];
const STACK = ['acme-mcp', 'acme-mcp-db', 'acme-mcp-web', 'mcp'];

/** One of several workloads that bear the name of what they are parts of. */
const part = fc
  .record({
    kind: fc.constantFrom('Deployment', 'ReplicaSet', 'Pod', 'Job'),
    name: fc.constantFrom(...STACK),
    labels: fc.dictionary(fc.constantFrom(...STACK_LABELS), fc.constantFrom(...STACK), { maxKeys: 2 }),
    ownLabels: fc.dictionary(fc.constantFrom(...STACK_LABELS), fc.constantFrom(...STACK), { maxKeys: 2 }),
    container: fc.constantFrom('main', ...STACK),
    image: fc.constantFrom('a/one:1', 'a/two:1', 'a/three:1'),
    owner: fc.option(fc.constantFrom('apps/v1 Deployment acme-mcp', 'apps/v1 ReplicaSet acme-mcp-db')),
  })
  .map(({ kind, name, owner, container, image, ...own }) => {
    const owners = owner === null || owner.endsWith(`${kind} ${name}`) ? [] : [owner];
    const containers = [{ name: container, image, ports: ['http:8080'] }];
    return workloadManifest({ kind, called: name, namespace: NAMESPACE, owners, containers, ...own });
  });

const policy = fc
  .record({
    name: fc.constantFrom('one', 'two', 'three'),
    matchLabels: labels,
    matchExpressions: fc.array(requirement, { maxLength: 2 }),
    types: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    isOpen: fc.boolean(),
  })
  .map(
    ({ name, types, isOpen, ...podSelector }): Fields => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: NAMESPACE },
      spec: { podSelector, policyTypes: types, ...(isOpen && { ingress: [{}] }) },
    }),
  );

const service = fc
  .record({
    name: fc.constantFrom('mcp-x', 's'),
    selector: fc.option(labels),
    type: fc.constantFrom('ClusterIP', 'NodePort', 'ExternalName'),
    namespace: fc.constantFrom(NAMESPACE, 'edge'),
    externalName: fc.constantFrom(`s.${NAMESPACE}.svc`, 'mcp-x.edge.svc'),
  })
  .map(
    ({ name, selector, type, namespace, externalName }): Fields => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        ...(type === 'ExternalName' ? { externalName } : selector !== null && { selector }),
        type,
        ports: [{ name: 'mcp', port: 80, appProtocol: 'mcp' }],
      },
    }),
  );

const ADDRESSES = ['10.244.0.1', '10.244.0.2', '203.0.113.1'];
const slice = fc
  .record({
    service: fc.constantFrom('mcp-x', 's'),
    namespace: fc.constantFrom(NAMESPACE, 'edge'),
    address: fc.constantFrom(...ADDRESSES),
    targetRef: fc.option(fc.constantFrom({ kind: 'Pod', name: 'x', namespace: NAMESPACE })),
  })
  .map(
    ({ service: name, namespace, address, targetRef }): Fields => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `of-${name}`, namespace, labels: { 'kubernetes.io/service-name': name } },
      endpoints: [{ addresses: [address], ...(targetRef !== null && { targetRef }) }],
    }),
  );

const ingress = fc.tuple(fc.constantFrom('mcp-x', 's', 'nobody'), fc.constantFrom(NAMESPACE, 'edge')).map(
  ([name, namespace]): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: `to-${name}`, namespace },
    spec: { ingressClassName: 'public', defaultBackend: { service: { name, port: { number: 80 } } } },
  }),
);

const namespaces = fc.record({
  workloads: fc.oneof(fc.array(workload, { maxLength: 6 }), fc.array(part, { maxLength: 8 })),
  policies: fc.array(policy, { maxLength: 4 }),
  others: fc.array(fc.oneof(service, ingress, slice), { maxLength: 6 }),
});
const read = (manifest: Fields) => decoded({ ...manifest });
const worldOf = ({ workloads, policies, others }: Record<'workloads' | 'policies' | 'others', readonly Fields[]>) =>
  buildWorld([...workloads, ...policies, ...others].map(read));

describe('what surrounds a workload', () => {
  it('is all that a decision on it depends on', () => {
    fc.assert(
      fc.property(namespaces, manifests => {
        const world = worldOf(manifests);
        const index = indexNamespace(world, NAMESPACE);
        for (const subject of world.namespace(NAMESPACE).workloads.values()) {
          expect(JUDGE.evaluate(index.worldFor([subject]), subject)).toEqual(JUDGE.evaluate(world, subject));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is, of the workloads near a policy, all that a change of it bears on, and follows what is put in', () => {
    fc.assert(
      fc.property(namespaces, policy, policy, (manifests, first, second) => {
        const [put, after] = [read(first), read(second)] as [NetworkPolicy, NetworkPolicy];
        const whole = overlay(worldOf(manifests), { after: put });
        const index = indexNamespace(worldOf(manifests), NAMESPACE);
        index.put(put);
        const before = whole.namespace(NAMESPACE).policies.get(objectKey(after));
        const change = { ...(before && { before }), after };
        const near = index.selectedBy(before ? [before, after] : [after]);
        const judged = judgeChange(JUDGE, index.worldFor(near), change);
        const expected = judgeChange(JUDGE, whole, change);
        const bySubject = ({ servers }: typeof judged) =>
          new Map(
            servers.map(server => [objectKey({ kind: server.after.subject.kind, meta: server.after.subject }), server]),
          );
        expect(bySubject(judged)).toEqual(bySubject(expected));
        expect(index.hasPolicy(put.meta.name)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is little: of two servers, each has its own policy', () => {
    const server = (app: string) =>
      workloadManifest({
        kind: 'Deployment',
        called: app,
        namespace: NAMESPACE,
        labels: { app, tier: 'mcp' },
        ownLabels: {},
        ports: [],
        owners: [],
      });
    const closing = (app: string): Fields => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: app, namespace: NAMESPACE },
      spec: { podSelector: { matchLabels: { tier: 'mcp', app } } },
    });
    const world = buildWorld([server('x'), server('y'), closing('x'), closing('y')].map(read));
    const index = indexNamespace(world, NAMESPACE);
    const [x] = [...world.namespace(NAMESPACE).workloads.values()];
    const [ofX] = [...world.namespace(NAMESPACE).policies.values()];
    if (x === undefined || ofX === undefined) return expect.fail('the world is empty');
    expect([...index.worldFor([x]).namespace(NAMESPACE).policies.keys()]).toEqual(['NetworkPolicy/x']);
    expect(index.selectedBy([ofX])).toEqual([x]);
  });
});
