import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { ObjectRef, Workload } from '../../core/kube/types.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import { refOf } from '../../core/world/refs.ts';
import { pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import type { StoredChange, StoredObject } from './change.ts';

/** A server of which no Pod is ready any more, or one is again. */
export interface ReadinessChange {
  readonly isReady: boolean;
  readonly apiVersion: string;
  readonly object: ObjectRef & { readonly uid: string };
  /** When it came about, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** What the keeper needs from outside. */
export interface ReadinessPorts {
  readonly time: Time;
  /** Milliseconds since 1970. */
  nowMs(): number;
  world(): WorldReading;
  policy(): GatePolicy;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  /** Must not throw. */
  tell(change: ReadinessChange): void;
}

/** Follows whether servers are ready. Every process does; the one that leads tells. */
export interface ReadinessKeeper {
  /** Never rejects. */
  run(ending: AbortSignal): Promise<void>;
  seen(change: StoredChange): void;
}

/** Milliseconds for which a server is not ready before that is told: Pods that are replaced are none of it. */
const SETTLED_MS = 60_000;
/** Milliseconds for which it is kept for the case that this process leads soon: the one that leads may end before it has told. */
const HELD_MS = 60_000;
/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

/** A workload that was ready, and is not. */
interface Down {
  readonly workload: Workload;
  readonly apiVersion: string;
  readonly uid: string;
  readonly sinceMs: number;
  /** It was told, by this process or, as far as that can be known, by the one that led. */
  readonly isTold: boolean;
}

const readinessOf = (stored: StoredObject | undefined): boolean | undefined => stored?.state?.ready;

const changeOf = ({ workload, apiVersion, uid }: Down, isReady: boolean, sinceMs: number): ReadinessChange => ({
  ...{ isReady, apiVersion, sinceMs },
  object: { ...refOf(workload), uid },
});

/** A keeper that knows of no server that is not ready. */
export function createReadinessKeeper(ports: ReadinessPorts): ReadinessKeeper {
  const { time, nowMs, world, policy, isLeader, tell } = ports;
  const down = new Map<string, Down>();
  let judge: Judge | undefined;

  const isServer = (workload: Workload): boolean => {
    const reading = world();
    const current = policy();
    if (judge?.policy !== current) judge = createJudge(current);
    if (reading.kind === 'not-synced') return false;
    return judge.detect(workload, reading.world.namespace(workload.meta.namespace)).standing !== 'no';
  };
  const look = (): void => {
    for (const [uid, one] of down) {
      if (one.isTold || nowMs() - one.sinceMs < SETTLED_MS) continue;
      if (!isServer(one.workload)) down.delete(uid);
      else if (isLeader()) {
        down.set(uid, { ...one, isTold: true });
        tell(changeOf(one, false, one.sinceMs));
      } else if (nowMs() - one.sinceMs >= SETTLED_MS + HELD_MS) down.set(uid, { ...one, isTold: true });
    }
  };
  const isDown = ({ before, after }: StoredChange): boolean =>
    readinessOf(before) === true && readinessOf(after) === false;
  return {
    run: async ending => {
      while (!ending.aborted) {
        look();
        await pause(time, EVERY_MS, ending);
      }
    },
    seen: change => {
      const { before, after } = change;
      const uid = (after ?? before)?.uid ?? '';
      const known = down.get(uid);
      const workload = after?.value;
      if (isDown(change) && known === undefined && after?.state && workload && isWorkload(workload)) {
        down.set(uid, { workload, apiVersion: after.state.apiVersion, uid, sinceMs: nowMs(), isTold: false });
        return;
      }
      if (known === undefined || readinessOf(after) === false) return;
      down.delete(uid);
      // One that went, or was scaled to nothing, is not ready again.
      const isKnown = known.isTold || nowMs() - known.sinceMs >= SETTLED_MS + EVERY_MS;
      if (isKnown && readinessOf(after) === true && isLeader()) tell(changeOf(known, true, nowMs()));
    },
  };
}
