import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexNamespace } from '../../src/app/namespace-index.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import type { NetworkPolicy, Workload } from '../../src/core/kube/types.ts';
import { mayMatchPairs, maySelect, podLabelsOf } from '../../src/core/netpol/selects.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { contentWith } from '../../src/core/world/content.ts';
import { overlay } from '../../src/core/world/overlay.ts';
import { objectKey } from '../../src/core/world/refs.ts';
import type { NamespaceContent } from '../../src/core/world/world.ts';
import { decoded } from '../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

const JUDGE = createJudge(resolveGatePolicy({ spec: {} }, BUILTIN_DATA).policy ?? expect.fail('no policy'));

const KEYS = [
  'app',
  'ray.io/group',
  'serving.knative.dev/x',
  'pod-template-hash',
  'topology.kubernetes.io/zone',
  'toString',
];
const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom('a', 'b', ''), { maxKeys: 2 });
const template = (of: Fields) => ({ metadata: { labels: of }, spec: { containers: [{ name: 'c', image: 'i' }] } });

/** Kinds whose controllers settle no label, some, those of a prefix, and any. */
const KINDS: readonly (readonly [apiVersion: string, kind: string, spec: (of: Fields) => unknown])[] = [
  ['apps/v1', 'Deployment', of => ({ template: template(of) })],
  ['apps/v1', 'StatefulSet', of => ({ template: template(of) })],
  ['v1', 'Pod', of => template(of).spec],
  ['ray.io/v1', 'RayCluster', of => ({ headGroupSpec: { template: template(of) } })],
  ['serving.knative.dev/v1', 'Service', of => ({ template: template(of) })],
  ['extensions.agents.x-k8s.io/v1alpha1', 'SandboxTemplate', of => ({ podTemplate: template(of) })],
];
const workload = fc.tuple(fc.constantFrom(...KINDS), labels, fc.nat({ max: 3 })).map(
  ([[apiVersion, kind, spec], of, name]): Fields => ({
    ...{ apiVersion, kind, spec: spec(of) },
    metadata: { name: `w-${name}`, namespace: 'n', ...(kind === 'Pod' && { labels: of }) },
  }),
);
const requirement = fc.record({
  key: fc.constantFrom(...KEYS),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.uniqueArray(fc.constantFrom('a', 'b', ''), { minLength: 1 }),
});
const named = (kind: string, spec: object, name: number): Fields => ({
  ...(kind === 'Service' ? { apiVersion: 'v1' } : { apiVersion: 'networking.k8s.io/v1' }),
  ...{ kind, spec, metadata: { name: `o-${name}`, namespace: 'n' } },
});
const policy = fc
  .tuple(labels, fc.array(requirement, { maxLength: 2 }), fc.nat({ max: 9 }))
  .map(([matchLabels, some, name]) => {
    const matchExpressions = some.map(({ values, ...one }) => (one.operator.endsWith('In') ? { ...one, values } : one));
    return named('NetworkPolicy', { podSelector: { matchLabels, matchExpressions } }, name);
  });
const service = fc
  .tuple(fc.option(labels), fc.nat({ max: 9 }))
  .map(([selector, name]) => named('Service', { ports: [{ port: 80 }], ...(selector && { selector }) }, name));
const change = fc.array(fc.oneof(policy, service, workload), { maxLength: 3 });
const objects = fc.tuple(
  fc.array(workload),
  fc.array(policy, { maxLength: 9 }),
  fc.array(service, { maxLength: 9 }),
  change,
);

/** What is near the pods, by walks and then by an index. */
const asked = <Item>(near: () => Iterable<Item>): readonly (readonly Item[])[] =>
  Array.from({ length: 7 }, () => [...near()]);

const selecting = (subject: Workload, policies: Iterable<NetworkPolicy>): readonly NetworkPolicy[] =>
  [...policies].filter(({ podSelector }) => maySelect(podSelector, podLabelsOf(subject)));

function expectNear(content: NamespaceContent, subject: Workload): void {
  const pods = podLabelsOf(subject);
  for (const near of asked(() => content.policiesNear(pods)))
    expect(selecting(subject, near)).toEqual(selecting(subject, content.policies.values()));
  const leading = content.services.values().filter(({ selector }) => selector && mayMatchPairs(selector, pods));
  const all = [...leading];
  for (const near of asked(() => content.servicesNear(pods)))
    expect(near.filter(({ selector }) => selector && mayMatchPairs(selector, pods))).toEqual(all);
}

test('what is near a workload holds all that may select its pods, whatever labels its controller gives them, in the same order', () => {
  fc.assert(
    fc.property(objects, manifests => {
      const world = buildWorld(
        manifests
          .slice(0, 3)
          .flat()
          .map(one => decoded({ ...one })),
      );
      const content = world.namespace('n');
      const half = contentWith(content, { policies: new Map([...content.policies].slice(1)) });
      const index = indexNamespace(world, 'n');
      for (const subject of content.workloads.values()) {
        expectNear(content, subject);
        expectNear(half, subject);
        const { policies } = index.worldFor([subject]).namespace('n');
        expect(selecting(subject, policies.values())).toEqual(selecting(subject, content.policies.values()));
      }
      for (const after of manifests[3]) {
        const changed = overlay(world, { after: decoded({ ...after }) }).namespace('n');
        for (const subject of changed.workloads.values()) expectNear(changed, subject);
      }
      for (const one of content.policies.values()) {
        const selected = content.workloads.values().filter(subject => maySelect(one.podSelector, podLabelsOf(subject)));
        expect(index.selectedBy([one]).map(objectKey)).toEqual(expect.arrayContaining([...selected].map(objectKey)));
      }
    }),
    { numRuns: 500 },
  );
});

/** A map that counts how often all that it holds is gone through. */
class CountingMap<Value> extends Map<string, Value> {
  walks = 0;
  override values() {
    this.walks += 1;
    return super.values();
  }
  override [Symbol.iterator]() {
    this.walks += 1;
    return super[Symbol.iterator]();
  }
}

test('of a namespace of any size all is gone through a few times, and not once for each workload in it', () => {
  const server = (app: string): Fields => ({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app, namespace: 'n' } },
    spec: { template: template({ app, 'chokepoint.dev/mcp-server': 'true' }) },
  });
  const closing = (app: string): Fields =>
    named('NetworkPolicy', { podSelector: { matchLabels: { app } } }, Number(app));
  const apps = Array.from({ length: 50 }, (_, index) => String(index));
  const world = buildWorld(apps.flatMap(app => [server(app), closing(app)]).map(one => decoded({ ...one })));
  const policies = new CountingMap(world.namespace('n').policies);
  const content = contentWith(world.namespace('n'), { policies });
  const counted = { ...world, namespace: () => content };
  policies.walks = 0;
  for (const subject of content.workloads.values()) {
    const { mcp, findings } = JUDGE.evaluate(counted, subject);
    expect([mcp.standing, findings.map(({ messageId }) => messageId)]).toEqual(['declared', ['ingress-only']]);
  }
  expect(policies.walks).toBeLessThan(10);
});
