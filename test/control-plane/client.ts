import { Agent, request as httpsRequest } from 'node:https';

/** What an API server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The JSON body as it came; text where it is no JSON, undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind, and fail where one is not as they say
  readonly body: any;
}

interface RequestOptions {
  /** Of a PATCH: `application/merge-patch+json` where nothing is said. */
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request; never throws for a status, only where there is no answer. */
export type Request = (method: string, path: string, body?: unknown, options?: RequestOptions) => Promise<Answer>;

/** How a caller proves who it is. */
export type Credentials = { readonly cert: string; readonly key: string } | { readonly token: string };

export interface Client {
  readonly request: Request;
  /** Ends the connections that are kept alive. */
  readonly close: () => void;
}

const TIMEOUT_MS = 30_000;

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A client of an API server on 127.0.0.1 that keeps its connections. */
export function createClient(server: { readonly port: number; readonly ca: string }, credentials: Credentials): Client {
  const token = 'token' in credentials ? credentials.token : undefined;
  const agent = new Agent({ keepAlive: true, ca: server.ca, ...('cert' in credentials ? credentials : {}) });
  const request: Request = (method, path, body, options = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const contentType =
        options.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
      const sent = httpsRequest(
        {
          agent,
          host: '127.0.0.1',
          port: server.port,
          method,
          path,
          timeout: options.timeoutMs ?? TIMEOUT_MS,
          headers: {
            accept: 'application/json',
            ...(token && { authorization: `Bearer ${token}` }),
            ...(payload && { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
            ...options.headers,
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(text) });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`no answer in time: ${method} ${path}`)));
      sent.on('error', reject);
      sent.end(payload);
    });
  return { request, close: () => agent.destroy() };
}

/** The answer, if its status is 2xx; an error that quotes the answer otherwise. */
export function expectOk(answer: Answer, what = 'request'): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Creates the object, or leaves what is there by that name. */
export async function ensure(request: Request, path: string, object: unknown): Promise<void> {
  const answer = await request('POST', path, object);
  if (answer.status !== 409) expectOk(answer, `POST ${path}`);
}
