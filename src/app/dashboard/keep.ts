import { dayAt } from '../../core/calendar.ts';
import { isSame } from '../../core/same.ts';
import { visibleData } from '../../core/visible-text.ts';
import type { World } from '../../core/world.ts';
import { pause, type Time } from '../time.ts';
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
  /** What is shown of a world. Rejects where it cannot be made, which is told by {@link DashboardPorts.onBug}. */
  model(world: World): Promise<DashboardModel>;
  /** What keeps it from being shown, or from being as it is: a sentence each. */
  troubles(): readonly string[];
  /** Stable text that stands for a longer one. */
  idOf(text: string): string;
  /** Told of an error of ours. Must not throw. */
  onBug(error: unknown): void;
}

/** A model as it is sent. */
export interface SentModel {
  readonly version: string;
  /** JSON of a {@link DashboardModel}. */
  readonly text: string;
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

const NO_STANDING: DashboardStanding = { version: '', staleSince: null, troubles: [] };

/** A dashboard that has seen nothing yet. */
export function createDashboard(ports: DashboardPorts): Dashboard {
  const { time, times } = ports;
  const followers = new Set<(standing: DashboardStanding) => void>();
  let current: SentModel | undefined;
  let standing = NO_STANDING;
  let isTouched = true;
  let day = '';
  /** On the clock of `time`: before it nothing is made. */
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  const make = async (world: World): Promise<void> => {
    const startMs = time.nowMs();
    isTouched = false;
    day = dayAt(ports.nowMs());
    try {
      const text = JSON.stringify(await ports.model(world));
      current = { version: ports.idOf(text), text };
    } catch (error) {
      ports.onBug(error);
    }
    restsUntilMs = time.nowMs() + Math.max(times.restMs, SHARE * (time.nowMs() - startMs));
  };

  const staleSince = (reading: WorldReading): string | null =>
    reading.kind === 'stale' ? new Date(ports.nowMs() - reading.ageMs).toISOString() : null;

  const tell = (reading: WorldReading): void => {
    const before = standing.staleSince;
    const since = staleSince(reading);
    const next: DashboardStanding = {
      version: current?.version ?? '',
      // Worked out from an age: while it is stale, it began when it was first told.
      staleSince: since === null ? null : (before ?? since),
      troubles: visibleData(ports.troubles()),
    };
    if (isSame(next, standing)) return;
    standing = next;
    for (const listener of followers) listener(standing);
  };

  const look = async (): Promise<void> => {
    const reading = ports.world();
    const isDue = isTouched || day !== dayAt(ports.nowMs());
    if (reading.kind === 'ready' && isDue && followers.size > 0 && time.nowMs() >= restsUntilMs)
      await make(reading.world);
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
        await look();
        await pause(time, times.lookMs, signal);
      }
    },
  };
}
