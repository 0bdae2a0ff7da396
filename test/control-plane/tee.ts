import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { type Pair, serverPair } from './pki.ts';

/** The request of an AdmissionReview (admission.k8s.io/v1), as the API server sent it. */
interface AdmissionRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly userInfo: { readonly username: string; readonly groups?: readonly string[] };
  readonly dryRun?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, which tests look into
  readonly object: any;
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, which tests look into
  readonly oldObject: any;
}

/** One call that reached the webhook. */
export interface Call {
  readonly path: string;
  /** `timeout=5s`. */
  readonly query: string;
  /** The body, byte for byte. */
  readonly body: string;
  /** The body, parsed. */
  readonly review: { readonly request: AdmissionRequest };
}

/** What the webhook answers: fields of the AdmissionResponse beside the uid, or an HTTP status of its own. */
export type Reply =
  | {
      readonly allowed: boolean;
      readonly status?: unknown;
      readonly patch?: readonly unknown[];
      readonly warnings?: readonly string[];
    }
  | { readonly http: number; readonly headers?: Readonly<Record<string, string>> };

/** Where a webhook listens and what it answers. */
export interface TeeOptions {
  /** 127.0.0.1 where absent. */
  readonly address?: string;
  /** A free one where absent. */
  readonly port?: number;
  /** Of the serving certificate, beside the address. */
  readonly names?: readonly string[];
  /** Allows everything where absent. */
  readonly reply?: (call: Call) => Reply;
}

/** A webhook that allows everything, unless told otherwise, and keeps what it was sent. */
export interface Tee {
  readonly url: (path: string) => string;
  /** In the order of arrival. */
  readonly calls: readonly Call[];
  /** Forgets the calls so far. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function responseTo(uid: string, reply: Exclude<Reply, { http: number }>): string {
  const { patch, ...rest } = reply;
  const patched = patch && { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  const response = { uid, ...rest, ...patched };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}

/** Starts the webhook with a certificate of the authority. */
export async function startTee(authority: Pair, options: TeeOptions = {}): Promise<Tee> {
  const { address = '127.0.0.1', names = [], reply = (): Reply => ({ allowed: true }) } = options;
  const calls: Call[] = [];
  const server = createServer(serverPair(authority, [address, 'localhost', ...names]), async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'https://tee');
    const body = await bodyOf(request);
    const call: Call = { path: pathname, query: search.slice(1), body, review: JSON.parse(body) };
    calls.push(call);
    const answer = reply(call);
    if ('http' in answer) {
      response.writeHead(answer.http, answer.headers).end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(responseTo(call.review.request.uid, answer));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, address, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: path => `https://${address}:${port}${path}`,
    calls,
    forget: () => void calls.splice(0),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
