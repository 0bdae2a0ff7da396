import type { AffectedServer, ChangeJudgement } from '../../core/change.ts';
import { judgeChange, judgeChangeInSteps } from '../../core/change.ts';
import { type Cause, type Decision, type Finding, findingKey, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { type Posture, postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { AbsentPolicy, Mode } from '../../core/gate/types.ts';
import type { KubeObject, ObjectRef, Workload } from '../../core/kube/types.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { isHeld } from '../../core/scheduling-gate.ts';
import { judgeVirtualServers } from '../../core/virtual-server.ts';
import {
  type Change,
  isNetworkPolicy,
  isWorkload,
  type NamespaceContent,
  namespaceLabels,
  overlay,
  refOf,
  type World,
} from '../../core/world.ts';
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
function judgeAlone(judge: Judge, world: World, change: Change): ChangeJudgement['servers'] {
  const { before, after } = change;
  if (after === undefined || !isNetworkPolicy(after)) return [];
  const decide = (state: World, policy: KubeObject): readonly Decision[] =>
    isNetworkPolicy(policy) ? judgeVirtualServers(judge, state, [policy]) : [];
  const [old] = before === undefined ? [] : decide(overlay(world, { before, after: before }), before);
  const known = new Set(denials(old).map(findingKey));
  return decide(overlay(world, change), after).map(decision => {
    const faults = denials(decision).filter(finding => !isAbsence(finding));
    return {
      before: old,
      after: decision,
      brought: faults.filter(finding => !known.has(findingKey(finding))),
      remaining: faults.filter(finding => known.has(findingKey(finding))),
    };
  });
}

const causeKey = ({ code, object }: Cause): string =>
  JSON.stringify([code, object.kind, object.namespace, object.name]);

function causesOf({ before, after }: AffectedServer, isFull: boolean): readonly Cause[] {
  if (after.verdict !== 'undetermined') return [];
  const known = new Set(isFull ? [] : before?.causes.map(causeKey));
  return after.causes.filter(cause => !known.has(causeKey(cause)));
}

/**
 * Whether a request whose faults are these may go on because the policy is still to come: a workload does where something waits for the policy
 * (`hold`, `create`), a Pod does where it carries the gate, and a dry run does, since tools try a whole bundle before they apply any of it.
 */
function awaitsPolicy(
  faults: readonly Finding[],
  { after }: Change,
  absentPolicy: AbsentPolicy,
  isDryRun: boolean,
): boolean {
  if (after === undefined || !isWorkload(after) || faults.length === 0) return false;
  // A template that moves away from its policy opens nothing yet: its new Pods are judged.
  const follows = ({ rule }: Finding): boolean => after.kind !== 'Pod' && rule === 'policy-removal';
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
}

/** What the mode of its namespace makes of each server that a change bears on. */
function judgedServers(
  { judge, world, change, review }: ReviewContext,
  known: readonly AffectedServer[],
): readonly JudgedServer[] {
  const isFull = isJudgedInFull(change);
  const relabelled = namespaceChange(change);
  const modes = relabelled && modeChange(judge, relabelled);
  const affected = known.length > 0 ? known : judgeAlone(judge, world, change);
  const servers = affected.map((server): JudgedServer => {
    const content = world.namespace(server.after.subject.namespace);
    const posture = postureOf(namespaceLabels(content), judge.policy);
    const faults = isFull ? [...server.brought, ...server.remaining] : server.brought;
    const warnings = server.after.findings.filter(finding => finding.level === 'warn');
    return {
      decision: server.after,
      mode: modes ? stricterMode(modes.before, modes.after) : posture.mode,
      faults,
      // Raising a mode is how one learns what cannot be judged yet: it is told, never refused.
      causes: modes ? [] : causesOf(server, isFull),
      remarks: isFull ? warnings : [...server.remaining, ...warnings],
      awaitsPolicy: awaitsPolicy(faults, change, posture.absentPolicy, review.dryRun),
      absence: absenceOf(change, posture),
      makers: makersOf(server.after.subject, content),
    };
  });
  return allowedLowerings(judge.policy, review, servers);
}

/** Judges what a review changes, server by server, in one go. */
export function judgeReview(context: ReviewContext): readonly JudgedServer[] {
  const { judge, world, change, among } = context;
  return judgedServers(context, judgeChange(judge, world, change, among).servers);
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

/** What was judged until the time was over. */
export interface PacedJudgement {
  readonly servers: readonly JudgedServer[];
  /** Workloads that were looked at. */
  readonly looked: number;
  /** Nothing was left out. */
  readonly isComplete: boolean;
}

/** As {@link judgeReview}, with pauses between servers in which others are answered, until the time is over. */
export async function judgeReviewInTurns(context: ReviewContext, { nowMs, endMs }: Pace): Promise<PacedJudgement> {
  const { judge, world, change, among } = context;
  const found: AffectedServer[] = [];
  let looked = 0;
  let turnMs = nowMs();
  for (const server of judgeChangeInSteps(judge, world, change, among)) {
    looked += 1;
    if (server !== undefined) found.push(server);
    if (nowMs() >= endMs) return { servers: judgedServers(context, found), looked, isComplete: false };
    if (nowMs() - turnMs < TURN_MS) continue;
    await new Promise(resolve => setImmediate(resolve));
    turnMs = nowMs();
  }
  return { servers: judgedServers(context, found), looked, isComplete: true };
}
