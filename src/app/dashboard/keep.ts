import { dayAt } from '../../core/calendar.ts';
import { isSame } from '../../core/same.ts';
import { visibleData } from '../../core/visible-text.ts';
import type { World } from '../../core/world/world.ts';
import type { ServerDetail } from '../page/model.ts';
import type { RunSteps, Steps } from '../steps.ts';
import { pause, slicesOf, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import type { DashboardModel, DashboardStanding } from './model.ts';

/** In milliseconds. */
export interface DashboardTimes {
  /** Between two looks whether there is something to make. */
  readonly lookMs: number;
  /** Between two models, at least; where making one takes long, {@link SHARE} times as long as that took. */
  readonly restMs: number;
}

export const DASHBOARD_TIMES: DashboardTimes = { lookMs: 250, restMs: 1_000 };

/** How many times as long as the last model took, nothing is made. */
const SHARE = 4;

/** What the keeper needs from outside. */
export interface DashboardPorts {
  readonly time: Time;
  readonly times: DashboardTimes;
  /** Milliseconds since 1970. */
  nowMs(): number;
  world(): WorldReading;
  /** What is shown of a world; the same again where nothing of it is another. Rejects where it cannot be made, which is told by {@link DashboardPorts.onBug}. `run`: others get to work meanwhile. */
  model(world: World, run: RunSteps): Promise<MadeModel>;
  /** What keeps it from being shown, or from being as it is: a sentence each. */
  troubles(): readonly string[];
  /** Stable text that stands for a longer one. */
  idOf(text: string): string;
  /** Told of an error of ours. Must not throw. */
  onBug(error: unknown): void;
}

/** A model, and what is told of its servers to who asks. */
export interface MadeModel {
  readonly model: DashboardModel;
  /** By the id of a server; `undefined`: there is none. */
  detail(id: string): Steps<ServerDetail> | undefined;
}

/** A model as it is sent. */
export interface SentModel {
  readonly version: string;
  /** JSON of a {@link DashboardModel}. */
  readonly text: string;
  /** JSON of a {@link ServerDetail}, by the id of the server; `undefined`: there is none. */
  detail(id: string): Promise<string | undefined>;
}

/** Keeps what a dashboard shows up to date while somebody looks at it. */
export interface Dashboard {
  /** Something may look otherwise from now on. */
  touch(): void;
  /** `undefined`: nothing has been made yet. */
  current(): SentModel | undefined;
  standing(): DashboardStanding;
  /** Somebody looks at it. */
  isFollowed(): boolean;
  /** Calls the listener whenever the standing changes. While somebody follows, models are made. Returns what ends that. */
  follow(listener: (standing: DashboardStanding) => void): () => void;
  /** Works until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const NO_STANDING: DashboardStanding = { version: '', judgements: 0, staleSince: null, troubles: [] };

/** Details as they are sent, each made once. `onError`: told of one that cannot be made. */
function sentDetails({ detail }: MadeModel, run: RunSteps, onError: (error: unknown) => void): SentModel['detail'] {
  const known = new Map<string, Promise<string | undefined>>();
  const make = async (steps: Steps<ServerDetail>): Promise<string | undefined> => {
    try {
      return JSON.stringify(await run(steps));
    } catch (error) {
      onError(error);
      return undefined;
    }
  };
  return async id => {
    const steps = known.has(id) ? undefined : detail(id);
    if (steps !== undefined) known.set(id, make(steps));
    return known.get(id);
  };
}

/** A dashboard that has seen nothing yet. */
export function createDashboard(ports: DashboardPorts): Dashboard {
  const { time, times } = ports;
  const followers = new Set<(standing: DashboardStanding) => void>();
  let current: SentModel | undefined;
  let latest: MadeModel | undefined;
  let judgements = 0;
  let standing = NO_STANDING;
  let isTouched = true;
  let day = '';
  /** On the clock of `time`: before it nothing is made. */
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  const make = async (world: World, signal: AbortSignal): Promise<void> => {
    const startMs = time.nowMs();
    isTouched = false;
    day = dayAt(ports.nowMs());
    const onError = (error: unknown): void => {
      if (!signal.aborted) ports.onBug(error);
    };
    try {
      const run = slicesOf(time, signal);
      const made = await ports.model(world, run);
      if (made === latest) return;
      latest = made;
      const text = JSON.stringify(made.model);
      current = { version: ports.idOf(text), text, detail: sentDetails(made, run, onError) };
      judgements += 1;
    } catch (error) {
      onError(error);
    } finally {
      restsUntilMs = time.nowMs() + Math.max(times.restMs, SHARE * (time.nowMs() - startMs));
    }
  };

  const staleSince = (reading: WorldReading): string | null =>
    reading.kind === 'stale' ? new Date(ports.nowMs() - reading.ageMs).toISOString() : null;

  const tell = (reading: WorldReading): void => {
    const before = standing.staleSince;
    const since = staleSince(reading);
    const next: DashboardStanding = {
      version: current?.version ?? '',
      judgements,
      // Worked out from an age: while it is stale, it began when it was first told.
      staleSince: since === null ? null : (before ?? since),
      troubles: visibleData(ports.troubles()),
    };
    if (isSame(next, standing)) return;
    standing = next;
    for (const listener of followers) listener(standing);
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    const reading = ports.world();
    const isDue = isTouched || day !== dayAt(ports.nowMs());
    if (reading.kind === 'ready' && isDue && followers.size > 0 && time.nowMs() >= restsUntilMs)
      await make(reading.world, signal);
    tell(reading);
  };

  return {
    touch: () => {
      isTouched = true;
    },
    current: () => current,
    standing: () => standing,
    isFollowed: () => followers.size > 0,
    follow: listener => {
      followers.add(listener);
      return () => void followers.delete(listener);
    },
    run: async signal => {
      while (!signal.aborted) {
        await look(signal);
        await pause(time, times.lookMs, signal);
      }
    },
  };
}
