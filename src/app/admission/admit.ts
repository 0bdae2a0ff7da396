import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import type { Change } from '../../core/world/world.ts';
import { type AdmissionResult, modeOf, namespaceUnknown, notReady, recordOf, underLimit, unjudged } from './answer.ts';
import { exemption, isOwnWrite } from './exemptions.ts';
import { createKnownReviews, type FoundReview } from './known-reviews.ts';
import { createLiveWorld } from './live-world.ts';
import type { AdmissionPorts, Decided, ReviewRecord } from './ports.ts';
import { preparePatch } from './prepare.ts';
import type { ReadChange } from './read-change.ts';
import { allow, refuse } from './response.ts';
import type { AdmissionResponse, Review } from './review.ts';
import { type Request, validate } from './validate.ts';

/**
 * The endpoints as functions. They never reject. `deadlineMs`: when the answer must be there, on the ports' clock; reads of the API server
 * end by then.
 */
export interface Admission {
  /** Decides. */
  validate(review: Review, deadlineMs: number): Promise<AdmissionResponse>;
  /** Prepares: adds the scheduling gate, completes policies. Never refuses by judgement. */
  mutate(review: Review, deadlineMs: number): Promise<AdmissionResponse>;
  /** Puts on record, and judges nothing: everything is allowed. */
  observe(review: Review, deadlineMs: number): Promise<AdmissionResponse>;
}

/** Prepares an object for its judgement, where its namespace lets it. */
async function mutate({ review, read, judge, live, ports, deadlineMs }: Request): Promise<AdmissionResult> {
  if (read.kind !== 'change' || read.change.after === undefined) return unjudged('nothing-to-prepare');
  if (isOwnWrite(review, ports.controllerUser)) return unjudged('own-controller');
  const reading = ports.world();
  if (reading.kind !== 'ready') return notReady(reading, review, judge.policy);
  const world = await live.withNamespace(reading.world);
  if (world === undefined) return namespaceUnknown(review);
  const mode = modeOf(world, review, read.change, judge.policy);
  const isExempt = exemption(review, read.change, world) !== undefined;
  const context = { judge, world, change: read.change, review };
  const patch = isExempt ? [] : await preparePatch(context, { nowMs: ports.nowMs, endMs: deadlineMs });
  return unjudged(patch.length > 0 ? 'prepared' : 'nothing-to-prepare', mode, allow({ patch }));
}

/** The judge of the policy that is in force, made anew when another one is. */
function createCurrentJudge(policy: () => GatePolicy): () => Judge {
  let judge: Judge | undefined;
  return () => {
    const current = policy();
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };
}

/** Admission over the given ports. Holds the judge of the current policy, what it has read of CIDR text, and what came of reviews, within a bound. */
export function createAdmission(ports: AdmissionPorts): Admission {
  const knownReviews = createKnownReviews(createDecoder());
  const currentJudge = createCurrentJudge(ports.policy);

  /** Where even the policy cannot be had, nothing is known to limit the modes. */
  const modeLimit = (): Mode => {
    try {
      return ports.policy().modeLimit;
    } catch {
      return 'enforce';
    }
  };

  /** What is answered once the decision is on record. Where no policy can be had, there is none to put it there by. */
  const recorded = async (
    decided: Omit<Decided, 'judge'>,
    name: ReviewRecord['endpoint'],
    deadlineMs: number,
  ): Promise<AdmissionResponse> => {
    const { recorder } = ports;
    if (recorder === undefined || name === 'mutate') return decided.result.response;
    try {
      return await recorder.decided({ ...decided, judge: currentJudge() }, deadlineMs);
    } catch (error) {
      ports.telemetry.bug(decided.review.uid, error);
      return decided.result.response;
    }
  };

  /** One endpoint with its record. `onError`: what an error of ours comes to. */
  const endpoint =
    (name: ReviewRecord['endpoint'], work: (asked: Request) => Promise<AdmissionResult>, onError: AdmissionResult) =>
    async (review: Review, deadlineMs: number): Promise<AdmissionResponse> => {
      const startMs = ports.nowMs();
      let result: AdmissionResult;
      let found: FoundReview = { read: { kind: 'other' } };
      try {
        const live = createLiveWorld(ports, review, deadlineMs);
        found = await knownReviews.of(review);
        result = await work({ ...found, review, judge: currentJudge(), live, ports, deadlineMs });
      } catch (error) {
        ports.telemetry.bug(review.uid, error);
        result = onError;
      }
      const limited = underLimit(result, modeLimit());
      const response = await recorded({ ...found, review, result: limited }, name, deadlineMs);
      ports.telemetry.review(recordOf(name, review, { ...limited, response }, ports.nowMs() - startMs));
      return response;
    };

  /** The mode is told for the reader of the record; nothing depends on it. */
  const observed = (review: Review, read: ReadChange, judge: Judge): AdmissionResult => {
    const reading = ports.world();
    const { before, after = before }: Change = read.kind === 'change' ? read.change : {};
    const change = after && { after };
    const mode = reading.kind === 'not-synced' ? 'unknown' : modeOf(reading.world, review, change, judge.policy);
    return unjudged('observed', mode);
  };
  const observe = async (review: Review, deadlineMs: number): Promise<AdmissionResponse> => {
    const startMs = ports.nowMs();
    let result = unjudged('observed');
    try {
      const { read } = await knownReviews.of(review);
      const judge = currentJudge();
      result = observed(review, read, judge);
      await ports.recorder?.observed({ review, read, judge, result }, deadlineMs);
    } catch (error) {
      ports.telemetry.bug(review.uid, error);
    }
    ports.telemetry.review(recordOf('record', review, result, ports.nowMs() - startMs));
    return result.response;
  };

  const failed = refuse(500, 'the gate failed while judging: see its log');
  return {
    // An error of ours is no allow where it would be one in enforce mode.
    validate: endpoint('validate', validate, unjudged('error', 'unknown', failed)),
    // Without the gate the Pod is refused by /validate, so that nothing opens by an error here.
    mutate: endpoint('mutate', mutate, unjudged('error')),
    observe,
  };
}
