import { createJudge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { isWorkload } from '../../src/core/world/object-kinds.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from './gate-spec.ts';
import { decoded } from './workload.ts';
import { parseYaml } from './yaml.ts';

const spec = { gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS };
const { policy } = resolveGatePolicy({ spec }, BUILTIN_DATA);
const judge = policy && createJudge(policy);

const NAMESPACE = '{apiVersion: v1, kind: Namespace, metadata: {name: tools, labels: {team: ai}}}';
const SERVER =
  '{apiVersion: v1, kind: Pod, metadata: {name: s, namespace: tools, labels: {app: s, mcp.chokepoint.dev/server: "true"}}, spec: {serviceAccountName: mcp, containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}}';

/** The decision on the server `tools/s`, which listens on 8080, among these objects. `namespace`: its Namespace; empty: not among them. */
export function decisionOn(objects: readonly string[], namespace = NAMESPACE) {
  const text = [...(namespace === '' ? [] : [namespace]), SERVER, ...objects].join('\n---\n');
  const world = buildWorld((parseYaml(text) as Record<string, unknown>[]).map(decoded));
  const server = world.namespace('tools').workloads.get('Pod/s');
  if (judge === undefined || server === undefined || !isWorkload(server)) throw new Error('no judge or no server');
  return judge.evaluateServer(world, server, { standing: 'declared', evidence: [], ports: [], setAside: [] });
}

/** As {@link decisionOn}, as text: the verdict, the rules that are broken by which object, and the causes. */
export function judged(...objects: readonly string[]): string {
  const { verdict, findings, causes } = decisionOn(objects);
  const said = findings.map(({ rule, level, object }) => `${level === 'deny' ? '' : 'warn '}${rule} ${object.name}`);
  const why = causes.map(({ code, object }) => `${code} ${object.name}`);
  return [verdict, ...new Set([...said, ...why])].join(', ');
}
