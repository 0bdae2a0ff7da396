import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { refOf } from '../../core/world/refs.ts';
import type { Hashing } from '../record/chain.ts';
import { lineTexts } from '../record/objects-part.ts';
import type { Appender } from '../record/recorder.ts';
import { partsOf, reviewMembers } from '../record/review-line.ts';
import type { WorldReading } from '../world-reading.ts';
import type { SeenChange } from './change.ts';
import type { Witnessed } from './keep.ts';
import { decidedOf } from './seen-line.ts';

/** A change of a server, or of what closes it, that nothing explains. */
export interface UnwitnessedChange extends Pick<SeenChange, 'operation' | 'apiVersion' | 'uid'> {
  readonly object: ObjectRef;
  /** The workloads that it concerns. */
  readonly servers: readonly ObjectRef[];
}

/** What the teller needs from outside. */
export interface TellerPorts {
  world(): WorldReading;
  policy(): GatePolicy;
  /** Where lines go; `undefined`: no record is kept. */
  readonly appender: Appender | undefined;
  readonly hashing: Hashing;
  /** RFC 3339, UTC, with milliseconds. */
  time(): string;
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** Counts a change; of those that are not on record, what concerns servers alone. Must not throw. */
  count(witnessed: Witnessed): void;
  /** Tells people. Must not reject. */
  unwitnessed(change: UnwitnessedChange): Promise<void>;
  /** Told of an error of ours. Must not throw. */
  onBug(error: unknown): void;
}

/** Tells of changes that were seen: by a line of the record, and people of those that nothing explains. */
export interface Teller {
  tell(change: SeenChange, witnessed: Witnessed): void;
  /** Resolves when everything is told. */
  stopped(): Promise<void>;
}

const unwitnessedOf = (seen: SeenChange, servers: readonly ObjectRef[]): UnwitnessedChange => {
  const { operation, apiVersion, uid, change } = seen;
  const object = change.after ?? change.before;
  return {
    operation,
    apiVersion,
    uid,
    object: object ? refOf(object) : { kind: '', namespace: '', name: '' },
    servers,
  };
};

/** Changes that wait to be told. Beyond, they are counted alone. */
const MOST_WAITING = 10_000;

export function createTeller(ports: TellerPorts): Teller {
  const { world, policy, appender, hashing, time, nowMs, count, unwitnessed, onBug } = ports;
  const texts = lineTexts(hashing);
  let judge: Judge | undefined;
  let telling: Promise<void> = Promise.resolve();
  let waiting = 0;

  const judgeNow = (): Judge => {
    const current = policy();
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };
  const tellOne = async (seen: SeenChange, witnessed: Witnessed): Promise<void> => {
    const reading = world();
    if (reading.kind === 'not-synced') return;
    const told = await decidedOf(seen, witnessed, { world: reading.world, judge: judgeNow(), nowMs });
    if (told === undefined) return;
    count(witnessed);
    const type = witnessed === 'unwitnessed' ? 'unwitnessed' : 'seen';
    const parts = appender && partsOf(told.decided, reading.world, texts);
    if (parts) await appender.append(reviewMembers(told.decided.review, parts, { type, time: time(), hashing }));
    if (witnessed === 'unwitnessed') await unwitnessed(unwitnessedOf(seen, told.servers));
  };
  return {
    tell: (seen, witnessed) => {
      const isTold = witnessed !== 'recorded' && (witnessed === 'unwitnessed' || appender !== undefined);
      if (!isTold || waiting >= MOST_WAITING) return count(witnessed);
      waiting += 1;
      telling = telling
        .then(() => tellOne(seen, witnessed))
        .catch(onBug)
        .then(() => {
          waiting -= 1;
        });
    },
    stopped: () => telling,
  };
}
