import { isAbsence, type Verdict } from '../core/decision.ts';
import { createJudge, type Judge } from '../core/evaluate.ts';
import { postureOf } from '../core/gate/effective-mode.ts';
import type { GatePolicy, Mode } from '../core/gate/types.ts';
import { createDecoder } from '../core/kube/decode.ts';
import type { Issue } from '../core/kube/reading.ts';
import { type Change, namespaceLabels, type World } from '../core/world.ts';
import { bindingLabels, readBinding } from './binding.ts';
import { exemption, isJudgedInFull, isOwnWrite } from './exemptions.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { type JudgedServer, judgeReview, refusedServers } from './judge-review.ts';
import { withLiveNamespace, withLivePolicies } from './live-world.ts';
import type { AdmitNeeds, ReviewRecord, WorldReading } from './needs.ts';
import { preparePatch } from './prepare.ts';
import { type ReadChange, readChange } from './read-change.ts';
import type { JsonPatchOperation, Outcome, Review } from './review.ts';
import { annotationsFor, refusalMessage, warningsFor } from './say.ts';

/** The two endpoints as functions. They never reject. `deadlineMs`: how long an answer may take. */
export interface Admission {
  /** Decides. */
  validate(review: Review, deadlineMs: number): Promise<Outcome>;
  /** Prepares: adds the scheduling gate, completes policies. Never refuses by judgement. */
  mutate(review: Review, deadlineMs: number): Promise<Outcome>;
}

/** What is known of a review when it is answered, for the record. */
interface Answer {
  readonly outcome: Outcome;
  readonly mode: Mode | 'unknown';
  readonly verdict: Verdict | 'none';
  readonly note: string;
  readonly servers: readonly JudgedServer[];
}

const NOTHING_SAID: ReadonlyMap<string, string> = new Map();
const ALLOWED: Outcome = {
  allowed: true,
  code: 200,
  message: '',
  warnings: [],
  auditAnnotations: NOTHING_SAID,
  patch: [],
};

const refuse = (code: 400 | 403 | 500 | 503, message: string): Outcome => ({
  ...ALLOWED,
  allowed: false,
  code,
  message,
});

const unjudged = (note: string, mode: Mode | 'unknown' = 'unknown', outcome: Outcome = ALLOWED): Answer => ({
  outcome,
  mode,
  verdict: 'none',
  note,
  servers: [],
});

/** Refused where the namespace enforces, told elsewhere. For what is no judgement: an unreadable object, our own error. */
function refuseByMode(mode: Mode, code: 400 | 500, message: string, note: string): Answer {
  if (mode === 'enforce') return unjudged(note, mode, refuse(code, message));
  return unjudged(note, mode, { ...ALLOWED, warnings: [message], auditAnnotations: new Map([[note, message]]) });
}

function unreadable(issues: readonly Issue[], { kind }: Review, mode: Mode): Answer {
  if (mode === 'off') return unjudged('off', mode);
  const text = issues.map(issue => `${issue.path}: ${issue.message}`).join('; ');
  return refuseByMode(mode, 400, `the ${kind.kind} cannot be read: ${text}`, 'unreadable');
}

/** A Pod of an enforcing namespace that the cache would let through, while the API server does not say whether the cache is right. */
const unconfirmed = ({ namespace }: Review): Answer =>
  unjudged('unconfirmed', 'enforce', refuse(503, `the policies of ${namespace} cannot be read: try again`));

/** The worst that is said of any of the servers, whether or not this request answers for it. */
function verdictOfAll(servers: readonly JudgedServer[]): Verdict | 'none' {
  const verdicts = new Set(servers.map(({ decision }) => decision.verdict));
  return (['deny', 'undetermined', 'allow'] as const).find(verdict => verdicts.has(verdict)) ?? 'none';
}

function modeOf(world: World, review: Review, change: Change | undefined, policy: GatePolicy): Mode {
  const name = change?.after?.kind === 'Namespace' ? change.after.meta.name : review.namespace;
  return postureOf(namespaceLabels(world.namespace(name)), policy).mode;
}

/** A world that is not ready judges nothing. Which mode a namespace has is known from a stale world alone; unknown, it may enforce. */
function notReady(reading: Exclude<WorldReading, { kind: 'ready' }>, review: Review, policy: GatePolicy): Answer {
  const mode = reading.kind === 'stale' ? modeOf(reading.world, review, undefined, policy) : 'unknown';
  if (mode === 'off') return unjudged('off', mode);
  const message =
    reading.kind === 'stale'
      ? `the gate's view of the cluster is ${Math.round(reading.ageMs / 1000)} s old: try again`
      : "the gate's view of the cluster is not complete yet: try again";
  if (mode === 'enforce' || mode === 'unknown') return unjudged(reading.kind, mode, refuse(503, message));
  const warnings = mode === 'warn' ? [`not judged: ${message}`] : [];
  return unjudged(reading.kind, mode, { ...ALLOWED, warnings, auditAnnotations: new Map([['not-judged', message]]) });
}

/** A Binding whose labels cannot be judged before its Pod is known. Schedulers try again by themselves. */
function podUnknown({ namespace, name }: Review, mode: Mode): Answer {
  if (mode !== 'enforce') return unjudged('pod-unknown', mode);
  return unjudged('pod-unknown', mode, refuse(503, `the Pod ${namespace}/${name} is not known yet: try again`));
}

/** A namespace that was made a moment ago and cannot be read: it may enforce. */
const namespaceUnknown = ({ namespace }: Review): Answer =>
  unjudged('namespace-unknown', 'unknown', refuse(503, `the namespace ${namespace} cannot be read: try again`));

/** Labels that cannot be read are told to whoever writes them, and here to those whose servers they decide on. */
function labelWarnings(
  [server]: readonly JudgedServer[],
  mode: Mode,
  world: World,
  policy: GatePolicy,
): readonly string[] {
  if (server === undefined || mode === 'audit') return [];
  return postureOf(namespaceLabels(world.namespace(server.decision.subject.namespace)), policy).warnings;
}

function decide(servers: readonly JudgedServer[], mode: Mode, warnings: readonly string[]): Answer {
  const verdict = verdictOfAll(servers);
  const refused = refusedServers(servers);
  const auditAnnotations = annotationsFor(servers, mode, verdict);
  const outcome: Outcome =
    refused.length > 0
      ? { ...refuse(403, refusalMessage(refused)), auditAnnotations }
      : { ...ALLOWED, warnings: [...warnings, ...warningsFor(servers)], auditAnnotations };
  return { outcome, mode, verdict, note: '', servers };
}

/** Admission over the given needs. Holds the judge of the current policy and what it has read of CIDR text; nothing of any request. */
export function createAdmission(needs: AdmitNeeds): Admission {
  const decode = createDecoder();
  let judge: Judge | undefined;
  const currentJudge = (): Judge => {
    const policy = needs.policy();
    if (judge?.policy !== policy) judge = createJudge(policy);
    return judge;
  };

  /**
   * Before a refusal for an absent policy, and before a Pod of a server is let through, the namespace's policies are read past the cache, which
   * may be a moment behind: a policy that was applied just before closes the one and opens the other. `undefined`: let through by the cache, which
   * nothing confirms.
   */
  const confirmed = async (
    world: World,
    change: Change,
    review: Review,
    deadlineMs: number,
  ): Promise<readonly JudgedServer[] | undefined> => {
    const servers = judgeReview(currentJudge(), world, change, review);
    const refused = refusedServers(servers);
    const isMissed = refused.some(server => server.faults.some(isAbsence));
    if (!isMissed && !(refused.length === 0 && letsPodThrough(servers, change, review))) return servers;
    const live = await withLivePolicies(world, review, needs, deadlineMs);
    if (live === undefined) return isMissed ? servers : undefined;
    return live === world ? servers : judgeReview(currentJudge(), live, change, review);
  };

  /** Whether a Pod of a server is about to run, or to go on, as it is. Our own controller has seen its policies before it lifts a hold. */
  const letsPodThrough = (servers: readonly JudgedServer[], change: Change, { user }: Review): boolean =>
    isJudgedInFull(change) &&
    user.username !== needs.controllerUser &&
    servers.some(({ mode, awaitsPolicy }) => mode === 'enforce' && !awaitsPolicy);

  const exemptionOf = (review: Review, change: Change, world: World): string | undefined =>
    isOwnWrite(review, needs.controllerUser) ? 'own-controller' : exemption(review, change, world);

  const validateChange = async (
    world: World,
    read: ReadChange,
    review: Review,
    deadlineMs: number,
  ): Promise<Answer> => {
    const { policy } = currentJudge();
    const change = read.kind === 'change' ? read.change : undefined;
    const mode = modeOf(world, review, change, policy);
    if (read.kind === 'unreadable') return unreadable(read.issues, review, mode);
    if (change === undefined) return unjudged('kind-not-judged', mode);
    const exempt = exemptionOf(review, change, world);
    if (exempt !== undefined) return unjudged(exempt, mode);
    if (change.after?.kind === 'Namespace') {
      const judged = judgeNamespace(currentJudge(), world, change, review, needs.nowMs);
      return decide(judged.servers, judged.mode, judged.warnings);
    }
    if (mode === 'off') return unjudged('off', mode);
    const servers = await confirmed(world, change, review, deadlineMs);
    if (servers === undefined) return unconfirmed(review);
    return decide(servers, mode, labelWarnings(servers, mode, world, policy));
  };

  const validate = async (review: Review, deadlineMs: number): Promise<Answer> => {
    if (review.operation === 'CONNECT') return unjudged('kind-not-judged');
    const read = readChange(decode, review);
    const labels = bindingLabels(review);
    if (read.kind === 'other' && labels.size === 0) return unjudged('kind-not-judged');
    const reading = needs.world();
    if (reading.kind !== 'ready') return notReady(reading, review, needs.policy());
    try {
      const world = await withLiveNamespace(reading.world, review, needs, deadlineMs / 2);
      if (world === undefined) return namespaceUnknown(review);
      const known = read.kind === 'other' ? readBinding(world, review, labels) : read;
      if (known === undefined) return podUnknown(review, modeOf(world, review, undefined, needs.policy()));
      return await validateChange(world, known, review, deadlineMs / 2);
    } catch (error) {
      needs.recorder.bug(review.uid, error);
      return refuseByMode(safeMode(reading.world, review), 500, 'the gate failed while judging: see its log', 'error');
    }
  };

  /** The mode for an error's sake: what cannot even be told from labels enforces. */
  const safeMode = (world: World, review: Review): Mode => {
    try {
      return modeOf(world, review, undefined, needs.policy());
    } catch {
      return 'enforce';
    }
  };

  const mutate = async (review: Review, deadlineMs: number): Promise<Answer> => {
    const read = readChange(decode, review);
    if (read.kind !== 'change' || read.change.after === undefined) return unjudged('nothing-to-prepare');
    const reading = needs.world();
    if (reading.kind !== 'ready') return notReady(reading, review, needs.policy());
    const world = await withLiveNamespace(reading.world, review, needs, deadlineMs);
    if (world === undefined) return namespaceUnknown(review);
    const mode = modeOf(world, review, read.change, needs.policy());
    const patch: readonly JsonPatchOperation[] =
      exemptionOf(review, read.change, world) === undefined
        ? preparePatch(currentJudge(), world, read.change, review)
        : [];
    return unjudged(patch.length > 0 ? 'prepared' : 'nothing-to-prepare', mode, { ...ALLOWED, patch });
  };

  /** Runs one endpoint and keeps the record. An error of ours is no allow where it would be one in enforce mode. */
  const run = async (
    endpoint: ReviewRecord['endpoint'],
    review: Review,
    work: () => Promise<Answer>,
    onError: Answer,
  ): Promise<Outcome> => {
    const startMs = needs.nowMs();
    let answer: Answer;
    try {
      answer = await work();
    } catch (error) {
      needs.recorder.bug(review.uid, error);
      answer = onError;
    }
    needs.recorder.review(recordOf(endpoint, review, answer, needs.nowMs() - startMs));
    return answer.outcome;
  };

  const failed = unjudged('error', 'unknown', refuse(500, 'the gate failed while judging: see its log'));
  return {
    validate: (review, deadlineMs) => run('validate', review, () => validate(review, deadlineMs), failed),
    // Without the gate the Pod is refused by /validate, so that nothing opens by an error here.
    mutate: (review, deadlineMs) => run('mutate', review, () => mutate(review, deadlineMs), unjudged('error')),
  };
}

function recordOf(
  endpoint: ReviewRecord['endpoint'],
  review: Review,
  answer: Answer,
  durationMs: number,
): ReviewRecord {
  const { outcome, servers, mode, verdict, note } = answer;
  const rules = new Set(servers.flatMap(({ faults, remarks }) => [...faults, ...remarks].map(({ rule }) => rule)));
  return {
    endpoint,
    uid: review.uid,
    operation: review.operation,
    kind: review.kind.kind,
    subResource: review.subResource,
    namespace: review.namespace,
    name: review.name,
    user: review.user.username,
    dryRun: review.dryRun,
    mode,
    verdict,
    allowed: outcome.allowed,
    code: outcome.code,
    note,
    rules: [...rules].sort(),
    patched: outcome.patch.length > 0,
    durationMs,
  };
}
