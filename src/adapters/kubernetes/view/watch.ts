import { type Fields, own } from '../../../core/kube/reading.ts';
import type { ApiAnswer, Client } from '../client/client.ts';
import { jsonLines } from '../client/json-lines.ts';
import { collectionPath, type Resource, selectionOf } from '../client/paths.ts';
import { type ObjectVersion, objectVersionOf } from './object-store.ts';

/** What a watch says. */
export type WatchLine =
  | { readonly kind: 'put' | 'remove'; readonly raw: Fields; readonly version: ObjectVersion }
  /** Nothing changed up to this resourceVersion. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** Why a watch is over, and what must follow. */
export type WatchEnd =
  /** The server closed it in good order: watch on. */
  | { readonly kind: 'closed' }
  /** Watch again from where it was. */
  | {
      readonly kind: 'again';
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
      /** What is counted beside the failure. */
      readonly count?: 'malformed' | 'behind';
    }
  /** What happened since is not to be had any more: list again. */
  | { readonly kind: 'relist'; readonly reason: string; readonly retryAfterMs?: number | undefined };

const KINDS: ReadonlyMap<unknown, 'put' | 'remove'> = new Map([
  ['ADDED', 'put'],
  ['MODIFIED', 'put'],
  ['DELETED', 'remove'],
]);

type ReadLine = WatchLine | { readonly kind: 'error'; readonly code: number } | { readonly kind: 'malformed' };

function readLine(line: Fields): ReadLine {
  const type = own(line, 'type');
  const object = own(line, 'object');
  if (typeof object !== 'object' || object === null) return { kind: 'malformed' };
  const raw = object as Fields;
  if (type === 'ERROR') return { kind: 'error', code: Number(own(raw, 'code') ?? 0) };
  if (type === 'BOOKMARK') {
    const metadata = own(raw, 'metadata');
    const version = typeof metadata === 'object' && metadata !== null && own(metadata as Fields, 'resourceVersion');
    return typeof version === 'string' && version !== ''
      ? { kind: 'bookmark', resourceVersion: version }
      : { kind: 'malformed' };
  }
  const kind = KINDS.get(type);
  const version = objectVersionOf(raw);
  return kind === undefined || version === undefined ? { kind: 'malformed' } : { kind, raw, version };
}

/** What an answer that is no watch means. 403 and 401 are asked again: the list, which follows, says the same. */
function refused({ status, retryAfterMs }: ApiAnswer): WatchEnd {
  const isTransient = status === 401 || status === 403 || status === 429 || status >= 500;
  return { kind: isTransient ? 'again' : 'relist', reason: `watch: ${status}`, retryAfterMs };
}

/** One connection of a watch, until it ends. Rejects with a GateError where the connection breaks or the signal aborts. */
export async function watchOnce(options: {
  readonly client: Client;
  readonly resource: Resource;
  readonly resourceVersion: string;
  /** Seconds after which the server shall close the watch. */
  readonly timeoutSeconds: number;
  readonly bookmarks: boolean;
  readonly signal: AbortSignal;
  readonly onLine: (line: WatchLine) => void;
}): Promise<WatchEnd> {
  const { client, resource, resourceVersion, timeoutSeconds, bookmarks, signal, onLine } = options;
  const stream = await client.stream({
    method: 'GET',
    path: collectionPath(resource),
    query: {
      ...selectionOf(resource),
      watch: 'true',
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
      ...(bookmarks && { allowWatchBookmarks: 'true' }),
    },
    signal,
  });
  if (!stream.ok) return refused(stream.answer);
  for await (const line of jsonLines(stream.chunks)) {
    if (signal.aborted) break;
    const read: ReadLine = line.kind === 'object' ? readLine(line.fields) : line;
    if (read.kind === 'malformed') return { kind: 'again', reason: 'malformed line', count: 'malformed' };
    if (read.kind === 'error') return { kind: 'relist', reason: `watch: ERROR event, ${read.code}` };
    onLine(read);
  }
  return { kind: 'closed' };
}
