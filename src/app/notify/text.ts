import { cutText, visibleText } from '../../core/visible-text.ts';
import { EVENT_KINDS, type EventKind, type NotifyEvent, type Severity, worse } from './event.ts';
import type { Message } from './ports.ts';

/** Texts of messages, for people. Names, users and findings in them are strangers': each receiver makes them safe for what shows them. */

const nameOf = ({ subject: { kind, namespace, name } }: NotifyEvent): string =>
  `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;

/** The worst of a message. What is over counts as little as it does now. */
export const severityOf = ({ events }: Message): Severity =>
  events.reduce<Severity>((worst, { severity }) => worse(worst, severity), 'info');

/** How many there are of each kind, in the order of the table of kinds. */
function countsOf(events: readonly NotifyEvent[]): readonly string[] {
  const counts = Map.groupBy(events, ({ kind }) => kind);
  return (Object.keys(EVENT_KINDS) as EventKind[]).flatMap(kind => {
    const count = counts.get(kind)?.length ?? 0;
    const { one, many } = EVENT_KINDS[kind];
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
}

/** One line, at most `limit` UTF-16 units, without line breaks or characters that show nothing. */
export function titleOf({ events, more }: Message, limit: number): string {
  const [first] = events;
  const namespaces = new Set(events.map(({ namespace }) => namespace));
  const [namespace = ''] = namespaces;
  const where = namespaces.size === 1 && namespace !== '' ? ` in ${namespace}` : '';
  const isOne = events.length === 1 && more === 0 && first !== undefined;
  const what = isOne ? `${EVENT_KINDS[first.kind].one}: ${nameOf(first)}` : `${countsOf(events).join(', ')}${where}`;
  const rest = more === 0 ? '' : `, and ${more} more`;
  return cutText(visibleText(`Chokepoint: ${what}${rest}`), limit);
}

/** Paragraph of one event: what, by whom and when, then a line for each detail. */
function eventLines(event: NotifyEvent): readonly string[] {
  const { kind, severity, user, time, details, resolves } = event;
  const by = user === '' ? '' : ` by ${user}`;
  const since = resolves === undefined || resolves.since === '' ? '' : ` It was open since ${resolves.since}.`;
  const again = resolves?.again === undefined ? '' : ' It was opened again after that.';
  const head = `${EVENT_KINDS[kind].one}: ${nameOf(event)} (${severity})${by}, ${time}.${since}${again}`;
  return [visibleText(head), ...details.map(detail => `  ${visibleText(detail)}`)];
}

/** The text as it is written for a receiver, cut short before that, so that it takes at most `limit` UTF-16 units then. */
export function fitted(text: string, limit: number, written: (text: string) => string): string {
  let kept = cutText(text, limit);
  while (written(kept).length > limit) kept = cutText(kept, Math.floor(kept.length * 0.9));
  return written(kept);
}

/** What a text may hold, inclusive. */
export interface TextLimits {
  /** UTF-16 units of one event, and of all together, as they are written. */
  readonly event: number;
  readonly all: number;
  readonly events: number;
}

/** A text for each event as far as there is room, and a last one that counts the others. `written`: how a receiver writes a text. */
export function paragraphsOf(
  { events, more }: Message,
  limits: TextLimits,
  written: (text: string) => string,
): readonly string[] {
  const texts: string[] = [];
  // The last one has room in any case.
  let left = limits.all - 64;
  for (const event of events.slice(0, limits.events)) {
    const text = fitted(eventLines(event).join('\n'), limits.event, written);
    if (text.length > left) break;
    left -= text.length;
    texts.push(text);
  }
  const others = events.length - texts.length + more;
  return others === 0 ? texts : [...texts, `And ${others} more: the record has them.`];
}
