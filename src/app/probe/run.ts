import { GateError } from '../../errors.ts';
import { pause, type Time } from '../time.ts';
import { ROUND_MS, ROUNDS, readAttempts } from './attempts.ts';
import type { ProbeCluster, ProbePod } from './cluster.ts';
import {
  clientName,
  clientPod,
  LIFE_SECONDS,
  ownerJob,
  PARTS,
  type Part,
  PHASES,
  type Phase,
  type PodPlace,
  PROBE_PREFIX,
  type ProbeObject,
  probeNamespace,
  probePolicies,
  targetName,
  targetPod,
} from './objects.ts';
import type { ProbedNode } from './plan.ts';
import { judgeNodes, type MeasuredNode, type Observation } from './verdict.ts';

/** What a run of a probe goes by. */
export interface ProbeRun {
  readonly cluster: ProbeCluster;
  readonly time: Time;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Aborts where whoever asked wants no answer any more: what was made is removed all the same. */
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly nodes: readonly ProbedNode[];
  readonly image: string;
}

/** Milliseconds for a Pod to start, its image to be pulled included. */
const START_MS = 120_000;
/** Milliseconds for clients to start and to make all their attempts. */
const CLIENTS_MS = START_MS + 2 * ROUNDS * ROUND_MS;
/** Milliseconds for the account that Pods of a new namespace bear to be made. */
const ACCOUNT_MS = 15_000;
const POLL_MS = 500;

/** A run under way: its namespace, and what is known of each node that nothing can be measured on. */
interface Running extends ProbeRun {
  readonly namespace: string;
  readonly ownerUid: string;
  readonly troubles: Map<string, string>;
}

const RIGHTS = 'chokepoint doctor --probe --print-rights prints all that are needed';

/** Creates an object and returns its uid. Throws a GateError where the cluster does not take it. */
async function create({ cluster, time, signal }: ProbeRun, namespace: string, object: ProbeObject): Promise<string> {
  const endMs = time.nowMs() + ACCOUNT_MS;
  for (;;) {
    const created = await cluster.create(namespace, object);
    if (created.kind === 'done') return created.uid;
    const { status, message } = created;
    // The controllers make the account a moment after the namespace.
    const isEarly = /serviceaccount "?default"? not found|error looking up service account/.test(message);
    if (!isEarly || signal.aborted || time.nowMs() > endMs) {
      const right = status === 403 ? `; ${RIGHTS}` : '';
      throw new GateError(
        'unexpected-answer',
        `the cluster does not take the ${object.kind} ${object.metadata.name} of the probe: ${message || `status ${status}`}${right}`,
      );
    }
    await pause(time, POLL_MS, signal);
  }
}

/** Waits until each of these Pods is as wanted, is stuck, or the time is over. Returns them as they stand then. */
async function untilEach(
  { cluster, time, signal, namespace }: Running,
  names: readonly string[],
  isThere: (pod: ProbePod) => boolean,
  limitMs: number,
): Promise<ReadonlyMap<string, ProbePod>> {
  const endMs = time.nowMs() + limitMs;
  for (;;) {
    const all = await cluster.pods(namespace);
    const pods = new Map(all.map(pod => [pod.name, pod]));
    const isSettled = (name: string): boolean => {
      const pod = pods.get(name);
      return pod !== undefined && (isThere(pod) || pod.isStuck || pod.state === 'ended');
    };
    if (names.every(isSettled) || signal.aborted || time.nowMs() > endMs) return pods;
    await pause(time, POLL_MS, signal);
  }
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

const troubleOf = (pod: ProbePod | undefined, late: string): string =>
  pod === undefined || pod.trouble === '' ? late : pod.trouble;

/** Starts the targets of every node. What does not start is a trouble of its node. */
async function startTargets(run: Running): Promise<readonly Target[]> {
  run.onProgress(`starting Pods on ${run.nodes.length} nodes`);
  for (const node of run.nodes)
    for (const part of PARTS) await create(run, run.namespace, targetPod(part, placeOf(run, node)));
  const names = run.nodes.flatMap((_, index) => PARTS.map(part => targetName(part, index + 1)));
  const isUp = ({ state, addresses }: ProbePod): boolean => state === 'running' && addresses.length > 0;
  const pods = await untilEach(run, names, isUp, START_MS);
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
  const pods = await untilEach(run, names, ({ state }) => state === 'ended', CLIENTS_MS);
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

/** Removes what earlier probes left that were killed. Those that may still run stay. */
async function removeLeftovers({ cluster, wallMs }: ProbeRun): Promise<void> {
  for (const { name, endsMs } of await cluster.namespaces())
    if (!(endsMs > wallMs())) await cluster.removeNamespace(name);
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
  const { cluster, time, wallMs, image } = given;
  await removeLeftovers(given);
  const namespace = `${PROBE_PREFIX}${Math.floor(time.random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0')}`;
  let nodes: readonly MeasuredNode[] = [];
  let isGone = false;
  try {
    await create(given, '', probeNamespace(namespace, wallMs() + LIFE_SECONDS * 1000));
    const ownerUid = await create(given, namespace, ownerJob(image));
    nodes = await measure({ ...given, namespace, ownerUid, troubles: new Map() });
  } finally {
    given.onProgress('removing what was made');
    isGone = await cluster.removeNamespace(namespace);
  }
  return { nodes, leftovers: isGone ? [] : [namespace] };
}
