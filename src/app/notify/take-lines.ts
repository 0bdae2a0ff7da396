import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { NotifyRule } from './config.ts';
import { type RuleSeverity, readLineEvents } from './line-events.ts';
import { newsOf, planEvent } from './plan.ts';
import type { NotifyQueue } from './ports.ts';

export interface TakingOptions {
  readonly queue: NotifyQueue;
  readonly rules: readonly NotifyRule[];
  readonly severity: RuleSeverity;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a line was not read before, by its number in its chain; it has been now. A line without a place in a chain is none of a record. */
function isNew(line: Fields, queue: NotifyQueue): boolean {
  const [writer, seq] = [own(line, 'writer'), own(line, 'seq')];
  if (typeof writer !== 'string' || typeof seq !== 'number' || seq <= queue.lastSeq(writer)) return false;
  queue.setLastSeq(writer, seq);
  return true;
}

/** Puts what one line tells into the queue. */
function takeLine(line: Fields, { queue, rules, severity }: TakingOptions, now: number): void {
  for (const event of readLineEvents(line, severity)) {
    const news = newsOf(event, queue, now);
    if (news !== undefined) for (const entry of planEvent(news, rules, queue, now)) queue.add(entry);
  }
}

/** Whether a line tells an event, by itself: whether that is news, the queue knows. */
export function tellsEvents(text: string, severity: RuleSeverity): boolean {
  const line = parsed(text);
  return line !== undefined && readLineEvents(line, severity).length > 0;
}

/** Puts what lines of the record tell into the queue: all of it or, where it throws, nothing. A line that comes again tells nothing. */
export function takeLines(lines: readonly string[], options: TakingOptions): void {
  const { queue, nowMs } = options;
  queue.atomically(() => {
    for (const text of lines) {
      const line = parsed(text);
      if (line !== undefined && isNew(line, queue)) takeLine(line, options, nowMs());
    }
  });
}
