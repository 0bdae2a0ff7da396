import type { Verdict } from '../../core/decision.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import type { Issue } from '../../core/kube/reading.ts';
import type { WorkedOut } from '../../core/worked-out.ts';
import { type Change, namespaceLabels, type World } from '../../core/world/world.ts';
import type { WorldReading } from '../world-reading.ts';
import { clusterMode, isOfWholeCluster } from './cluster-change.ts';
import { disclosed } from './disclosure.ts';
import { type JudgedServer, MAX_REVIEW_STEPS, refusedServers } from './judge-review.ts';
import type { ReviewRecord } from './ports.ts';
import { type Annotations, allow, listed, refuse } from './response.ts';
import type { AdmissionResponse, AuditKey, Review } from './review.ts';
import { toldOnce } from './told-once.ts';
import { annotationsFor, groundsOf, scanText, warningsFor } from './wording.ts';

/** What is known of a review when it is answered, for the record. */
export interface AdmissionResult {
  readonly response: AdmissionResponse;
  readonly mode: Mode | 'unknown';
  readonly verdict: Verdict | 'none';
  readonly note: string;
  readonly servers: readonly JudgedServer[];
  /** The cluster that it was judged in; absent: nothing was judged. */
  readonly judged?: World;
  /** Gives once what was worked out in it, so that nobody holds it any longer. Absent: nothing is at hand. */
  readonly worked?: () => WorkedOut | undefined;
}

/** What may be remembered of a result: it holds no state of the cluster. */
export type LastingResult = Omit<AdmissionResult, 'judged' | 'worked'>;

/** Gives it to the first who asks. */
function once(worked: WorkedOut): () => WorkedOut | undefined {
  let left: WorkedOut | undefined = worked;
  return () => {
    const given = left;
    left = undefined;
    return given;
  };
}

export const unjudged = (
  note: string,
  mode: Mode | 'unknown' = 'unknown',
  response: AdmissionResponse = allow(),
): AdmissionResult => ({ response, mode, verdict: 'none', note, servers: [] });

const noted = (key: AuditKey, text: string): Annotations => new Map([[key, [text]]]);

/** How a review of one of our own kinds is recorded: it is of the configuration, and no mode bears on it. */
export const DOCUMENT_NOTE = 'own-document';

/** An answer under a limit of modes: where none may enforce, what would be a refusal for whatever reason is told instead. */
export function underLimit(result: AdmissionResult, limit: Mode): AdmissionResult {
  const { allowed, message } = result.response;
  if (allowed || limit === 'enforce' || result.note === DOCUMENT_NOTE) return result;
  const warnings = limit === 'warn' ? [message] : [];
  return { ...result, response: allow({ warnings, annotations: noted('not-judged', message) }) };
}

/** Refused where the namespace enforces, told elsewhere. For what is no judgement: an unreadable object, our own error. */
export function refuseByMode(
  mode: Mode,
  code: 400 | 500,
  message: string,
  note: 'unreadable' | 'error',
): AdmissionResult {
  const response =
    mode === 'enforce' ? refuse(code, message) : allow({ warnings: [message], annotations: noted(note, message) });
  return unjudged(note, mode, response);
}

export function unreadable(issues: readonly Issue[], { kind }: Review, mode: Mode): AdmissionResult {
  if (mode === 'off') return unjudged('off', mode);
  const text = listed(issues.map(issue => `${issue.path}: ${issue.message}`));
  return refuseByMode(mode, 400, `the ${kind.kind} cannot be read: ${text}`, 'unreadable');
}

/** What the cache would let through in an enforcing namespace, while the API server does not say whether the cache is right. */
export const unconfirmed = ({ namespace }: Review): AdmissionResult =>
  unjudged('unconfirmed', 'enforce', refuse(503, `the namespace ${namespace} cannot be read: try again`));

const whereText = (namespace: string): string =>
  namespace === '' ? 'in the cluster' : `in the namespace ${namespace}`;

/** Changes that came a moment before it would open a server together with it, and nothing tells yet whether they were made. */
export function crossed({ namespace }: Review, mode: Mode): AdmissionResult {
  const message = `another change ${whereText(namespace)}, made at the same moment, could open a server together with this one`;
  return unjudged('crossed', mode, refuse(503, `${message}: try again`));
}

/** More changes of the namespace are under way than can be kept apart. */
export const crowded = ({ namespace }: Review, mode: Mode): AdmissionResult =>
  unjudged('crowded', mode, refuse(503, `too many changes at once ${whereText(namespace)}: try again`));

/** The change bears on more servers than could be judged before the answer must be there. */
export function tooLate(mode: Mode): AdmissionResult {
  const message = 'too large to judge: not all servers that it bears on could be judged in time';
  if (mode === 'enforce') return unjudged('late', mode, refuse(503, `${message}: try again`));
  const warnings = mode === 'warn' ? [`not judged: ${message}`] : [];
  return unjudged('late', mode, allow({ warnings, annotations: noted('not-judged', message) }));
}

/** To judge the servers that the change bears on takes too much, whenever it is tried. */
export function tooLarge(mode: Mode): AdmissionResult {
  const message = `undetermined: too large to judge: the servers and policies that it bears on take more than ${MAX_REVIEW_STEPS} steps together`;
  const annotations = new Map([...noted('not-judged', message), ...noted('verdict', 'undetermined')]);
  const warnings = mode === 'warn' ? [message] : [];
  const response = mode === 'enforce' ? refuse(403, message, annotations) : allow({ warnings, annotations });
  return { ...unjudged('too-large', mode, response), verdict: 'undetermined' };
}

/** The worst that is said of any of the servers, whether or not this request answers for it. */
function verdictOfAll(servers: readonly JudgedServer[]): Verdict | 'none' {
  const verdicts = new Set(servers.map(({ decision }) => decision.verdict));
  return (['deny', 'undetermined', 'allow'] as const).find(verdict => verdicts.has(verdict)) ?? 'none';
}

export function modeOf(world: World, review: Review, change: Change | undefined, policy: GatePolicy): Mode {
  if (isOfWholeCluster(review)) return clusterMode(world, change, policy);
  const name = change?.after?.kind === 'Namespace' ? change.after.meta.name : review.namespace;
  return postureOf(namespaceLabels(world.namespace(name)), policy).mode;
}

/** A world that is not ready judges nothing. Which mode a namespace has is known from a stale world alone; unknown, it may enforce. */
export function notReady(
  reading: Exclude<WorldReading, { kind: 'ready' }>,
  review: Review,
  policy: GatePolicy,
): AdmissionResult {
  const mode = reading.kind === 'stale' ? modeOf(reading.world, review, undefined, policy) : 'unknown';
  if (mode === 'off') return unjudged('off', mode);
  const message =
    reading.kind === 'stale'
      ? `the gate's view of the cluster is ${Math.round(reading.ageMs / 1000)} s old: try again`
      : "the gate's view of the cluster is not complete yet: try again";
  if (mode === 'enforce' || mode === 'unknown') return unjudged(reading.kind, mode, refuse(503, message));
  const warnings = mode === 'warn' ? [`not judged: ${message}`] : [];
  return unjudged(reading.kind, mode, allow({ warnings, annotations: noted('not-judged', message) }));
}

/** A Binding of a Pod that is not there, or cannot be read in time. Schedulers try again by themselves. */
export function podUnknown({ namespace, name }: Review, mode: Mode): AdmissionResult {
  if (mode !== 'enforce') return unjudged('pod-unknown', mode);
  return unjudged('pod-unknown', mode, refuse(503, `the Pod ${namespace}/${name} is not known yet: try again`));
}

/** A namespace that was made a moment ago and cannot be read: it may enforce. */
export const namespaceUnknown = ({ namespace }: Review): AdmissionResult =>
  unjudged('namespace-unknown', 'unknown', refuse(503, `the namespace ${namespace} cannot be read: try again`));

/** Labels that cannot be read are told to whoever writes them, and here to those whose servers they decide on. */
export function labelWarnings(
  servers: readonly JudgedServer[],
  mode: Mode,
  world: World,
  policy: GatePolicy,
  namespace: string,
): readonly string[] {
  if (mode === 'audit' || !servers.some(({ decision }) => decision.subject.namespace === namespace)) return [];
  return postureOf(namespaceLabels(world.namespace(namespace)), policy).warnings;
}

/** `namespace`: whose objects may be named. `warnings`: what is said before what was found. `unread`: what of the changed object cannot be read. `worked`: is told with the decision; absent where that is remembered. */
export function decide(
  servers: readonly JudgedServer[],
  mode: Mode,
  warnings: readonly string[],
  {
    change,
    namespace,
    world,
    unread = [],
    worked,
  }: {
    readonly change: Change;
    readonly namespace: string;
    readonly world: World;
    readonly unread?: readonly Issue[] | undefined;
    readonly worked?: WorkedOut | undefined;
  },
): AdmissionResult {
  const verdict = verdictOfAll(servers);
  const told = disclosed(toldOnce(servers), namespace);
  const refused = refusedServers(told);
  const annotations = annotationsFor(told, mode, verdict);
  const response =
    refused.length > 0
      ? refuse(403, groundsOf(refused, change, namespace, unread), annotations)
      : allow({
          warnings: [...warnings, ...warningsFor(told)],
          rest: `${scanText(namespace)} all.`,
          annotations,
        });
  return { response, mode, verdict, note: '', servers, judged: world, ...(worked && { worked: once(worked) }) };
}

/** What the record keeps of an answer. */
export function recordOf(
  endpoint: ReviewRecord['endpoint'],
  review: Review,
  answer: AdmissionResult,
  durationMs: number,
): ReviewRecord {
  const { response, servers, mode, verdict, note } = answer;
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
    allowed: response.allowed,
    code: response.code,
    note,
    rules: [...rules].sort(),
    patched: response.patch.length > 0,
    durationMs,
  };
}
