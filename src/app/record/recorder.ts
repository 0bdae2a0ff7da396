import type { World } from '../../core/world/world.ts';
import type { Decided, DecisionRecorder } from '../admission/ports.ts';
import { refuse } from '../admission/response.ts';
import type { AdmissionResponse, Review } from '../admission/review.ts';
import type { WorldReading } from '../world-reading.ts';
import type { Hashing, Members } from './chain.ts';
import { createKnownLines } from './known-lines.ts';
import type { ReviewLine } from './line.ts';
import { lineTexts } from './objects-part.ts';
import { reviewMembers } from './review-line.ts';

/** The file that lines are appended to. */
export interface Appender {
  /** Resolves to whether the line is in the file. Never rejects. */
  append(members: Members): Promise<boolean>;
  /** Counts a line that could not be made. */
  lose(reason: string): void;
}

export interface RecorderOptions {
  readonly appender: Appender;
  readonly hashing: Hashing;
  /** What is known of the cluster, for what was let through without a judgement. */
  readonly world: () => WorldReading;
  /** What cannot be put on record is answered 503. */
  readonly isRequired: boolean;
  /** Told of each review that is on record and let through. Absent: nobody asks. */
  readonly onRecorded?: (review: Review) => void;
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: () => string;
  /** Milliseconds on the clock of the deadlines. */
  readonly nowMs: () => number;
  /** An error of ours. */
  readonly onBug: (uid: string, error: unknown) => void;
}

const unrecorded = (): AdmissionResponse => refuse(503, 'the decision cannot be put on record: try again');

/** Deadlines are kept to this many milliseconds early: Node.js keeps timers by how long they take, and many that take as long cost as much as one. */
const EARLY_MS = 500;

/** Whether it came true before so many milliseconds were over. `work` never rejects. */
const isTrueWithin = (work: Promise<boolean>, leftMs: number): Promise<boolean> =>
  new Promise(resolve => {
    const roundedMs = leftMs > EARLY_MS ? leftMs - (leftMs % EARLY_MS) : leftMs;
    const timer = setTimeout(() => resolve(false), roundedMs);
    void work.then(isTrue => {
      clearTimeout(timer);
      resolve(isTrue);
    });
  });

/** A world that is stale still tells which servers there are. */
function knownWorld(reading: WorldReading): World | undefined {
  return reading.kind === 'not-synced' ? undefined : reading.world;
}

/** Puts each review on record before it is answered. What cannot be put there changes no answer, unless a record is required. */
export function createDecisionRecorder(options: RecorderOptions): DecisionRecorder {
  const { appender, hashing, isRequired, onRecorded, time, nowMs, onBug } = options;
  const partsOf = createKnownLines(lineTexts(hashing));
  const membersOf = (decided: Decided, type: ReviewLine['type']): Members | undefined => {
    try {
      const world = decided.result.judged ?? knownWorld(options.world());
      return reviewMembers(decided.review, partsOf(decided, world), { type, time: time(), hashing });
    } catch (error) {
      onBug(decided.review.uid, error);
      appender.lose('the line could not be made');
      return undefined;
    }
  };
  const appended = async (members: Members, { review, result }: Decided): Promise<boolean> => {
    const isInFile = await appender.append(members);
    if (isInFile && result.response.allowed) onRecorded?.(review);
    return isInFile;
  };
  const isWritten = async (decided: Decided, type: ReviewLine['type'], deadlineMs: number): Promise<boolean> => {
    const members = membersOf(decided, type);
    return members !== undefined && isTrueWithin(appended(members, decided), deadlineMs - nowMs());
  };
  return {
    decided: async (decided, deadlineMs) =>
      (await isWritten(decided, 'decision', deadlineMs)) || !isRequired ? decided.result.response : unrecorded(),
    observed: async (observed, deadlineMs) => {
      await isWritten(observed, 'observed', deadlineMs);
    },
  };
}
