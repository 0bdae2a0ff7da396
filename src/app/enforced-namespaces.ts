import { postureOf } from '../core/gate/effective-mode.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { isFields } from '../core/kube/reading.ts';
import { byKey, compare } from '../core/order.ts';
import { namespaceLabels, type World } from '../core/world/world.ts';

/**
 * Namespaces that enforced when they were last seen, by name, and the day of that (`YYYY-MM-DD`, UTC): whoever deletes one and makes it anew shall
 * not lower its mode by that. The controller keeps them, and the webhook reads them.
 */
export type EnforcedNamespaces = ReadonlyMap<string, string>;

/** Days for which a namespace that is gone is remembered. */
const DAYS = 90;
const DAY_MS = 86_400_000;
/** Names that are remembered: with the day of each about 400 KB, where a ConfigMap may have 1 MiB. Beyond, those that are gone for longest are forgotten. */
const MAX_NAMES = 5_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The day so many days before the other. */
const daysBefore = (today: string, days: number): string =>
  new Date(Date.parse(today) - days * DAY_MS).toISOString().slice(0, 10);

/** What is to be remembered after a look at the cluster: the same map where nothing has changed. A namespace that is there and does not enforce is forgotten. */
export function afterLook(
  known: EnforcedNamespaces,
  world: World,
  policy: GatePolicy,
  today: string,
): EnforcedNamespaces {
  const next = new Map([...known].filter(([, day]) => day >= daysBefore(today, DAYS)));
  for (const name of world.namespaceNames()) {
    const content = world.namespace(name);
    if (content.namespace === undefined) continue;
    if (postureOf(namespaceLabels(content), policy).mode === 'enforce') next.set(name, today);
    else next.delete(name);
  }
  const latest = [...next].sort(([a, first], [b, second]) => compare(second, first) || compare(a, b));
  const kept = new Map(latest.slice(0, MAX_NAMES));
  const isSame = kept.size === known.size && [...kept].every(([name, day]) => known.get(name) === day);
  return isSame ? known : kept;
}

/** As it is stored: one JSON object. */
export const enforcedText = (namespaces: EnforcedNamespaces): string =>
  JSON.stringify(Object.fromEntries([...namespaces].sort(byKey)));

/** What is stored; `undefined` where that is no object of days. An empty text holds nothing. */
export function readEnforced(text: string): EnforcedNamespaces | undefined {
  if (text.trim() === '') return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const days = Object.entries(value).flatMap(([name, day]): readonly (readonly [string, string])[] =>
    typeof day === 'string' && DATE.test(day) ? [[name, day]] : [],
  );
  return days.length === Object.keys(value).length ? new Map(days) : undefined;
}
