import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

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
  /** Most bytes of bodies that may be held while they arrive, over all requests. */
  readonly maxBytesInFlight: number;
}

/** Takes the JSON value, or why there is none. Called once. */
export type BodyTaker = (error: BodyRefused | null, value?: unknown) => void;

function parse(bytes: Buffer, take: BodyTaker): void {
  let value: unknown;
  let trouble = '';
  if (bytes.length === 0) trouble = 'the body is empty';
  else if (!isUtf8(bytes)) trouble = 'the body is not UTF-8';
  else {
    try {
      // JSON.parse makes `__proto__` an own key, which is data; nothing here ever merges objects.
      value = JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      trouble = `the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`;
    }
  }
  take(trouble === '' ? null : new BodyRefused(400, trouble), value);
}

const tooMany = (): BodyRefused => new BodyRefused(503, 'too many bytes in flight: try again');
const cutShort = (): BodyRefused => new BodyRefused(400, 'the body ended before its end');

/** Reads JSON bodies within limits that all of its requests share. Half a body, and one that the client breaks off, are refused. */
export function createBodyReader({ maxBytes, maxBytesInFlight }: BodyLimits): {
  read(payload: IncomingMessage, take: BodyTaker): void;
  bytesInFlight(): number;
} {
  let inFlight = 0;
  const read = (payload: IncomingMessage, take: BodyTaker): void => {
    const announced = Number(payload.headers['content-length'] ?? 0);
    const tooLarge = (): BodyRefused => new BodyRefused(413, `the body is larger than ${maxBytes} bytes`);
    if (announced > maxBytes) {
      take(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let received = 0;
    let isDone = false;
    const finish = (refuse?: () => BodyRefused): void => {
      if (isDone) return;
      isDone = true;
      inFlight -= received;
      const [only] = chunks;
      if (refuse) take(refuse());
      else parse(chunks.length === 1 && only ? only : Buffer.concat(chunks, received), take);
    };
    payload.on('data', (chunk: Buffer) => {
      if (isDone) return;
      received += chunk.length;
      inFlight += chunk.length;
      chunks.push(chunk);
      if (received > maxBytes) finish(tooLarge);
      else if (inFlight > maxBytesInFlight) finish(tooMany);
    });
    payload.on('end', () => finish());
    payload.on('error', () => finish(cutShort));
    payload.on('close', () => finish(cutShort));
  };
  return { read, bytesInFlight: () => inFlight };
}
