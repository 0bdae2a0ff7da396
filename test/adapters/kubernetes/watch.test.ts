import { expect, test } from 'vitest';
import { PODS } from '../../../src/adapters/kubernetes/client/kinds.ts';
import { watchOnce } from '../../../src/adapters/kubernetes/view/watch.ts';
import { answerOf, scriptedClient, streamOf } from '../../support/scripted-client.ts';

const EMPTY = answerOf({});
const meta = { uid: 'u', resourceVersion: '8', name: 'a', namespace: 'n' };
const event = (type: unknown, object: unknown): string => JSON.stringify({ type, object });
const bookmark = (metadata: unknown): string => event('BOOKMARK', { metadata });

/** What one connection of these lines says, and how it ends. */
async function watched(lines: readonly string[], signal = new AbortController().signal) {
  const said: string[] = [];
  const client = scriptedClient(
    () => EMPTY,
    request => streamOf(lines, request),
  );
  const end = await watchOnce({
    client,
    resource: PODS,
    resourceVersion: '7',
    timeoutSeconds: 1,
    bookmarks: true,
    signal,
    onLine: line =>
      said.push(`${line.kind} ${line.kind === 'bookmark' ? line.resourceVersion : line.version.resourceVersion}`),
  });
  return { said, end, query: client.requests[0]?.query };
}
const MALFORMED = { kind: 'again', reason: 'malformed line', count: 'malformed' };

test.each<readonly [string, string, readonly string[], unknown]>([
  ['an object that is new', event('ADDED', { metadata: meta }), ['put 8'], { kind: 'closed' }],
  ['an object that changed', event('MODIFIED', { metadata: meta }), ['put 8'], { kind: 'closed' }],
  ['an object that is gone', event('DELETED', { metadata: meta }), ['remove 8'], { kind: 'closed' }],
  ['a bookmark', bookmark({ resourceVersion: '9' }), ['bookmark 9'], { kind: 'closed' }],
  ['a bookmark without a version', bookmark({}), [], MALFORMED],
  ['a bookmark with an empty version', bookmark({ resourceVersion: '' }), [], MALFORMED],
  ['a bookmark whose version is a number', bookmark({ resourceVersion: 9 }), [], MALFORMED],
  ['a bookmark without metadata', event('BOOKMARK', {}), [], MALFORMED],
  ['a bookmark whose metadata are a text', bookmark('9'), [], MALFORMED],
  ['an event of no known type', event('PUT', { metadata: meta }), [], MALFORMED],
  ['an event without an object', event('ADDED', undefined), [], MALFORMED],
  ['an event whose object is null', event('ADDED', null), [], MALFORMED],
  ['an object without a uid', event('ADDED', { metadata: { resourceVersion: '8' } }), [], MALFORMED],
  ['a line that is no JSON', '{', [], MALFORMED],
  ['an error', event('ERROR', { code: 410 }), [], { kind: 'relist', reason: 'watch: ERROR event, 410' }],
  ['an error without a code', event('ERROR', {}), [], { kind: 'relist', reason: 'watch: ERROR event, 0' }],
])('%s', async (_, line, said, end) => {
  expect(await watched([line])).toMatchObject({ said, end });
});

test('a watch asks for bookmarks, from its version on, for so many seconds', async () => {
  expect((await watched([])).query).toEqual({
    watch: 'true',
    resourceVersion: '7',
    timeoutSeconds: '1',
    allowWatchBookmarks: 'true',
  });
});

test('a watch that was called off says nothing more', async () => {
  expect((await watched([event('ADDED', { metadata: meta })], AbortSignal.abort())).said).toEqual([]);
});

test('what comes after a line that cannot be read is not said', async () => {
  const lines = ['{', event('ADDED', { metadata: meta })];
  expect((await watched(lines)).said).toEqual([]);
});
