import { isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { Mode } from '../../core/gate/types.ts';
import { type Change, isNetworkPolicy, type World } from '../../core/world.ts';
import {
  type AdmissionResult,
  decide,
  labelWarnings,
  modeOf,
  namespaceUnknown,
  notReady,
  podUnknown,
  refuseByMode,
  tooLate,
  unconfirmed,
  unjudged,
  unreadable,
} from './answer.ts';
import { bindingLabels, readBinding } from './binding.ts';
import { exemption, isJudgedInFull, isOwnWrite, staysBehind } from './exemptions.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { type JudgedServer, judgeReviewInTurns, refusedServers } from './judge-review.ts';
import type { LiveWorld } from './live-world.ts';
import { namespaceChange } from './lowering.ts';
import type { AdmissionPorts } from './ports.ts';
import type { ReadChange } from './read-change.ts';
import type { Review } from './review.ts';

/** One review on its way to its answer. */
export interface Asked {
  readonly review: Review;
  readonly read: ReadChange;
  readonly judge: Judge;
  readonly live: LiveWorld;
  readonly ports: AdmissionPorts;
  /** When the answer must be there, on the ports' clock. */
  readonly deadlineMs: number;
}

/**
 * Which part of the namespace is read before a change is let through: of a policy its Pods, of a Pod its policies.
 * Our own controller has seen its policies before it lifts a hold.
 */
function readBeforePassing(
  servers: readonly JudgedServer[],
  change: Change,
  { review, live, ports }: Asked,
): ((world: World) => Promise<World | undefined>) | undefined {
  if ([change.before, change.after].some(state => state !== undefined && isNetworkPolicy(state))) return live.withPods;
  const isLetThrough = isJudgedInFull(change) && servers.some(({ awaitsPolicy }) => !awaitsPolicy);
  return isLetThrough && review.user.username !== ports.controllerUser ? live.withPolicies : undefined;
}

/** The servers of a review in one state of the cluster; `late`: not all of them could be judged before the answer must be there. */
async function judged(world: World, change: Change, asked: Asked): Promise<readonly JudgedServer[] | 'late'> {
  const { judge, review, ports, deadlineMs } = asked;
  const context = { judge, world, change, review, among: staysBehind(review, change, world) };
  const { servers, isComplete } = await judgeReviewInTurns(context, { nowMs: ports.nowMs, endMs: deadlineMs });
  return isComplete ? servers : 'late';
}

/**
 * The cache may be a moment behind. So the namespace's policies are read past it before a refusal for an absent policy and before a Pod of a
 * server is let through, and its Pods before a policy is: what was applied just before may close the first and open the others.
 * `unconfirmed`: let through by the cache, which nothing confirms.
 */
async function confirmed(
  world: World,
  change: Change,
  mode: Mode,
  asked: Asked,
): Promise<readonly JudgedServer[] | 'late' | 'unconfirmed'> {
  const { live } = asked;
  const servers = await judged(world, change, asked);
  if (servers === 'late') return servers;
  const refused = refusedServers(servers);
  const isMissed = refused.some(server => server.faults.some(isAbsence));
  const isPassed = refused.length === 0 && mode === 'enforce';
  const read = isMissed ? live.withPolicies : isPassed ? readBeforePassing(servers, change, asked) : undefined;
  if (read === undefined) return servers;
  const now = await read(world);
  if (now === undefined) return isMissed ? servers : 'unconfirmed';
  return now === world ? servers : judged(now, change, asked);
}

async function validateChange(world: World, read: ReadChange, asked: Asked): Promise<AdmissionResult> {
  const { judge, review } = asked;
  const change = read.kind === 'change' ? read.change : undefined;
  const mode = modeOf(world, review, change, judge.policy);
  if (read.kind === 'unreadable') return unreadable(read.issues, review, mode);
  if (change === undefined) return unjudged('kind-not-judged', mode);
  const exempt = exemption(review, change, world);
  if (exempt !== undefined) return unjudged(exempt, mode);
  const relabelled = namespaceChange(change);
  if (relabelled !== undefined) {
    const { servers, mode: stricter, warnings } = await judgeNamespace(world, relabelled, asked);
    return decide(servers, stricter, warnings, { change, namespace: relabelled.after.meta.name });
  }
  if (mode === 'off') return unjudged('off', mode);
  const servers = await confirmed(world, change, mode, asked);
  if (servers === 'late') return tooLate(mode);
  if (servers === 'unconfirmed') return unconfirmed(review);
  const { namespace } = review;
  return decide(servers, mode, labelWarnings(servers, mode, world, judge.policy, namespace), { change, namespace });
}

/** What the request makes of its object; of a Binding, of its Pod. `undefined`: the Pod is not there, or cannot be read in time. */
async function changeIn(world: World, { read, review, live }: Asked): Promise<ReadChange | undefined> {
  const labels = bindingLabels(review);
  if (read.kind !== 'other' || labels.size === 0) return read;
  const known = readBinding(world, review, labels);
  if (known !== undefined) return known;
  // A scheduler may be faster than the cache.
  const now = await live.withPods(world);
  return now && readBinding(now, review, labels);
}

/** The mode for an error's sake: what cannot even be told from labels enforces. */
function safeMode(world: World, { review, judge }: Asked): Mode {
  try {
    return modeOf(world, review, undefined, judge.policy);
  } catch {
    return 'enforce';
  }
}

async function validateIn(cached: World, asked: Asked): Promise<AdmissionResult> {
  const { review, judge, live, ports } = asked;
  try {
    const world = await live.withNamespace(cached);
    if (world === undefined) return namespaceUnknown(review);
    const read = await changeIn(world, asked);
    if (read === undefined) return podUnknown(review, modeOf(world, review, undefined, judge.policy));
    return await validateChange(world, read, asked);
  } catch (error) {
    ports.telemetry.bug(review.uid, error);
    return refuseByMode(safeMode(cached, asked), 500, 'the gate failed while judging: see its log', 'error');
  }
}

/** Decides a review. What needs no view of the cluster is answered whatever its state. */
export async function validate(asked: Asked): Promise<AdmissionResult> {
  const { review, read, judge, ports } = asked;
  if (review.operation === 'CONNECT') return unjudged('kind-not-judged');
  if (read.kind === 'other' && bindingLabels(review).size === 0) return unjudged('kind-not-judged');
  if (isOwnWrite(review, ports.controllerUser)) return unjudged('own-controller');
  const reading = ports.world();
  if (reading.kind !== 'ready') return notReady(reading, review, judge.policy);
  return validateIn(reading.world, asked);
}
