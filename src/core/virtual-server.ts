import type { Decision, McpJudgement } from './decision.ts';
import type { Judge } from './evaluate.ts';
import { NO_NODE_ACCESS } from './kube/node-access.ts';
import type { ContainerPort, Labels, NetworkPolicy, Requirement, Workload } from './kube/types.ts';
import { controllerLabelsOf } from './kube/workload-kinds.ts';
import { createPolicyReader } from './mcp/policy-signals.ts';
import { namedPorts } from './netpol/port-names.ts';
import { maySelect, podLabelsOf } from './netpol/selects.ts';
import { objectKey, refOf } from './world/refs.ts';
import type { NamespaceContent, World } from './world/world.ts';

/** The number that a named port stands for on a server that nobody has written yet. */
const ASSUMED_PORT = 8080;

function labelFor({ key, operator, values }: Requirement): readonly (readonly [string, string])[] {
  if (operator === 'In') return [[key, [...values].sort()[0] ?? '']];
  return operator === 'Exists' ? [[key, 'true']] : [];
}

/** The labels that the selector asks for, and no others. */
function labelsFor(policy: NetworkPolicy): Labels {
  return new Map(policy.podSelector.flatMap(labelFor));
}

/** Every port name of the policy's ingress rules resolves on the server: a name that did not would admit nobody. */
function portsFor({ ingress }: NetworkPolicy): readonly ContainerPort[] {
  const names = ingress.isolates ? ingress.rules.flatMap(rule => namedPorts(rule.ports)) : [];
  return names.map(({ name, protocol }) => ({ name, protocol, number: ASSUMED_PORT, hostPort: 0 }));
}

/**
 * The workload that a policy stands for where the input holds the policy alone, as a values file does:
 * a Pod with exactly the labels that its selector asks for.
 */
export function virtualServer(policy: NetworkPolicy): Workload {
  const labels = labelsFor(policy);
  const container = {
    name: '',
    image: '',
    command: [],
    args: [],
    env: [],
    variables: [],
    probes: [],
    path: 'spec',
    role: 'container' as const,
  };
  return {
    kind: 'Pod',
    part: '',
    controllerLabels: controllerLabelsOf({}),
    ownPolicy: undefined,
    operator: undefined,
    meta: { ...policy.meta, labels, annotations: new Map(), owners: [] },
    podLabels: labels,
    podAnnotations: new Map(),
    hostNetwork: false,
    nodeAccess: NO_NODE_ACCESS,
    containers: [{ ...container, ports: portsFor(policy) }],
    schedulingGates: [],
    nodeName: '',
    serviceAccount: 'default',
    selectorLabels: labels,
    podIPs: [],
    hostIPs: [],
    podSpecPath: 'spec',
    podLabelsPath: 'spec.podSelector',
  };
}

/** Policies of a namespace that may select one of its workloads. */
function selectingIn({ workloads, policiesNear }: NamespaceContent): ReadonlySet<NetworkPolicy> {
  const found = new Set<NetworkPolicy>();
  for (const workload of workloads.values()) {
    const labels = podLabelsOf(workload);
    for (const policy of policiesNear(labels)) if (maySelect(policy.podSelector, labels)) found.add(policy);
  }
  return found;
}

function selectsSomething({ podSelector }: NetworkPolicy, { workloads }: NamespaceContent): boolean {
  return workloads.values().some(workload => maySelect(podSelector, podLabelsOf(workload)));
}

/** Those of some policies that select no workload of their world. One alone may stand in no world. */
function selectingNothing(policies: readonly NetworkPolicy[], world: World): readonly NetworkPolicy[] {
  const [only] = policies.length === 1 ? policies : [];
  if (only !== undefined) return selectsSomething(only, world.namespace(only.meta.namespace)) ? [] : [only];
  const byNamespace = Map.groupBy(policies, ({ meta }) => meta.namespace);
  return [...byNamespace].flatMap(([name, some]) => {
    const content = world.namespace(name);
    const selecting = selectingIn(content);
    const isThere = (policy: NetworkPolicy): boolean => content.policies.get(objectKey(policy)) === policy;
    return some.filter(one => !(isThere(one) ? selecting.has(one) : selectsSomething(one, content)));
  });
}

const sameLabels = (labels: Labels): string => JSON.stringify([...labels].sort());

/**
 * Decisions on the servers that policies of a world stand for: each policy that selects no workload of the world but bears MCP signals in its name or selector.
 * Policies of one namespace that ask for the same labels stand for one server; the decision is named after the first.
 */
export function judgeVirtualServers(
  judge: Judge,
  world: World,
  policies: readonly NetworkPolicy[],
): readonly Decision[] {
  const signalsOf = createPolicyReader(judge.policy.detection);
  const seen = new Set<string>();
  const named = policies.filter(policy => signalsOf(policy).length > 0);
  return selectingNothing(named, world).flatMap(policy => {
    const subject = virtualServer(policy);
    const key = `${policy.meta.namespace} ${sameLabels(subject.podLabels)}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const mcp: McpJudgement = { standing: 'suspected', evidence: signalsOf(policy), setAside: [], ports: [] };
    return judge.evaluateServer(world, subject, mcp, refOf(policy));
  });
}
