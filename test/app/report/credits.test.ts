import { describe, expect, it } from 'vitest';
import { createCredit } from '../../../src/app/report/credits.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { refText } from '../../../src/core/explain.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const GATEWAY =
  '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}';
const SERVER =
  '{apiVersion: v1, kind: Pod, metadata: {name: s, namespace: tools, labels: {app: s, chokepoint.dev/mcp-server: "true"}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}}';
const np = (name: string, ingress: string) =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: tools}, spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [${ingress}]}}`;
const CLOSED = np('closed', `{from: [${GATEWAY}]}`);
const OPEN = np('open', '{from: [{namespaceSelector: {}}]}');
const wall = (name: string, priority: number, rules = '') =>
  `{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: ${name}}, spec: {priority: ${priority}, subject: {namespaces: {}}, ingress: [${rules || `{action: Pass, from: [{pods: ${GATEWAY}}]}, {action: Deny, from: [{namespaces: {}}]}`}]}}`;
const NOTHING = (name: string, priority: number) =>
  wall(name, priority, '{action: Deny, from: [{namespaces: {matchLabels: {a: b}}}]}');
const CILIUM =
  '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: tools}, spec: {endpointSelector: {}, ingressDeny: [{fromEndpoints: [{matchExpressions: [{key: k8s:io.kubernetes.pod.namespace, operator: NotIn, values: [mcp-gateway]}]}, {matchLabels: {k8s:io.kubernetes.pod.namespace: mcp-gateway}, matchExpressions: [{key: app.kubernetes.io/name, operator: NotIn, values: [envoy]}]}]}], enableDefaultDeny: {ingress: false}}}';

const { policy } = resolveGatePolicy(
  { spec: { gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS } },
  BUILTIN_DATA,
);

/** What closes the server `tools/s`. */
function credits(objects: readonly string[]): readonly string[] {
  const world = buildWorld((parseYaml([SERVER, ...objects].join('\n---\n')) as Record<string, unknown>[]).map(decoded));
  const server = world.namespace('tools').workloads.get('Pod/s');
  if (policy === undefined || server === undefined || !isWorkload(server)) throw new Error('no policy or no server');
  const judge = createJudge(policy);
  expect(judge.evaluate(world, server)).toMatchObject({ verdict: 'allow', causes: [] });
  return createCredit(world, judge)(server).map(refText);
}

describe('An allowed server is closed by', () => {
  const ADMIN = 'AdminNetworkPolicy.policy.networking.k8s.io';

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['NetworkPolicies alone', [CLOSED], []],
    ['NetworkPolicies alone, whatever an administrator denies besides', [CLOSED, wall('w', 1)], []],
    ['an administrator', [OPEN, wall('w', 1)], [`${ADMIN} w`]],
    ['one of two policies', [OPEN, wall('w', 1), NOTHING('other', 2)], [`${ADMIN} w`]],
    ['two that each would do', [OPEN, wall('w', 1), wall('v', 2)], [`${ADMIN} w`, `${ADMIN} v`]],
    ['some of many', [OPEN, wall('w', 1), ...Array.from({ length: 8 }, (_, index) => NOTHING(`n${index}`, index + 2))], [`${ADMIN} w`, ...Array.from({ length: 8 }, (_, index) => `${ADMIN} n${index}`)]],
    ['a denial of Cilium', [OPEN, CILIUM], ['CiliumNetworkPolicy.cilium.io tools/c']],
  ])('%s', (_title, objects, expected) => {
    expect(credits(objects)).toEqual(expected);
  });
});
