import { existsSync, readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import type { Asked, Cursor } from '../../app/witness/coverage.ts';
import type { WitnessPod } from '../../app/witness/keep.ts';
import type { Entry, Recorded } from '../../app/witness/ring.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { messageOf } from '../../errors.ts';

/** How Pods of the webhook are asked. */
export interface RecordedSource {
  /** File of the token that says who asks; read each time, as a kubelet renews it. */
  readonly tokenFile: string;
  /** Files of the authorities, PEM, of which one must have signed what the Pod serves: of those that are there; read each time. */
  readonly caFiles: readonly string[];
  /** Name that its certificate must be for: `chokepoint.NAMESPACE.svc`. */
  readonly serverName: string;
}

/** Milliseconds until a Pod must have told all of it. */
const DEADLINE_MS = 5_000;
/** Characters that are read of an answer: 8,192 entries are some 2,000,000. */
const MAX_LENGTH = 8_000_000;

const isText = (value: unknown): value is string => typeof value === 'string';

function entryOf(value: unknown): readonly Entry[] {
  if (!isFields(value)) return [];
  const [position, uid, marks] = ['position', 'uid', 'marks'].map(key => own(value, key));
  const isEntry = typeof position === 'number' && isText(uid) && Array.isArray(marks);
  return isEntry ? [{ position, uid, marks: marks.filter(isText) }] : [];
}

/** What a Pod told; `undefined`: it is something else. */
export function recordedOf(told: Fields): Recorded | undefined {
  const [instance, hasGap, entries, last] = ['instance', 'hasGap', 'entries', 'last'].map(key => own(told, key));
  const isRecorded = isText(instance) && Array.isArray(entries) && Number.isSafeInteger(last);
  if (!isRecorded || instance === '' || typeof last !== 'number') return undefined;
  return { instance, hasGap: hasGap !== false, entries: entries.flatMap(entryOf), last };
}

function answerOf(status: number | undefined, text: string): Asked {
  // Neither a webhook without a record nor one that does not know us says which of both it is.
  if (status === 404) return { kind: 'failed', reason: 'it keeps no record, or does not know this controller' };
  if (status !== 200) return { kind: 'failed', reason: `it answers ${status}` };
  try {
    const told: unknown = JSON.parse(text);
    const recorded = isFields(told) ? recordedOf(told) : undefined;
    return recorded ? { kind: 'told', recorded } : { kind: 'failed', reason: 'it answers something else' };
  } catch {
    return { kind: 'failed', reason: 'it answers something else' };
  }
}

const failureOf = (error: unknown): Asked => {
  const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  return isRefused ? { kind: 'refused' } : { kind: 'failed', reason: messageOf(error) };
};

function get(options: RequestOptions): Promise<Asked> {
  return new Promise(resolve => {
    const sent = request(options, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_LENGTH) sent.destroy(new Error('its answer is too long'));
      });
      response.on('end', () => resolve(answerOf(response.statusCode, text)));
      response.on('error', error => resolve(failureOf(error)));
    });
    sent.on('error', error => resolve(failureOf(error)));
    sent.end();
  });
}

/** Asks a Pod for what it has put on record after a position. Never rejects. */
export async function readRecorded(
  { tokenFile, caFiles, serverName }: RecordedSource,
  { address, port }: WitnessPod,
  { instance, position }: Cursor,
  term: AbortSignal,
): Promise<Asked> {
  try {
    const ca = caFiles
      .filter(file => existsSync(file))
      .map(file => readFileSync(file, 'utf8'))
      .join('\n');
    const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
    if (ca.trim() === '') return { kind: 'failed', reason: `no certificate in ${caFiles.join(', ')}` };
    const signal = AbortSignal.any([term, AbortSignal.timeout(DEADLINE_MS)]);
    const path = `/recorded?${new URLSearchParams({ instance, position: String(position) })}`;
    const connection = { host: address, port, servername: serverName, ca, agent: false } as const;
    return await get({ ...connection, path, headers: { authorization, host: serverName }, signal });
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
}
