import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { excessOf } from './json-extent.ts';

/** A body that is not taken, with the HTTP status that says why. */
export class BodyRefused extends Error {
  readonly statusCode: 400 | 413 | 503;

  constructor(statusCode: 400 | 413 | 503, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export interface BodyLimits {
  /** Largest body, in bytes, inclusive. */
  readonly maxBytes: number;
  /** Most bytes of bodies that may be held while they arrive, over all requests; the first `freeBytes` of each are beside it. */
  readonly maxBytesInFlight: number;
  /** Bytes of each body that are never counted: who sends little is not shut out by who sends much. */
  readonly freeBytes: number;
}

/** Takes the JSON value, or why there is none. Called once. */
type BodyTaker = (error: BodyRefused | null, value?: unknown) => void;

/** Reads JSON bodies within limits that all of its requests share. */
export interface BodyReader {
  read(payload: IncomingMessage, take: BodyTaker): void;
}

/** Bytes of a body after which others are answered before its value is taken: they take some 30 ms to parse. */
const BYTES_OF_A_TURN = 256 * 1024;

const tooMany = (): BodyRefused => new BodyRefused(503, 'too many bytes in flight: try again');
const cutShort = (): BodyRefused => new BodyRefused(400, 'the body ended before its end');

/** The JSON value of a whole body. Throws a BodyRefused. */
export function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new BodyRefused(400, 'the body is empty');
  if (!isUtf8(bytes)) throw new BodyRefused(400, 'the body is not UTF-8');
  const excess = excessOf(bytes);
  if (excess !== undefined) throw new BodyRefused(413, excess);
  try {
    // JSON.parse makes `__proto__` an own key, which is data; nothing here ever merges objects.
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new BodyRefused(400, `the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
}

/** A body on its way. */
class ArrivingBody {
  readonly #chunks: Buffer[] = [];
  readonly #take: BodyTaker;
  readonly #read: (bytes: Buffer) => unknown;
  #received = 0;
  #isDone = false;

  constructor(take: BodyTaker, read: (bytes: Buffer) => unknown) {
    this.#take = take;
    this.#read = read;
  }

  get received(): number {
    return this.#received;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  add(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#chunks.push(chunk);
  }

  refuse(error: BodyRefused): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#chunks.length = 0;
    this.#take(error);
  }

  end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    let value: unknown;
    try {
      const [only] = this.#chunks;
      value = this.#read(this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#received));
    } catch (error) {
      if (!(error instanceof BodyRefused)) throw error;
      this.#take(error);
      return;
    }
    // What is read of its value takes as long again.
    if (this.#received > BYTES_OF_A_TURN) setImmediate(() => this.#take(null, value));
    else this.#take(null, value);
  }
}

/**
 * A reader of bodies within these limits. Where the budget is spent, the body that has been on its way for the longest is given up: an API server
 * sends 8 MiB in a few milliseconds, so that who holds back the end of his makes room for others, and not they for him. `readValue`: what is made of a
 * whole body, which may throw a BodyRefused; absent: its JSON value.
 */
export function createBodyReader(
  { maxBytes, maxBytesInFlight, freeBytes }: BodyLimits,
  readValue: (bytes: Buffer) => unknown = parseBody,
): BodyReader {
  /** Bytes of each body that count, by the time at which it began. */
  const counted = new Map<ArrivingBody, number>();
  let inFlight = 0;
  const tooLarge = (): BodyRefused => new BodyRefused(413, `the body is larger than ${maxBytes} bytes`);

  const count = (body: ArrivingBody, bytes: number): void => {
    inFlight += bytes - (counted.get(body) ?? 0);
    counted.set(body, bytes);
  };
  const release = (body: ArrivingBody): void => {
    inFlight -= counted.get(body) ?? 0;
    counted.delete(body);
  };
  const makeRoom = (): void => {
    for (const [body, bytes] of counted) {
      if (inFlight <= maxBytesInFlight) return;
      if (bytes === 0) continue;
      release(body);
      body.refuse(tooMany());
    }
  };

  const read = (payload: IncomingMessage, take: BodyTaker): void => {
    if (Number(payload.headers['content-length'] ?? 0) > maxBytes) {
      take(tooLarge());
      return;
    }
    const body = new ArrivingBody(take, readValue);
    // A stream closes after its end too: an error is made only where there is one, since it takes down the stack.
    const finish = (end: () => void): void => {
      if (body.isDone) return;
      release(body);
      end();
    };
    count(body, 0);
    payload.on('data', (chunk: Buffer) => {
      if (body.isDone) return;
      body.add(chunk);
      if (body.received > maxBytes) {
        finish(() => body.refuse(tooLarge()));
        return;
      }
      count(body, Math.max(0, body.received - freeBytes));
      makeRoom();
    });
    payload.on('end', () => finish(() => body.end()));
    payload.on('error', () => finish(() => body.refuse(cutShort())));
    payload.on('close', () => finish(() => body.refuse(cutShort())));
  };
  return { read };
}
