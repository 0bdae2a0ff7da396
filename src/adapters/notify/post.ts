import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import { SendError } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';
import { messageOf } from '../../errors.ts';
import { type Lookup, type ResolvedAddress, resolveHost } from './resolve.ts';

/** Milliseconds from the connection to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** Bytes of an answer that are read, and characters that are told of it. */
const MOST_BYTES = 16 * 1024;
const MOST_TOLD = 200;

/** What will be answered the next time too: this message is not understood, is too large, or the receiver is gone for good. */
const FINAL: ReadonlySet<number> = new Set([400, 410, 413, 414, 415, 422]);

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limits: AddressLimits;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Absent: the system's. */
  readonly lookup?: Lookup;
  /** Milliseconds that it may take. Absent: 15,000. */
  readonly timeoutMs?: number;
}

/** Milliseconds of a `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. `undefined` where there is none that can be read. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // Date.parse takes -1 for a year.
  const date = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Answers every question with the addresses that were found once. */
export const pinned =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_host, options, answer) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };

/** The beginning of an answer; what is longer is cut off, with the connection. */
function readAnswer(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(Buffer.concat(pieces).subarray(0, MOST_BYTES).toString());
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > MOST_BYTES) {
        end();
        response.destroy();
      }
    });
    response.on('end', end);
    response.on('error', reject);
    response.on('close', () => reject(new Error('the connection was closed before the end of the answer')));
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

function exchange(url: URL, options: RequestOptions, body: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestTls : requestPlain;
    const request = send(url, options, response => {
      readAnswer(response)
        .then(text => resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] }))
        .catch(reject)
        .finally(() => clearTimeout(timer));
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    request.on('error', error => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(body);
  });
}

/** What the other side said: its status and the beginning of the answer. */
const said = ({ status, text }: Answer): string => {
  const shown = cutText(visibleText(text.trim()), MOST_TOLD);
  return shown === '' ? `${status}` : `${status} ${shown}`;
};

/**
 * Posts a body and resolves to what was answered, if that is 2xx. The name is resolved once, and the connection goes to what was found; no redirect is
 * followed, and no proxy asked. Rejects with a SendError, which names the host alone: the rest of the address may be a secret.
 */
export async function post(options: PostOptions): Promise<string> {
  const { url, headers, body, limits, nowMs, lookup, timeoutMs = TIMEOUT_MS } = options;
  const addresses = await resolveHost(url.hostname, limits, lookup);
  const sent = { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'chokepoint' };
  let answer: Answer;
  try {
    answer = await exchange(
      url,
      { method: 'POST', headers: sent, agent: false, lookup: pinned(addresses) },
      body,
      timeoutMs,
    );
  } catch (cause) {
    throw new SendError(`${url.host}: ${messageOf(cause)}`, false, undefined, { cause });
  }
  if (answer.status >= 200 && answer.status < 300) return said(answer);
  const what = answer.status >= 300 && answer.status < 400 ? ', a redirect, which is not followed' : '';
  const asked = retryAfterMs(answer.retryAfter, nowMs);
  throw new SendError(`${url.host} answered ${said(answer)}${what}`, FINAL.has(answer.status), asked);
}
