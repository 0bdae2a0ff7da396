import { existsSync, readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { type HandedLines, readHandedLines } from '../../app/notify/handed-lines.ts';
import type { WebhookPod } from '../../app/webhook-pods.ts';
import type { Asked, Cursor } from '../../app/witness/coverage.ts';
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
/** Characters that are read of an answer: 8,192 entries are some 2,000,000, and a MiB of lines is escaped once more. */
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

/** A Pod answered, with this status. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Neither a webhook without what is asked for nor one that does not know us says which of both it is. */
const UNKNOWN = 'it keeps no record, or does not know this controller';

function recordedIn({ status, text }: Answer): Asked {
  if (status === 404) return { kind: 'failed', reason: UNKNOWN };
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

function get(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_LENGTH) sent.destroy(new Error('its answer is too long'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Asks a Pod of the webhook by our token, where its certificate is good. */
async function ask(
  { tokenFile, caFiles, serverName }: RecordedSource,
  { address, port }: WebhookPod,
  path: string,
  ending: AbortSignal,
): Promise<Answer> {
  const ca = caFiles
    .filter(file => existsSync(file))
    .map(file => readFileSync(file, 'utf8'))
    .join('\n');
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  if (ca.trim() === '') throw new Error(`no certificate in ${caFiles.join(', ')}`);
  const signal = AbortSignal.any([ending, AbortSignal.timeout(DEADLINE_MS)]);
  const connection = { host: address, port, servername: serverName, ca, agent: false } as const;
  return get({ ...connection, path, headers: { authorization, host: serverName }, signal });
}

/** Asks a Pod for what it has put on record after a position. Never rejects. */
export async function readRecorded(
  source: RecordedSource,
  pod: WebhookPod,
  { instance, position }: Cursor,
  term: AbortSignal,
): Promise<Asked> {
  try {
    const query = new URLSearchParams({ instance, position: String(position) });
    return recordedIn(await ask(source, pod, `/recorded?${query}`, term));
  } catch (error) {
    return failureOf(error);
  }
}

/** Asks a Pod for lines of its record, after those of a mark. Rejects where it hands none over. */
export async function readLines(
  source: RecordedSource,
  pod: WebhookPod,
  mark: string,
  term: AbortSignal,
): Promise<HandedLines> {
  const { status, text } = await ask(source, pod, `/recorded/lines?${new URLSearchParams({ mark })}`, term);
  if (status === 404) throw new Error(`${UNKNOWN}, or has no recorder that notifies`);
  const lines = status === 200 ? readHandedLines(JSON.parse(text)) : undefined;
  if (lines === undefined) throw new Error(`it answers ${status}`);
  return lines;
}
