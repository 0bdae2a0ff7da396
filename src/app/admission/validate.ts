import { isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { WorkedOut } from '../../core/worked-out.ts';
import { namespacesOf } from '../../core/world/content.ts';
import { isNetworkPolicy, isOfOtherApi } from '../../core/world/object-kinds.ts';
import { type Change, namespaceLabels, statesOf, type World } from '../../core/world/world.ts';
import {
  type AdmissionResult,
  crossed,
  crowded,
  decide,
  labelWarnings,
  modeOf,
  namespaceUnknown,
  notReady,
  podUnknown,
  refuseByMode,
  tooLarge,
  tooLate,
  unconfirmed,
  unjudged,
  unreadable,
} from './answer.ts';
import { bindingLabels, readBinding } from './binding.ts';
import { isOfWholeCluster, judgeClusterChange } from './cluster-change.ts';
import { exemption, isJudgedInFull, isOwnWrite, staysBehind } from './exemptions.ts';
import type { Passage } from './in-flight.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { type End, type JudgedServer, judgeReview, refusedServers } from './judge-review.ts';
import type { Judgement, KnownReview } from './known-reviews.ts';
import type { LiveWorld } from './live-world.ts';
import { namespaceChange } from './lowering.ts';
import type { AdmissionPorts } from './ports.ts';
import type { ReadChange } from './read-change.ts';
import type { Review } from './review.ts';
import { isOwnDocument, reviewDocument } from './review-document.ts';
import { worldsInDoubt } from './worlds-in-doubt.ts';

/** One review, and what it is answered by. */
export interface Request {
  readonly review: Review;
  readonly read: ReadChange;
  /** Absent: it is not remembered. */
  readonly known?: KnownReview | undefined;
  readonly judge: Judge;
  readonly live: LiveWorld;
  readonly ports: AdmissionPorts;
  /** When the answer must be there, on the ports' clock. */
  readonly deadlineMs: number;
}

/** One review on its way to its answer. */
interface Asked extends Request {
  readonly passage: Passage;
}

/**
 * Which part of the namespace is read before a change is let through: of a policy all, of a Pod its policies.
 * Our own controller has seen its policies before it lifts a hold.
 */
function readBeforePassing(
  servers: readonly JudgedServer[],
  change: Change,
  { review, live, ports }: Asked,
): ((world: World) => Promise<World | undefined>) | undefined {
  const isOfPolicy = [change.before, change.after].some(
    state => state !== undefined && (isNetworkPolicy(state) || isOfOtherApi(state)),
  );
  if (isOfPolicy) return live.withPoliciesAndPods;
  const isLetThrough = isJudgedInFull(change) && servers.some(({ awaitsPolicy }) => !awaitsPolicy);
  return isLetThrough && review.user.username !== ports.controllerUser ? live.withPolicies : undefined;
}

/** Why there is no judgement. `unconfirmed`: let through by the cache, which nothing confirms. `crossed`: see {@link crossed}. */
type NoJudgement = Exclude<End, 'all'> | 'unconfirmed' | 'crossed';

/** The servers of a review in one state of the cluster, where all of them could be judged, or one that was refuses it. */
async function judged(world: World, change: Change, asked: Asked): Promise<Judgement | Exclude<End, 'all'>> {
  const { judge, review, ports, deadlineMs } = asked;
  const among = staysBehind(review, change, world);
  const context = { judge, world, change, review, among, tellsMended: ports.recorder !== undefined };
  const judgeAll = isOfWholeCluster(review) ? judgeClusterChange : judgeReview;
  const { servers, end, worked } = await judgeAll(context, { nowMs: ports.nowMs, endMs: deadlineMs });
  const isJudged = end === 'all' || (end === 'too-large' && refusedServers(servers).length > 0);
  return isJudged ? { servers, world, ...(worked && { worked }) } : end;
}

/** As {@link judged}, or as it was judged before. How much is told of a change of the whole cluster hangs on the time that there is. */
function judgedByNow(world: World, change: Change, asked: Asked): Promise<Judgement | Exclude<End, 'all'>> {
  const { known, judge, review } = asked;
  if (known === undefined || isOfWholeCluster(review)) return judged(world, change, asked);
  return known.judged(judge, world, change, async seen => {
    // Its labels are told of with the servers.
    seen.namespace(review.namespace);
    const judgement = await judged(seen, change, asked);
    return typeof judgement === 'string' ? judgement : judgement.servers;
  });
}

/**
 * The cache may be a moment behind. So the namespace's policies are read past it before a refusal for an absent policy and before a Pod of a
 * server or a policy is let through, and its Pods before a policy is: what was applied just before may close the first and open the others.
 */
async function confirmed(
  world: World,
  change: Change,
  mode: Mode,
  asked: Asked,
): Promise<Judgement | Exclude<NoJudgement, 'crossed'>> {
  const { live } = asked;
  const known = await judgedByNow(world, change, asked);
  if (typeof known === 'string') return known;
  const refused = refusedServers(known.servers);
  const isMissed = refused.some(server => server.faults.some(isAbsence));
  const isPassed = refused.length === 0 && mode === 'enforce';
  const read = isMissed ? live.withPolicies : isPassed ? readBeforePassing(known.servers, change, asked) : undefined;
  if (read === undefined) return known;
  const now = await read(world);
  if (now === undefined) return isMissed ? known : 'unconfirmed';
  return now === world ? known : judged(now, change, asked);
}

/** Whether it would be refused if changes that came before it came about, or did not, where the world does not tell, or there are too many of them. */
async function isRefusedInDoubt(world: World, change: Change, asked: Asked): Promise<boolean | Exclude<End, 'all'>> {
  const worlds = worldsInDoubt(world, asked.passage.earlier(), change);
  if (worlds === undefined) return true;
  for (const possible of worlds) {
    const judgement = await judged(possible, change, asked);
    if (typeof judgement === 'string') return judgement;
    if (refusedServers(judgement.servers).length > 0) return true;
  }
  return false;
}

/** What is known by now. */
async function worldOfNow(known: World, { live, ports }: Asked): Promise<World> {
  const reading = ports.world();
  return reading.kind === 'ready' ? ((await live.withNamespace(reading.world)) ?? known) : known;
}

/** Milliseconds of waiting between the looks at what became of other changes, where that decides. */
const WAITS_MS = [50, 100, 200, 400];

/** As {@link confirmed}, and not let through while a change that came before it may open a server together with it. */
async function uncrossed(world: World, change: Change, mode: Mode, asked: Asked): Promise<Judgement | NoJudgement> {
  let now = world;
  for (const waitMs of [...WAITS_MS, 0]) {
    const judgement = await confirmed(now, change, mode, asked);
    if (typeof judgement === 'string') return judgement;
    if (refusedServers(judgement.servers).length > 0) return judgement;
    const isRefused = await isRefusedInDoubt(judgement.world, change, asked);
    if (typeof isRefused === 'string') return isRefused;
    if (!isRefused) return judgement;
    if (asked.ports.nowMs() + waitMs >= asked.deadlineMs) break;
    await new Promise(resolve => setTimeout(resolve, waitMs));
    now = await worldOfNow(now, asked);
  }
  return 'crossed';
}

async function validateChange(world: World, read: ReadChange, asked: Asked): Promise<AdmissionResult> {
  const { judge, review } = asked;
  const change = read.kind === 'change' ? read.change : undefined;
  const mode = modeOf(world, review, change, judge.policy);
  if (read.kind === 'unreadable') return unreadable(read.issues, review, mode);
  if (read.kind !== 'change' || change === undefined) return unjudged('kind-not-judged', mode);
  const exempt = exemption(review, change, world);
  if (exempt !== undefined) return unjudged(exempt, mode);
  const relabelled = namespaceChange(change);
  if (relabelled !== undefined) {
    const { servers, mode: stricter, warnings } = await judgeNamespace(world, relabelled, asked);
    return decide(servers, stricter, warnings, { change, namespace: relabelled.after.meta.name, world });
  }
  if (mode === 'off') return unjudged('off', mode);
  const judgement = await uncrossed(world, change, mode, asked);
  if (judgement === 'late') return tooLate(mode);
  if (judgement === 'too-large') return tooLarge(mode);
  if (judgement === 'unconfirmed') return unconfirmed(review);
  if (judgement === 'crossed') return crossed(review, mode);
  const { namespace } = review;
  const answer = (worked?: WorkedOut): AdmissionResult => {
    const { servers } = judgement;
    const warnings = labelWarnings(servers, mode, world, judge.policy, namespace);
    const place = { change, namespace, world: judgement.world, unread: read.unread };
    return decide(servers, mode, warnings, { ...place, worked });
  };
  const isTold = asked.ports.recorder !== undefined;
  if (asked.known === undefined) return answer(isTold ? judgement.worked : undefined);
  return asked.known.answered(judgement, mode, answer);
}

/** What the request makes of its object; of a Binding, of its Pod. `undefined`: the world does not hold that Pod. */
function changeIn(world: World, { read, review }: Request): ReadChange | undefined {
  const labels = bindingLabels(review);
  return read.kind === 'other' && labels.size > 0 ? readBinding(world, review, labels) : read;
}

/** The mode for an error's sake: what cannot even be told from labels enforces. */
function safeMode(world: World, { review, judge }: Request): Mode {
  try {
    return modeOf(world, review, undefined, judge.policy);
  } catch {
    return 'enforce';
  }
}

/** Nothing that is to be told from others: it is not stored, or no server is closed where it has a bearing. */
const UNNOTED: Passage = { earlier: () => [], end: () => undefined };

/** Notes the change where it may open a server; `undefined`: there are too many. Must be called before others can change the view of the world. */
function passageOf(world: World, read: ReadChange, { review, judge, ports }: Request): Passage | undefined {
  if (ports.inFlight === undefined || review.dryRun || read.kind !== 'change') return UNNOTED;
  const states = statesOf(read.change);
  if (states.some(({ kind }) => kind === 'Namespace')) return UNNOTED;
  const isEnforcing = (name: string): boolean => {
    const content = world.namespace(name);
    return content.namespace === undefined || postureOf(namespaceLabels(content), judge.policy).mode === 'enforce';
  };
  const mayEnforce = isOfWholeCluster(review)
    ? modeOf(world, review, read.change, judge.policy) === 'enforce'
    : states
        .flatMap(state => [...namespacesOf(state), ...(isOfOtherApi(state) ? [state.meta.namespace] : [])])
        .some(isEnforcing);
  return mayEnforce ? ports.inFlight.enter(read.change) : UNNOTED;
}

async function validateRead(cached: World, read: ReadChange, request: Request): Promise<AdmissionResult> {
  const { review, live } = request;
  const passage = passageOf(cached, read, request);
  if (passage === undefined) return crowded(review, modeOf(cached, review, undefined, request.judge.policy));
  let isLetThrough = false;
  try {
    const world = await live.withNamespace(cached);
    if (world === undefined) return namespaceUnknown(review);
    const result = await validateChange(world, read, { ...request, passage });
    isLetThrough = result.response.allowed && result.note === '';
    return result;
  } finally {
    passage.end(isLetThrough);
  }
}

async function validateIn(cached: World, request: Request): Promise<AdmissionResult> {
  const { review, judge, live, ports } = request;
  try {
    const known = changeIn(cached, request);
    if (known !== undefined) return await validateRead(cached, known, request);
    // A scheduler may be faster than the cache.
    const world = await live.withNamespace(cached);
    if (world === undefined) return namespaceUnknown(review);
    const now = await live.withPods(world);
    const read = now && changeIn(now, request);
    if (now && read) return await validateRead(now, read, request);
    return podUnknown(review, modeOf(world, review, undefined, judge.policy));
  } catch (error) {
    ports.telemetry.bug(review.uid, error);
    return refuseByMode(safeMode(cached, request), 500, 'the gate failed while judging: see its log', 'error');
  }
}

/** Decides a review. What needs no view of the cluster is answered whatever its state. */
export async function validate(request: Request): Promise<AdmissionResult> {
  const { review, read, judge, ports } = request;
  if (isOwnDocument(review)) return reviewDocument(request);
  if (review.operation === 'CONNECT') return unjudged('kind-not-judged');
  if (read.kind === 'other' && bindingLabels(review).size === 0) return unjudged('kind-not-judged');
  if (isOwnWrite(review, ports.controllerUser)) return unjudged('own-controller');
  const reading = ports.world();
  if (reading.kind !== 'ready') return notReady(reading, review, judge.policy);
  return validateIn(reading.world, request);
}
