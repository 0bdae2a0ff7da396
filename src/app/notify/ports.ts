import type { NotifyEvent, Severity } from './event.ts';

/** What is known of something that was told, or is so. */
export interface Remembered {
  /** RFC 3339: since when. */
  readonly since: string;
  readonly severity: Severity;
  /** Ids of rules. */
  readonly rules: readonly string[];
  /** Key of what keeps the same from being told again. Absent: nothing does. */
  readonly once?: string;
}

/** What is kept between lines. Times are in milliseconds since 1970. */
export interface Memory {
  /** `undefined`: it is not known, or not any more. */
  get(key: string, nowMs: number): Remembered | undefined;
  set(key: string, value: Remembered, untilMs: number): void;
  delete(key: string): void;
}

/** An event on its way to one receiver, by one rule. */
export interface Entry {
  readonly rule: string;
  readonly receiver: string;
  /** Events of the same rule, receiver and group become one message. */
  readonly group: string;
  /** When the message goes at the latest, in milliseconds since 1970. */
  readonly dueMs: number;
  /** What a message has no room for is counted, else it becomes the next message. */
  readonly isCounted: boolean;
  readonly event: NotifyEvent;
}

/** What one receiver is told at once. */
export interface Message {
  /** The same however often it is sent. */
  readonly id: string;
  readonly rule: string;
  readonly receiver: string;
  /** In milliseconds since 1970. */
  readonly createdMs: number;
  /** At least one, at most {@link MOST_EVENTS}, in the order of the record. */
  readonly events: readonly NotifyEvent[];
  /** Events that it has no room for. */
  readonly more: number;
}

/** Events of one message. */
export const MOST_EVENTS = 100;

/** A message that waits. */
export interface Waiting {
  readonly message: Message;
  /** Times that it was tried in vain. */
  readonly attempts: number;
}

/** A message that is given up. */
export interface DeadLetter {
  readonly message: Message;
  readonly attempts: number;
  /** When it was given up, in milliseconds since 1970. */
  readonly atMs: number;
  /** What went wrong the last time. */
  readonly reason: string;
}

/** What waits to be told, kept over the end of this process. */
export interface NotifyQueue extends Memory {
  /** Does all of it or, where it throws, nothing. */
  atomically(work: () => void): void;
  /** Number of the last line that was read of a chain; 0: none. */
  lastSeq(writer: string): number;
  setLastSeq(writer: string, seq: number): void;
  /** Adds to the message that is being gathered, or begins one. */
  add(entry: Entry): void;
  /** Closes what is due: it waits to be sent then. */
  release(nowMs: number): void;
  /** Closes what is gathered, due or not. */
  releaseAll(nowMs: number): void;
  /** The next message to try; `undefined`: none that is due. */
  next(receiver: string, nowMs: number): Waiting | undefined;
  /** Makes all that wait for a receiver due. */
  retryNow(receiver: string, nowMs: number): void;
  /** It was taken. What it overtook, about the same servers, is not told any more as if it were so. */
  sent(message: Message): void;
  /** It is tried again, not before. */
  failed(id: string, againMs: number): void;
  /** It is not tried again. */
  giveUp(id: string, atMs: number, reason: string): void;
  /** Gives up what waits, or is gathered, for others than these receivers. */
  keepOnly(receivers: readonly string[], nowMs: number): void;
  /** Messages that wait. */
  length(receiver: string): number;
  /** Messages that were given up, the last ones, of all receivers. */
  dead(): readonly DeadLetter[];
  /** Has all of those wait again, as if they had just been made. */
  revive(nowMs: number): void;
  close(): void;
}

/** Whom messages are sent to. */
export interface Receiver {
  /** Resolves to what the other side said. Rejects with a {@link SendError} where it did not take the message. */
  send(message: Message, nowMs: number): Promise<string>;
}

/** Why a message was not taken. */
export class SendError extends Error {
  /** It will not be taken the next time either. */
  readonly isFinal: boolean;
  /** How long it asks to be left alone, in milliseconds; absent: it does not. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, isFinal = false, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SendError';
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is told of messages; must never throw and never wait. */
export interface NotifyTelemetry {
  sent(receiver: string): void;
  failed(receiver: string, error: unknown, delayMs: number): void;
  dead(receiver: string, id: string, error: unknown): void;
  bug(error: unknown): void;
}
