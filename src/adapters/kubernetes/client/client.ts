import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pause, type Time } from '../../../app/time.ts';
import { GateError, messageOf } from '../../../errors.ts';
import { linkedAbort } from '../../system/time.ts';
import { createAgents } from './agents.ts';
import type { Connection } from './connection.ts';
import type { Identity } from './credentials.ts';
import { type ApiPath, pathOf } from './paths.ts';

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: ApiPath;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Absent: application/json. */
  readonly accept?: string;
  /** Of the body. Absent: application/json. */
  readonly contentType?: string;
  /** Milliseconds until the whole answer must be there (of a stream: its beginning). Absent: {@link DEADLINE_MS}. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** What the API server said. */
export interface ApiAnswer {
  readonly status: number;
  /** `Retry-After` in milliseconds; `undefined` where there is none that counts seconds. */
  readonly retryAfterMs: number | undefined;
  /** The JSON of the answer; `undefined` where it has none. */
  readonly body: unknown;
}

/** An answer that goes on: `chunks` for a success, the whole `body` otherwise. */
export type Stream =
  | { readonly ok: true; readonly chunks: AsyncIterable<Buffer> }
  | { readonly ok: false; readonly answer: ApiAnswer };

/** Speaks to one API server. Both reject with a GateError where there is no answer, never for a status. */
export interface Client {
  request(request: ApiRequest): Promise<ApiAnswer>;
  /** The connection ends when the iteration of the chunks ends, and when the request's signal aborts. */
  stream(request: ApiRequest): Promise<Stream>;
  /** Ends all connections. */
  close(): void;
}

/** Milliseconds until an answer is overdue. A page of 500 big objects takes a busy API server seconds. */
const DEADLINE_MS = 30_000;
/** UTF-16 units of an answer. A page of 500 objects is a few MiB; etcd keeps no object over 1.5 MiB. */
const MAX_ANSWER_LENGTH = 256 * 1024 * 1024;
/** Milliseconds of silence before the kernel asks whether the other end is still there; ten unanswered questions later the socket fails. */
const TCP_KEEP_ALIVE_MS = 10_000;
/** A Retry-After beyond this is not waited for: a lying server must not switch us off. */
const MAX_RETRY_AFTER_MS = 60_000;

const unreachable = (message: string, cause?: unknown): GateError =>
  new GateError('unreachable-cluster', message, { cause });

function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const value = headers['retry-after'] ?? '';
  return /^\d{1,9}$/.test(value) ? Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS) : undefined;
}

async function readBody(response: IncomingMessage): Promise<unknown> {
  const parts: string[] = [];
  let length = 0;
  response.setEncoding('utf8');
  for await (const part of response as AsyncIterable<string>) {
    length += part.length;
    if (length > MAX_ANSWER_LENGTH) throw unreachable('the answer is too long');
    parts.push(part);
  }
  if (!(response.headers['content-type'] ?? '').includes('json')) return undefined;
  return JSON.parse(parts.join(''));
}

async function readAnswer(response: IncomingMessage): Promise<ApiAnswer> {
  return { status: response.statusCode ?? 0, retryAfterMs: retryAfterOf(response), body: await readBody(response) };
}

interface Sending {
  readonly server: URL;
  readonly identity: Identity;
}

/** Marks an error of a kept connection that the server closed as the request was written: nothing was done, a GET may be sent again. */
const wasReused = new WeakSet<Error>();

function send({ server, identity }: Sending, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = (server.protocol === 'https:' ? httpsRequest : httpRequest)({
    agent: identity.agent,
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port,
    path: `${server.pathname.replace(/\/$/, '')}${pathOf(request.path, request.query)}`,
    method: request.method,
    headers: {
      accept: request.accept ?? 'application/json',
      ...identity.headers,
      ...(payload !== undefined && {
        'content-type': request.contentType ?? 'application/json',
        'content-length': Buffer.byteLength(payload),
      }),
    },
  });
  const abort = (): void => {
    sent.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  sent.setSocketKeepAlive(true, TCP_KEEP_ALIVE_MS);
  sent.on('response', resolve);
  sent.on('error', error => {
    if (sent.reusedSocket && !signal.aborted) wasReused.add(error);
    reject(error);
  });
  sent.on('close', () => signal.removeEventListener('abort', abort));
  sent.end(payload);
  return promise;
}

/** A client over kept connections. A 401 makes it read the credentials again and ask once more. */
export function createClient(connection: Connection, time: Time): Client {
  const agents = createAgents();
  const sendOnce = async (request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> => {
    const identity = await connection.credentials.current();
    agents.use(identity.agent);
    return send({ server: connection.server, identity }, request, signal);
  };
  const sendFresh = async (request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> => {
    try {
      return await sendOnce(request, signal);
    } catch (error) {
      if (request.method !== 'GET' || !(error instanceof Error) || !wasReused.has(error)) throw error;
      return sendOnce(request, signal);
    }
  };
  const answerTo = async (request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> => {
    const response = await sendFresh(request, signal);
    if (response.statusCode !== 401) return response;
    response.resume();
    connection.credentials.renew();
    return sendOnce(request, signal);
  };
  /** Runs the work under the deadline and the caller's signal. `end` stops both from having any effect. */
  const guarded = async <Value>(
    request: ApiRequest,
    work: (
      signal: AbortSignal,
      stopDeadline: () => void,
    ) => Promise<{ readonly value: Value; readonly goesOn: boolean }>,
  ): Promise<{ readonly value: Value; readonly end: () => void }> => {
    const { controller, release } = linkedAbort(request.signal);
    const what = `${request.method} ${request.path.join('/')}`;
    const stopDeadline = time.after(request.deadlineMs ?? DEADLINE_MS, () =>
      controller.abort(unreachable(`no answer in time: ${what}`)),
    );
    const end = (): void => {
      stopDeadline();
      release();
    };
    try {
      const { value, goesOn } = await work(controller.signal, stopDeadline);
      if (!goesOn) end();
      return { value, end };
    } catch (error) {
      end();
      if (error instanceof GateError) throw error;
      throw unreachable(`${what}: ${messageOf(error)}`, error);
    }
  };
  async function* chunksOf(response: IncomingMessage, end: () => void): AsyncGenerator<Buffer> {
    try {
      yield* response as AsyncIterable<Buffer>;
    } finally {
      end();
      response.destroy();
    }
  }
  return {
    request: async request => {
      const { value } = await guarded(request, async signal => ({
        value: await readAnswer(await answerTo(request, signal)),
        goesOn: false,
      }));
      return value;
    },
    stream: async request => {
      const { value, end } = await guarded<ApiAnswer | IncomingMessage>(request, async (signal, stopDeadline) => {
        const response = await answerTo(request, signal);
        if (response.statusCode !== 200) return { value: await readAnswer(response), goesOn: false };
        stopDeadline();
        return { value: response, goesOn: true };
      });
      return 'retryAfterMs' in value ? { ok: false, answer: value } : { ok: true, chunks: chunksOf(value, end) };
    },
    close: agents.close,
  };
}

/** Attempts of one request that the API server asks to send again later. */
const MAX_ATTEMPTS = 4;

/** Sends a request again as the API server asks for with 429 or 503 and `Retry-After`, within the request's deadline. */
export async function requestPatiently(client: Client, time: Time, request: ApiRequest): Promise<ApiAnswer> {
  const endMs = time.nowMs() + (request.deadlineMs ?? DEADLINE_MS);
  const never = new AbortController().signal;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.request({ ...request, deadlineMs: Math.max(1, endMs - time.nowMs()) });
    const { status, retryAfterMs } = answer;
    const isAsked = (status === 429 || status === 503) && retryAfterMs !== undefined;
    if (!isAsked || attempt === MAX_ATTEMPTS || time.nowMs() + retryAfterMs >= endMs) return answer;
    await pause(time, retryAfterMs, request.signal ?? never);
  }
}
