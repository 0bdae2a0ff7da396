import { isAbsence } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { Mode } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import type { Labels } from '../../core/kube/types.ts';
import { type Change, isNetworkPolicy, type World } from '../../core/world.ts';
import {
  type AdmissionResult,
  ALLOWED,
  decide,
  labelWarnings,
  modeOf,
  namespaceUnknown,
  notReady,
  podUnknown,
  recordOf,
  refuse,
  refuseByMode,
  unconfirmed,
  underLimit,
  unjudged,
  unreadable,
} from './answer.ts';
import { bindingLabels, readBinding } from './binding.ts';
import { exemption, isJudgedInFull, isOwnWrite } from './exemptions.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { type JudgedServer, judgeReview, refusedServers } from './judge-review.ts';
import { withLiveNamespace, withLivePods, withLivePolicies } from './live-world.ts';
import type { AdmissionPorts, ReviewRecord } from './ports.ts';
import { preparePatch } from './prepare.ts';
import { type ReadChange, readChange } from './read-change.ts';
import type { AdmissionResponse, JsonPatchOperation, Review } from './review.ts';

/** The two endpoints as functions. They never reject. `deadlineMs`: how long an answer may take. */
export interface Admission {
  /** Decides. */
  validate(review: Review, deadlineMs: number): Promise<AdmissionResponse>;
  /** Prepares: adds the scheduling gate, completes policies. Never refuses by judgement. */
  mutate(review: Review, deadlineMs: number): Promise<AdmissionResponse>;
}

/** Admission over the given ports. Holds the judge of the current policy and what it has read of CIDR text; nothing of any request. */
export function createAdmission(ports: AdmissionPorts): Admission {
  const decode = createDecoder();
  let judge: Judge | undefined;
  const currentJudge = (): Judge => {
    const policy = ports.policy();
    if (judge?.policy !== policy) judge = createJudge(policy);
    return judge;
  };

  /**
   * The cache may be a moment behind. So the namespace's policies are read past it before a refusal for an absent policy and before a Pod of a
   * server is let through, and its Pods before a policy is: what was applied just before may close the first and open the others.
   * `undefined`: let through by the cache, which nothing confirms.
   */
  const confirmed = async (
    world: World,
    change: Change,
    review: Review,
    mode: Mode,
    deadlineMs: number,
  ): Promise<readonly JudgedServer[] | undefined> => {
    const servers = judgeReview(currentJudge(), world, change, review);
    const refused = refusedServers(servers);
    const isMissed = refused.some(server => server.faults.some(isAbsence));
    const read = isMissed
      ? withLivePolicies
      : refused.length === 0 && mode === 'enforce' && readBeforePassing(servers, change, review);
    if (!read) return servers;
    const live = await read(world, review, ports, deadlineMs);
    if (live === undefined) return isMissed ? servers : undefined;
    return live === world ? servers : judgeReview(currentJudge(), live, change, review);
  };

  /** What is read before a change is let through. Our own controller has seen its policies before it lifts a hold. */
  const readBeforePassing = (servers: readonly JudgedServer[], change: Change, { user }: Review) => {
    if ([change.before, change.after].some(state => state !== undefined && isNetworkPolicy(state))) return withLivePods;
    const isLetThrough = isJudgedInFull(change) && servers.some(({ awaitsPolicy }) => !awaitsPolicy);
    return isLetThrough && user.username !== ports.controllerUser && withLivePolicies;
  };

  const exemptionOf = (review: Review, change: Change, world: World): string | undefined =>
    isOwnWrite(review, ports.controllerUser) ? 'own-controller' : exemption(review, change, world);

  const validateChange = async (
    world: World,
    read: ReadChange,
    review: Review,
    deadlineMs: number,
  ): Promise<AdmissionResult> => {
    const { policy } = currentJudge();
    const change = read.kind === 'change' ? read.change : undefined;
    const mode = modeOf(world, review, change, policy);
    if (read.kind === 'unreadable') return unreadable(read.issues, review, mode);
    if (change === undefined) return unjudged('kind-not-judged', mode);
    const exempt = exemptionOf(review, change, world);
    if (exempt !== undefined) return unjudged(exempt, mode);
    if (change.after?.kind === 'Namespace') {
      const judged = judgeNamespace(currentJudge(), world, change, review, ports.nowMs);
      return decide(judged.servers, judged.mode, judged.warnings);
    }
    if (mode === 'off') return unjudged('off', mode);
    const servers = await confirmed(world, change, review, mode, deadlineMs);
    if (servers === undefined) return unconfirmed(review);
    return decide(servers, mode, labelWarnings(servers, mode, world, policy));
  };

  /** What a Binding makes of its Pod. A scheduler may be faster than the cache: a Pod that is not there yet is looked for past it. */
  const boundPod = async (
    world: World,
    review: Review,
    labels: Labels,
    deadlineMs: number,
  ): Promise<ReadChange | undefined> => {
    const known = readBinding(world, review, labels);
    if (known !== undefined) return known;
    const live = await withLivePods(world, review, ports, deadlineMs);
    return live && readBinding(live, review, labels);
  };

  const validate = async (review: Review, deadlineMs: number): Promise<AdmissionResult> => {
    if (review.operation === 'CONNECT') return unjudged('kind-not-judged');
    const read = readChange(decode, review);
    const labels = bindingLabels(review);
    if (read.kind === 'other' && labels.size === 0) return unjudged('kind-not-judged');
    const reading = ports.world();
    if (reading.kind !== 'ready') return notReady(reading, review, ports.policy());
    try {
      const world = await withLiveNamespace(reading.world, review, ports, deadlineMs / 2);
      if (world === undefined) return namespaceUnknown(review);
      const known = read.kind === 'other' ? await boundPod(world, review, labels, deadlineMs / 4) : read;
      if (known === undefined) return podUnknown(review, modeOf(world, review, undefined, ports.policy()));
      return await validateChange(world, known, review, deadlineMs / 2);
    } catch (error) {
      ports.telemetry.bug(review.uid, error);
      return refuseByMode(safeMode(reading.world, review), 500, 'the gate failed while judging: see its log', 'error');
    }
  };

  /** The mode for an error's sake: what cannot even be told from labels enforces. */
  const safeMode = (world: World, review: Review): Mode => {
    try {
      return modeOf(world, review, undefined, ports.policy());
    } catch {
      return 'enforce';
    }
  };

  /** Where even the policy cannot be had, nothing is known to limit the modes. */
  const modeLimit = (): Mode => {
    try {
      return ports.policy().modeLimit;
    } catch {
      return 'enforce';
    }
  };

  const mutate = async (review: Review, deadlineMs: number): Promise<AdmissionResult> => {
    const read = readChange(decode, review);
    if (read.kind !== 'change' || read.change.after === undefined) return unjudged('nothing-to-prepare');
    const reading = ports.world();
    if (reading.kind !== 'ready') return notReady(reading, review, ports.policy());
    const world = await withLiveNamespace(reading.world, review, ports, deadlineMs);
    if (world === undefined) return namespaceUnknown(review);
    const mode = modeOf(world, review, read.change, ports.policy());
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
    work: () => Promise<AdmissionResult>,
    onError: AdmissionResult,
  ): Promise<AdmissionResponse> => {
    const startMs = ports.nowMs();
    let answer: AdmissionResult;
    try {
      answer = await work();
    } catch (error) {
      ports.telemetry.bug(review.uid, error);
      answer = onError;
    }
    answer = underLimit(answer, modeLimit());
    ports.telemetry.review(recordOf(endpoint, review, answer, ports.nowMs() - startMs));
    return answer.response;
  };

  const failed = unjudged('error', 'unknown', refuse(500, 'the gate failed while judging: see its log'));
  return {
    validate: (review, deadlineMs) => run('validate', review, () => validate(review, deadlineMs), failed),
    // Without the gate the Pod is refused by /validate, so that nothing opens by an error here.
    mutate: (review, deadlineMs) => run('mutate', review, () => mutate(review, deadlineMs), unjudged('error')),
  };
}
