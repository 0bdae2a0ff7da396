/** A place in a record: a number of its files, in the order in which they were written, and a byte in that file. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Whole lines of a record, one behind the other. */
export interface Batch {
  /** Each without its line feed; at least one. */
  readonly lines: readonly string[];
  readonly from: Position;
  /** Of what follows. */
  readonly to: Position;
}

/** Where lines are shipped to. */
export interface Sink {
  /** Resolves once the lines are safe there. Rejects where they may not be; they are sent again then. */
  send(batch: Batch): Promise<void>;
  /** Lines are gathered so long, in milliseconds, before they are sent though they are few. */
  readonly gatherMs: number;
  close(): Promise<void>;
}

/** A sink that asks for time: thrown by {@link Sink.send}. */
export class RetryAfter extends Error {
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.name = 'RetryAfter';
    this.delayMs = delayMs;
  }
}

/** The record, as a sink reads it. */
export interface RecordReader {
  /** The position of what a sink has to send next. */
  position(sink: string): Position;
  /** What follows a position; `undefined`: nothing yet. `isFull`: there is more than fits into a batch. */
  read(
    position: Position,
  ): { readonly batch: Batch; readonly isFull: boolean } | { readonly moved: Position } | undefined;
  /** Everything before the position is safe in the sink: kept over the end of this process. */
  commit(sink: string, position: Position): void;
}

export interface RecorderTelemetry {
  shipped(sink: string, lines: number): void;
  failed(sink: string, error: unknown, delayMs: number): void;
  /** Lines that were dropped before they could be shipped to the sink. */
  lost(sink: string, lines: number): void;
  bug(error: unknown): void;
}
