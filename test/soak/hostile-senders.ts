import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { Random } from '../support/random.ts';
import { LARGEST } from './hostile-objects.ts';

/** Whoever reaches the webhook's own port without an API server. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
}

/** The review of a creation, as an API server would send it. */
export function reviewOf(object: Fields, namespace: string): object {
  const { kind, metadata } = Object(object);
  const [version = '', group = ''] = String(object.apiVersion).split('/').reverse();
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '7d9f6c1e-0000-4000-8000-000000000002',
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind}s`.toLowerCase().replace(/ys$/, 'ies') },
      name: metadata.name,
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'mallory', groups: ['system:authenticated'] },
      object: { ...object, metadata: { ...metadata, namespace } },
      dryRun: false,
    },
  };
}

export interface ReviewAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends a body, or all of it but its last byte, which is never sent: until `ms` have passed. */
export function send(target: Target, body: Buffer, { keepBack = 0, ms = 10_000 } = {}): Promise<ReviewAnswer> {
  return new Promise(resolve => {
    const sent = httpsRequest({
      ...target,
      servername: 'localhost',
      method: 'POST',
      path: '/validate?timeout=5s',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    const end = (answer: ReviewAnswer): void => {
      clearTimeout(timer);
      sent.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ status: 0, text: 'no answer in time' }), ms);
    sent.on('error', error => end({ status: 0, text: error.message }));
    sent.on('response', response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', error => end({ status: 0, text: error.message }));
      response.on('end', () => end({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.write(body.subarray(0, body.length - keepBack));
    if (keepBack === 0) sent.end();
  });
}

/** A connection that says nothing, for so long. */
function idle({ host, port, ca }: Target, ms: number): Promise<void> {
  return new Promise(resolve => {
    const socket = connectTls({ host, port, ca, servername: 'localhost' });
    const timer = setTimeout(() => socket.destroy(), ms);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const MOST_BYTES = 8 * 1024 * 1024 - 1;
const IDLE = 100;
const HOLDERS = 8;
/** Until the next round of each sender. */
const PAUSE_MS = 2000;
const HOLD_MS = 5000;

/** Starts them; `stop` resolves to the number of what each has sent. */
export function startHostileSenders(
  target: Target,
  random: Random,
): { readonly stop: () => Promise<ReadonlyMap<string, number>> } {
  let isStopped = false;
  const sent = new Map<string, number>();
  const again = async (what: string, count: number, round: () => Promise<unknown>): Promise<void> => {
    while (!isStopped) {
      await round();
      sent.set(what, (sent.get(what) ?? 0) + count);
      await sleep(PAUSE_MS);
    }
  };
  const held = Buffer.alloc(MOST_BYTES, ' ');
  const all = (count: number, make: () => Promise<unknown>): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, make));
  const running = [
    again('idle connections', IDLE, () => all(IDLE, () => idle(target, HOLD_MS))),
    again('bodies of 8 MiB - 1 without an end', HOLDERS, () =>
      all(HOLDERS, () => send(target, held, { keepBack: 1, ms: HOLD_MS })),
    ),
    again('reviews of 3 MB by themselves', 1, () => {
      const [, make] = random.pick(LARGEST);
      return send(target, Buffer.from(JSON.stringify(reviewOf(make(), 'nowhere'))));
    }),
  ];
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
      return sent;
    },
  };
}
