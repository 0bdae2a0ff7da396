import type { ServerResponse } from 'node:http';
import type { Time } from '../../src/app/time.ts';
import type { Fault } from './fake-api-server.ts';
import { type Collection, type FakeEvent, type FakeStore, isChosen } from './fake-api-store.ts';

export interface FakeWatch {
  readonly store: FakeStore;
  readonly time: Time;
  readonly served: Collection;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
  /** Every watch that sends bookmarks when it is told to. */
  readonly bookmarks: Set<() => void>;
}

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** Writes events as the fault would have them. `broken`: the connection is to break now. */
function createSpeaker(response: ServerResponse, fault: Fault | undefined, broken: () => void) {
  let held = '';
  let count = 0;
  const first = (text: string): void => {
    if (fault === 'half-line') {
      broken();
      response.write(text.slice(0, text.length / 2), () => response.destroy());
    } else if (fault === 'malformed') response.write(`${text.slice(0, -9)}\n`);
    else if (fault !== 'swallow') later(text);
  };
  const later = (text: string): void => {
    if (fault === 'swap') {
      if (held !== '') response.write(`${text}${held}`);
      held = held === '' ? text : '';
    } else if (fault !== 'mute') response.write(fault === 'duplicate' ? `${text}${text}` : text);
  };
  return {
    speak: (text: string): void => {
      count += 1;
      if (count === 1) first(text);
      else later(text);
    },
    isHolding: () => held !== '',
  };
}

/** What a watch says before anything else. */
const OPENINGS: ReadonlyMap<unknown, (version: string) => string> = new Map([
  ['garbage', () => '"nonsense"\n'],
  ['lie', () => line('BOOKMARK', { metadata: { resourceVersion: 'never-was' } })],
  ['skip', (version: string) => line('BOOKMARK', { metadata: { resourceVersion: version } })],
]);

/** Serves one watch, until its time is over or the connection ends. */
export function serveWatch({ store, time, served, query, response, fault, bookmarks }: FakeWatch): void {
  const from = store.versionOf(query.get('resourceVersion'));
  response.writeHead(from === undefined ? 400 : 200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const isTooOld = from !== undefined && (fault === 'gone' || store.isCompacted(from));
  if (isTooOld) response.write(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }));
  if (from === undefined || isTooOld || fault === 'close') {
    response.end(from === undefined ? '{"kind":"Status","code":400}' : undefined);
    return;
  }
  const stop = (): void => {
    cancel();
    served.watchers.delete(tell);
    bookmarks.delete(mark);
  };
  const speaker = createSpeaker(response, fault, stop);
  const tell = ({ type, object }: FakeEvent): void => {
    if (isChosen(object, query)) speaker.speak(line(type, object));
  };
  const mark = (): void => {
    if (fault === 'mute' || speaker.isHolding() || !query.has('allowWatchBookmarks')) return;
    response.write(line('BOOKMARK', { metadata: { resourceVersion: store.version() } }));
  };
  const end = (): void => {
    stop();
    response.end();
  };
  const timeoutMs = Number(query.get('timeoutSeconds') ?? 300) * 1000;
  const cancel = fault === 'mute' ? () => undefined : time.after(timeoutMs, end);
  response.on('close', stop);
  served.watchers.add(tell);
  bookmarks.add(mark);
  const opening = OPENINGS.get(fault);
  if (opening !== undefined) response.write(opening(store.version()));
  if (fault !== 'skip') for (const event of served.history.filter(({ version }) => version > from)) tell(event);
}
