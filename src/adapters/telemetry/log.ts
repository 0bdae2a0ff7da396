import pino, { type Logger } from 'pino';

export type { Logger };

/** Bytes that are gathered before a write, about eighty lines: a write per line would cost more than the judgement. */
const BUFFER_BYTES = 32 * 1024;
/** Bytes of the largest write. Must be above what is gathered. */
const MAX_WRITE_BYTES = 64 * 1024;
/** Milliseconds after which gathered lines are written anyway. */
const FLUSH_MS = 1000;

/** pino's number for the level `info`. */
const INFO = 30;

export interface Log {
  readonly logger: Logger;
  /**
   * Writes the line that `logger.info(fields, message)` writes, of fields that are plain data. pino looks at each field by itself, which
   * takes five times as long as this; there is such a line for every review.
   */
  info(fields: object, message: string): void;
  /** Resolves once the destination is open; lines before that are kept. */
  readonly ready: Promise<void>;
  /** Writes what is gathered, at once. */
  flush(): void;
  /** Flushes, and stops the regular flushing. */
  close(): void;
}

/** The time as ISO 8601, worked out once a millisecond: at thousands of lines in a second it is most of what a line costs. */
function createTimestamp(): () => string {
  let knownMs = 0;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== knownMs) {
      knownMs = nowMs;
      text = new Date(nowMs).toISOString();
    }
    return text;
  };
}

/** JSON lines to a file descriptor (2: stderr), or to a file by its path. Lines are buffered, and written at least every second. */
export function createLog(destination: number | string, level = 'info'): Log {
  const stream = pino.destination({
    dest: destination,
    sync: false,
    minLength: BUFFER_BYTES,
    maxWrite: MAX_WRITE_BYTES,
  });
  // Without a listener, a closed stderr (`| head`) would end the process.
  stream.on('error', () => undefined);
  const ready = new Promise<void>(resolve => stream.once('ready', resolve));
  const timestamp = createTimestamp();
  const logger = pino({ level, base: null, timestamp: () => `,"time":"${timestamp()}"` }, stream);
  const isInfoWritten = logger.isLevelEnabled('info');
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // Not opened yet, or closed by the reader: there is nobody left to tell.
    }
  };
  const timer = setInterval(() => stream.flush(), FLUSH_MS);
  timer.unref();
  return {
    logger,
    info: (fields, message) => {
      if (isInfoWritten)
        stream.write(`${JSON.stringify({ level: INFO, time: timestamp(), ...fields, msg: message })}\n`);
    },
    ready,
    flush,
    close: () => {
      clearInterval(timer);
      flush();
    },
  };
}
