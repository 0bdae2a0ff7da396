import { readAttempts } from './attempts.ts';
import {
  clientName,
  clientPod,
  PARTS,
  type Part,
  PHASES,
  type Phase,
  type PodPlace,
  probePolicies,
  targetName,
  targetPod,
} from './objects.ts';
import type { ProbedNode } from './plan.ts';
import {
  CLIENTS_MS,
  create,
  createNamespace,
  hasEnded,
  isUp,
  type ProbeRun,
  probeName,
  removeLeftovers,
  START_MS,
  troubleOf,
  untilEach,
} from './steps.ts';
import { judgeNodes, type MeasuredNode, type Observation } from './verdict.ts';

/** A run under way: its namespace, and what is known of each node that nothing can be measured on. */
interface Running extends ProbeRun {
  readonly namespace: string;
  readonly ownerUid: string;
  readonly troubles: Map<string, string>;
}

const placeOf = ({ nodes, image, ownerUid }: Running, { name }: ProbedNode): PodPlace => ({
  node: name,
  number: nodes.findIndex(node => node.name === name) + 1,
  image,
  ownerUid,
});

/** A target that can be connected to. */
interface Target {
  readonly node: string;
  readonly part: Part;
  readonly address: string;
}

/** Starts the targets of every node. What does not start is a trouble of its node. */
async function startTargets(run: Running): Promise<readonly Target[]> {
  run.onProgress(`starting Pods on ${run.nodes.length} nodes`);
  for (const node of run.nodes)
    for (const part of PARTS) await create(run, run.namespace, targetPod(part, placeOf(run, node)));
  const names = run.nodes.flatMap((_, index) => PARTS.map(part => targetName(part, index + 1)));
  const pods = await untilEach(run, run.namespace, names, isUp, START_MS);
  return run.nodes.flatMap(({ name: node }, index) => {
    const both = PARTS.map(part => ({ part, pod: pods.get(targetName(part, index + 1)) }));
    const bad = both.find(({ pod }) => pod === undefined || !isUp(pod));
    if (bad === undefined)
      return both.flatMap(({ part, pod }) => (pod?.addresses ?? []).map(address => ({ node, part, address })));
    run.troubles.set(node, troubleOf(bad.pod, 'its Pods did not start in time'));
    return [];
  });
}

/** What the clients of one phase saw. */
async function observe(run: Running, phase: Phase, targets: readonly Target[]): Promise<readonly Observation[]> {
  run.onProgress(`connecting, ${phase} there is a policy`);
  const nodes = run.nodes.filter(({ name }) => !run.troubles.has(name));
  const addresses = targets.map(({ address }) => address);
  for (const node of nodes)
    for (const part of PARTS) await create(run, run.namespace, clientPod(phase, part, addresses, placeOf(run, node)));
  const clients = nodes.flatMap(node =>
    PARTS.map(part => ({ node: node.name, part, name: clientName(phase, part, placeOf(run, node).number) })),
  );
  const names = clients.map(({ name }) => name);
  const pods = await untilEach(run, run.namespace, names, hasEnded, CLIENTS_MS);
  return clients.flatMap(({ name, node, part }) => {
    const pod = pods.get(name);
    const lines = readAttempts(pod?.message ?? '', addresses.length);
    if (lines === undefined) {
      run.troubles.set(node, troubleOf(pod, `its client ended without an answer`));
      return [];
    }
    return targets.map(
      (target, index): Observation => ({
        phase,
        client: { part, node },
        target: { part: target.part, node: target.node },
        family: target.address.includes(':') ? 'IPv6' : 'IPv4',
        attempts: lines[index] ?? '',
      }),
    );
  });
}

async function measure(run: Running): Promise<readonly MeasuredNode[]> {
  const targets = await startTargets(run);
  const observations: Observation[] = [];
  for (const phase of targets.length === 0 ? [] : PHASES) {
    if (phase === 'after') for (const policy of probePolicies(run.ownerUid)) await create(run, run.namespace, policy);
    observations.push(...(await observe(run, phase, targets)));
  }
  if (run.signal.aborted) for (const { name } of run.nodes) run.troubles.set(name, 'the probe was interrupted');
  return judgeNodes(run.nodes, observations, run.troubles);
}

/** What a probe showed, and what of it could not be removed. */
export interface Probed {
  readonly nodes: readonly MeasuredNode[];
  readonly leftovers: readonly string[];
}

/**
 * Measures what is enforced on each node, in a namespace of its own, which is removed whatever happens. Rejects with a GateError where the cluster does
 * not take what is needed for that.
 */
export async function runProbe(given: ProbeRun): Promise<Probed> {
  await removeLeftovers(given);
  const namespace = probeName(given);
  let nodes: readonly MeasuredNode[] = [];
  let isGone = false;
  try {
    const ownerUid = await createNamespace(given, namespace);
    nodes = await measure({ ...given, namespace, ownerUid, troubles: new Map() });
  } finally {
    given.onProgress('removing what was made');
    isGone = await given.cluster.removeNamespace(namespace);
  }
  return { nodes, leftovers: isGone ? [] : [namespace] };
}
