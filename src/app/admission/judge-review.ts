import { judgeChangeInSteps, type ServerStep } from '../../core/change.ts';
import {
  type Cause,
  type Decision,
  type Finding,
  type Found,
  faultKey,
  isAbsence,
  toldOf,
} from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { type Posture, postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { AbsentPolicy, Mode } from '../../core/gate/types.ts';
import type { KubeObject, ObjectRef, Workload } from '../../core/kube/types.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import type { PolicyMemory } from '../../core/policy-memory.ts';
import { isHeld } from '../../core/scheduling-gate.ts';
import { judgeVirtualServers } from '../../core/virtual-server.ts';
import { type WorkedOut, workedOut } from '../../core/worked-out.ts';
import { isNetworkPolicy, isWorkload } from '../../core/world/object-kinds.ts';
import { overlay } from '../../core/world/overlay.ts';
import { refOf } from '../../core/world/refs.ts';
import { type Change, type NamespaceContent, namespaceLabels, statesOf, type World } from '../../core/world/world.ts';
import { isJudgedInFull } from './exemptions.ts';
import { allowedLowerings, modeChange, namespaceChange } from './lowering.ts';
import type { Review } from './review.ts';

/** One server of a review, and what its namespace's mode makes of it. */
export interface JudgedServer {
  readonly decision: Decision;
  readonly mode: Mode;
  /** Denials that this request answers for. */
  readonly faults: readonly Finding[];
  /** Why it cannot be judged, where this request answers for it. */
  readonly causes: readonly Cause[];
  /** Denials that were there before, and warnings: told, never refused. */
  readonly remarks: readonly Finding[];
  /** The faults are that a policy is absent, and it is still to come: the request is admitted. */
  readonly awaitsPolicy: boolean;
  /** What would come of an absent policy, were it the only fault: `reject` where nothing waits for one. */
  readonly absence: AbsentPolicy;
  /** Rules that denied it before the change, where nothing does after it; else empty, and where nobody asks for them, as of a dry run. */
  readonly mended: readonly string[];
  /** The controllers that made it as it is, from the nearest on: it is the same server as they are. */
  readonly makers: readonly ObjectRef[];
}

const isRefused = ({ mode, faults, causes, awaitsPolicy }: JudgedServer): boolean =>
  mode === 'enforce' && !awaitsPolicy && (faults.length > 0 || causes.length > 0);

/** Servers for which the request is refused. */
export const refusedServers = (servers: readonly JudgedServer[]): readonly JudgedServer[] => servers.filter(isRefused);

const denials = (decision: Decision | undefined): readonly Finding[] =>
  decision?.findings.filter(finding => finding.level === 'deny') ?? [];

/** Policies that select nothing known but bear MCP signals, judged by the server that they stand for. That a second policy is missing is not their fault. */
function judgeAlone(judge: Judge, world: World, change: Change): readonly ServerStep[] {
  const { before, after } = change;
  if (after === undefined || !isNetworkPolicy(after)) return [];
  const decide = (state: World, policy: KubeObject): readonly Decision[] =>
    isNetworkPolicy(policy) ? judgeVirtualServers(judge, state, [policy]) : [];
  const [old] = before === undefined ? [] : decide(overlay(world, { before, after: before }), before);
  const known = new Set(denials(old).map(faultKey));
  return decide(overlay(world, change), after).map(decision => {
    const faults = denials(decision).filter(finding => !isAbsence(finding));
    return {
      before: () => old,
      after: decision,
      brought: faults.filter(finding => !known.has(faultKey(finding))),
      remaining: faults.filter(finding => known.has(faultKey(finding))),
    };
  });
}

const causeKey = ({ code, object }: Cause): string =>
  JSON.stringify([code, object.kind, object.namespace, object.name]);

function causesOf({ before, after }: ServerStep, isFull: boolean): readonly Cause[] {
  if (after.verdict !== 'undetermined') return [];
  const known = new Set(isFull ? [] : before()?.causes.map(causeKey));
  return after.causes.filter(cause => !known.has(causeKey(cause)));
}

/**
 * Whether a request whose faults are these may go on because the policy is still to come: a workload does where something waits for the policy
 * (`hold`, `create`), a Pod does where it carries the gate, and a dry run does, since tools try a whole bundle before they apply any of it.
 */
function awaitsPolicy(
  faults: readonly Found[],
  { after }: Change,
  absentPolicy: AbsentPolicy,
  isDryRun: boolean,
): boolean {
  if (after === undefined || !isWorkload(after) || faults.length === 0) return false;
  // A template that moves away from its policy opens nothing yet: its new Pods are judged.
  const follows = ({ rule }: Found): boolean => after.kind !== 'Pod' && rule === 'policy-removal';
  if (!faults.some(isAbsence) || !faults.every(fault => isAbsence(fault) || follows(fault))) return false;
  return isDryRun || (absentPolicy !== 'reject' && (after.kind !== 'Pod' || isHeld(after)));
}

/** A workload waits for its policy where its namespace enforces. A Pod that has a node runs: it can wait no more. */
function absenceOf({ after }: Change, { mode, absentPolicy }: Posture): AbsentPolicy {
  if (mode !== 'enforce' || after === undefined || !isWorkload(after)) return 'reject';
  return after.kind === 'Pod' && after.nodeName !== '' ? 'reject' : absentPolicy;
}

function makersOf({ kind, name }: ObjectRef, content: NamespaceContent): readonly ObjectRef[] {
  const workload = content.workloads.get(`${kind}/${name}`);
  return workload === undefined ? [] : lineage(workload, ownersIn(content)).slice(1).map(refOf);
}

/** What a review is judged in: the judge, the cluster before the change, or with it, the change, and who asks for it. */
export interface ReviewContext {
  readonly judge: Judge;
  readonly world: World;
  readonly change: Change;
  readonly review: Review;
  /** Workloads that are looked at beside the changed one; absent: all. */
  readonly among?: ((workload: Workload) => boolean) | undefined;
  /** It is told what the change mends: of a server of which nothing is denied after it, that is all for which it is judged before it. Absent: nobody asks. */
  readonly tellsMended?: boolean;
}

/** Findings, or causes, of one server that a review keeps of each sort, and of further servers: an answer has room for a few of them. */
const MAX_KEPT = 20;
const MAX_KEPT_OF_FURTHER = 2;
/** Servers of which as many are kept. */
const MAX_SERVERS_TOLD = 50;

/** Rules whose denials a change takes away, all of them; empty where one stays, where there was none, and where it cannot be told. */
function mendedRules({ before, after }: ServerStep): readonly string[] {
  const isDenied = ({ level }: Found): boolean => level === 'deny';
  if (after.verdict !== 'allow' || after.findings.some(isDenied)) return [];
  return [
    ...new Set(
      before()
        ?.findings.filter(isDenied)
        .map(({ rule }) => rule),
    ),
  ].sort();
}

/** The first ones, and the first of each rule and level. */
function firstOf<One extends Found>(findings: readonly One[], most: number): readonly One[] {
  if (findings.length <= most) return findings;
  const kept = findings.slice(0, most);
  const seen = { deny: new Set<string>(), warn: new Set<string>() };
  for (const { level, rule } of kept) seen[level].add(rule);
  for (const finding of findings) {
    const { level, rule } = finding;
    if (seen[level].has(rule)) continue;
    seen[level].add(rule);
    kept.push(finding);
  }
  return kept;
}

/**
 * What the mode of its namespace makes of a server that a change bears on. `most`: findings of each sort that are told of it, for those of hundreds of
 * servers in hundreds of policies are more than can be kept.
 */
function judgedServer(
  { judge, world, change, review, tellsMended = false }: ReviewContext,
  server: ServerStep,
  most: number,
): JudgedServer {
  const isFull = isJudgedInFull(change);
  const relabelled = namespaceChange(change);
  const modes = relabelled && modeChange(judge, relabelled);
  const content = world.namespace(server.after.subject.namespace);
  const posture = postureOf(namespaceLabels(content), judge.policy);
  const faults = isFull ? [...server.brought, ...server.remaining] : server.brought;
  const warnings = server.after.findings.filter(finding => finding.level === 'warn');
  const remarks = isFull ? warnings : [...server.remaining, ...warnings];
  const causes = modes ? [] : causesOf(server, isFull);
  const told = toldOf(server.after.subject);
  return {
    decision: {
      ...server.after,
      findings: firstOf(server.after.findings, most).map(told),
      excepted: firstOf(server.after.excepted, most).map(told),
      causes: server.after.causes.slice(0, most),
    },
    mode: modes ? stricterMode(modes.before, modes.after) : posture.mode,
    faults: firstOf(faults, most).map(told),
    // Raising a mode is how one learns what cannot be judged yet: it is told, never refused.
    causes: causes.slice(0, most),
    remarks: firstOf(remarks, most).map(told),
    awaitsPolicy: awaitsPolicy(faults, change, posture.absentPolicy, review.dryRun),
    absence: absenceOf(change, posture),
    mended: tellsMended && !review.dryRun ? mendedRules(server) : [],
    makers: makersOf(server.after.subject, content),
  };
}

/** The servers of a review, one after the other; `undefined` is a workload that was looked at and is none. */
function* affectedServers(
  { judge, world, change, among }: ReviewContext,
  worked: WorkedOut,
  memory: PolicyMemory,
): Generator<ServerStep | undefined> {
  let isAlone = true;
  for (const server of judgeChangeInSteps(judge, world, change, among, worked, memory)) {
    isAlone &&= server === undefined;
    yield server;
  }
  if (isAlone) yield* judgeAlone(judge, world, change);
}

/** How long a judgement may take at once, and in all. */
export interface Pace {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** When it must be over, on that clock. */
  readonly endMs: number;
}

/** Milliseconds of judging after which others are answered: health, and reviews of other namespaces. */
const TURN_MS = 50;
/** Most steps of one review, as a {@link PolicyMemory} counts them: 0.5 to 0.9 s of processor time, by what they are spent on. */
export const MAX_REVIEW_STEPS = 2_000_000;

/** How a judgement ended. `late`: the time was over; `too-large`: it takes more than {@link MAX_REVIEW_STEPS}. */
export type End = 'all' | 'late' | 'too-large';

/** Takes each server of a review, with pauses in which others are answered, until the time is over or the work is too much. `worked`: takes what is worked out. */
export async function takeInTurns(
  context: ReviewContext,
  { nowMs, endMs }: Pace,
  take: (server: ServerStep | undefined) => void,
  worked: WorkedOut = workedOut(context.world, context.change),
): Promise<End> {
  const memory = context.judge.memory(statesOf(context.change), worked.traffic);
  let turnMs = nowMs();
  for (const server of affectedServers(context, worked, memory)) {
    take(server);
    if (memory.steps() > MAX_REVIEW_STEPS) return 'too-large';
    if (nowMs() >= endMs) return 'late';
    if (nowMs() - turnMs < TURN_MS) continue;
    await new Promise(resolve => setImmediate(resolve));
    turnMs = nowMs();
  }
  return 'all';
}

/** What was judged until the end. */
export interface PacedJudgement {
  readonly servers: readonly JudgedServer[];
  /** Workloads that were looked at. */
  readonly looked: number;
  readonly end: End;
  /** What else was worked out; absent: of several judgements. */
  readonly worked?: WorkedOut;
}

/** Judges what a review changes, server by server. */
export async function judgeReview(context: ReviewContext, pace: Pace): Promise<PacedJudgement> {
  const { judge, review } = context;
  const servers: JudgedServer[] = [];
  let looked = 0;
  const worked = workedOut(context.world, context.change);
  const take = (server: ServerStep | undefined): void => {
    looked += 1;
    if (server === undefined) return;
    const most = servers.length < MAX_SERVERS_TOLD ? MAX_KEPT : MAX_KEPT_OF_FURTHER;
    servers.push(judgedServer(context, server, most));
  };
  const end = await takeInTurns(context, pace, take, worked);
  return { servers: allowedLowerings(judge.policy, review, servers), looked, end, worked };
}
