import type { Time } from '../time.ts';
import type { Action, ActionKind } from './action.ts';

/** Holds back what was done a moment ago, so that it is done once while the view of the cluster does not show it yet. */
export interface RecentActions {
  /** Milliseconds that the action must wait; 0: it is to be done now, which is remembered. */
  claim(action: Action): number;
  /** The action failed: it may be done again at once. */
  release(action: Action): void;
}

/** Milliseconds for which the same action rests. An Event says the same for much longer: nobody reads it twice. */
const REST_MS: Readonly<Record<ActionKind, number>> = {
  'apply-policy': 1_000,
  'delete-policy': 1_000,
  'apply-dialect-policy': 1_000,
  'delete-dialect-policy': 1_000,
  'lift-gate': 1_000,
  event: 600_000,
};

/** Actions that are remembered; beyond, the oldest are forgotten. */
const MAX_REMEMBERED = 20_000;
/** Events of one namespace at once, and milliseconds for one more, as client-go limits them by object. */
const EVENT_BURST = 50;
const EVENT_MS = 6_000;

/** How many Events a namespace may have at a moment. */
function createEventBudget(time: Time): (namespace: string) => boolean {
  const spent = new Map<string, { readonly count: number; readonly atMs: number }>();
  return namespace => {
    const nowMs = time.nowMs();
    const last = spent.get(namespace);
    const count = last === undefined ? 0 : Math.max(0, last.count - (nowMs - last.atMs) / EVENT_MS);
    const isAllowed = count + 1 <= EVENT_BURST;
    spent.delete(namespace);
    spent.set(namespace, { count: isAllowed ? count + 1 : count, atMs: nowMs });
    const [oldest] = spent.keys();
    if (spent.size > MAX_REMEMBERED && oldest !== undefined) spent.delete(oldest);
    return isAllowed;
  };
}

/** Remembers nothing yet. */
export function createRecentActions(time: Time): RecentActions {
  /** By the whole action: when it may be done again. */
  const resting = new Map<string, number>();
  const hasBudget = createEventBudget(time);
  const keyOf = (action: Action): string => JSON.stringify(action);
  return {
    claim: action => {
      const key = keyOf(action);
      const nowMs = time.nowMs();
      const restsMs = (resting.get(key) ?? 0) - nowMs;
      if (restsMs > 0) return restsMs;
      const rest = REST_MS[action.kind];
      if (action.kind === 'event' && !hasBudget(action.about.namespace)) return rest;
      resting.delete(key);
      resting.set(key, nowMs + rest);
      const [oldest] = resting.keys();
      if (resting.size > MAX_REMEMBERED && oldest !== undefined) resting.delete(oldest);
      return 0;
    },
    release: action => void resting.delete(keyOf(action)),
  };
}
