import type { GatePolicy } from '../../core/gate/types.ts';
import { type Problem, problemLines } from '../../core/manifest.ts';
import { BUILTIN_SOURCE, type LoadedGatePolicy } from './load.ts';

/** Why a reload was not taken over. */
interface ReloadError {
  /** When it was tried, in milliseconds since 1970. */
  readonly at: number;
  /** At least one. */
  readonly problems: readonly Problem[];
}

/** How the policy in force came to be; for logs, metrics and readiness. */
export interface PolicyStatus {
  readonly source: string;
  /** When the policy in force was loaded, in milliseconds since 1970. */
  readonly loadedAt: number;
  /** Warnings of the policy in force. */
  readonly problems: readonly Problem[];
  /** `undefined`: the last reload was taken over, or there was none. */
  readonly lastError: ReloadError | undefined;
}

/** A status for readiness and logs. Times are ISO 8601; `lastError` is empty where the policy in force is the newest. */
export function statusDetail({ source, loadedAt, lastError }: PolicyStatus): Readonly<Record<string, string>> {
  return {
    source,
    loadedAt: new Date(loadedAt).toISOString(),
    lastError: lastError === undefined ? '' : problemLines(lastError.problems),
  };
}

/** A policy that can be read again while it is in use. */
export interface ReloadingPolicy {
  /** The policy in force: always the last good one. */
  current(): GatePolicy;
  status(): PolicyStatus;
  /** Reads again. Resolves to whether the result was taken over; never rejects. Calls that overlap run one after another. */
  reload(): Promise<boolean>;
}

/** What it needs from outside. */
export interface ReloadNeeds {
  readonly load: () => Promise<LoadedGatePolicy>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Loaded = Extract<LoadedGatePolicy, { kind: 'loaded' }>;

/** Reading again; what cannot be taken over is refused. */
async function loadAgain(load: ReloadNeeds['load'], source: string): Promise<LoadedGatePolicy> {
  const refuse = (code: string, message: string): LoadedGatePolicy => {
    const problem: Problem = { severity: 'error', code, file: source, line: 0, column: 0, field: '', message };
    return { kind: 'refused', policy: undefined, source, problems: [problem] };
  };
  try {
    const next = await load();
    // A document that vanished would otherwise give way to the preset, which knows neither gateways nor networks.
    const isGone = next.source === BUILTIN_SOURCE && source !== BUILTIN_SOURCE;
    return isGone ? refuse('source-gone', 'it is gone: what was read from it stays in force') : next;
  } catch (cause) {
    return refuse('reload-failed', `reading it again failed: ${String(cause)}`);
  }
}

/** Starts with a policy that was loaded, and keeps the last good one whenever reading it again fails. Watching is the caller's. */
export function createReloadingPolicy(initial: Loaded, { load, now }: ReloadNeeds): ReloadingPolicy {
  let loaded = initial;
  let loadedAt = now();
  let lastError: ReloadError | undefined;
  let last: Promise<boolean> = Promise.resolve(true);

  const reloadOnce = async (): Promise<boolean> => {
    const next = await loadAgain(load, loaded.source);
    if (next.kind === 'refused') {
      lastError = { at: now(), problems: next.problems };
      return false;
    }
    loaded = next;
    loadedAt = now();
    lastError = undefined;
    return true;
  };

  return {
    current: () => loaded.policy,
    status: () => ({ source: loaded.source, loadedAt, problems: loaded.problems, lastError }),
    reload: () => {
      last = last.then(reloadOnce);
      return last;
    },
  };
}
