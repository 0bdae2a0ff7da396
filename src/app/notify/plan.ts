import type { NotifyRule } from './config.ts';
import { dueMs } from './due.ts';
import { isAtLeast, keyOf, type NotifyEvent, subjectKey, worse } from './event.ts';
import type { Entry, Memory } from './ports.ts';

/** For how long it is known that a server is open, and who was told. */
const REMEMBERED_MS = 366 * 86_400_000;

const openKey = (event: NotifyEvent): string => `open ${subjectKey(event)}`;
const toldKey = (rule: NotifyRule, event: NotifyEvent): string => `told ${rule.name} ${subjectKey(event)}`;
const onceKey = (rule: NotifyRule, key: string): string => `once ${rule.name} ${key}`;

/** A server that was known to be open for the same reasons is no news. */
function openedNews(event: NotifyEvent, memory: Memory, nowMs: number): NotifyEvent | undefined {
  const known = memory.get(openKey(event), nowMs);
  if (known !== undefined && event.rules.every(rule => known.rules.includes(rule))) return undefined;
  const rules = [...new Set([...(known?.rules ?? []), ...event.rules])].sort();
  const severity = known === undefined ? event.severity : worse(known.severity, event.severity);
  memory.set(openKey(event), { since: known?.since ?? event.time, severity, rules }, nowMs + REMEMBERED_MS);
  return event;
}

/** What is news of what a line says; `undefined`: it was known. Remembers which servers are open. */
export function newsOf(event: NotifyEvent, memory: Memory, nowMs: number): NotifyEvent | undefined {
  if (event.kind === 'opened') return openedNews(event, memory, nowMs);
  if (event.kind !== 'closed' && event.kind !== 'deleted') return event;
  const known = memory.get(openKey(event), nowMs);
  // That it was open, another gate may know, and the line says it.
  if (known === undefined) return event.kind === 'closed' && event.resolves === undefined ? undefined : event;
  memory.delete(openKey(event));
  return { ...event, resolves: { since: known.since, severity: known.severity } };
}

/** Whether a rule names an event by what stands in the event. */
export const isNamed = ({ events, namespaces, minSeverity }: NotifyRule, event: NotifyEvent): boolean =>
  events.has(event.kind) &&
  (namespaces === undefined || namespaces.has(event.namespace)) &&
  isAtLeast(event.severity, minSeverity);

/**
 * Whether an event ends what the rule told before, or what it would have told, had this gate been the one that let it through. What was told is forgotten
 * then, so that it is told anew when it comes back.
 */
function endsTold(rule: NotifyRule, event: NotifyEvent, memory: Memory, nowMs: number): boolean {
  if (event.resolves === undefined) return false;
  const told = memory.get(toldKey(rule, event), nowMs);
  if (told === undefined)
    return (
      event.resolves.since === '' && isNamed(rule, { ...event, kind: 'opened', severity: event.resolves.severity })
    );
  memory.delete(toldKey(rule, event));
  if (told.once !== undefined) memory.delete(told.once);
  return true;
}

/** Whether the rule has told the same before; if not, it has now. */
function isRepeated(rule: NotifyRule, event: NotifyEvent, memory: Memory, nowMs: number): boolean {
  const { since, severity, rules } = { since: event.time, severity: event.severity, rules: event.rules };
  const once = rule.oncePer && onceKey(rule, keyOf(rule.oncePer.key, event));
  if (once !== undefined && memory.get(once, nowMs) !== undefined) return true;
  if (once !== undefined) memory.set(once, { since, severity, rules }, nowMs + (rule.oncePer?.forMs ?? 0));
  const told = { since, severity, rules, ...(once !== undefined && { once }) };
  if (event.kind === 'opened') memory.set(toldKey(rule, event), told, nowMs + REMEMBERED_MS);
  return false;
}

/** Whether a rule tells an event. */
function tells(rule: NotifyRule, event: NotifyEvent, memory: Memory, nowMs: number): boolean {
  if (endsTold(rule, event, memory, nowMs) && rule.resolved) return true;
  return isNamed(rule, event) && !isRepeated(rule, event, memory, nowMs);
}

/** Receivers that a rule tells of an event, each once. */
const receiversOf = ({ to, annotated }: NotifyRule, event: NotifyEvent): readonly string[] => [
  ...new Set([...to, ...event.annotated.filter(name => annotated.has(name))]),
];

const DIGEST = 'digest';

/** Whom an event that is news is told to, and when. */
export function planEvent(
  event: NotifyEvent,
  rules: readonly NotifyRule[],
  memory: Memory,
  nowMs: number,
): readonly Entry[] {
  return rules
    .filter(rule => tells(rule, event, memory, nowMs))
    .flatMap(rule =>
      receiversOf(rule, event).map(receiver => ({
        rule: rule.name,
        receiver,
        group: rule.digest === undefined ? keyOf(rule.groupBy, event) : DIGEST,
        dueMs: dueMs(rule, event.severity, nowMs),
        isCounted: rule.digest !== undefined,
        event,
      })),
    );
}
