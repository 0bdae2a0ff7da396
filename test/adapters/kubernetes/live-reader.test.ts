import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, createClient } from '../../../src/adapters/kubernetes/client/client.ts';
import { NAMESPACES, NETWORK_POLICIES } from '../../../src/adapters/kubernetes/client/kinds.ts';
import { createLiveReader, type LiveReader } from '../../../src/adapters/kubernetes/view/live-reader.ts';
import { namespaceObject, policyObject } from '../../support/cluster-view.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

let time: FakeTime;
let server: FakeApiServer;
let client: Client;
let live: LiveReader;
const ending = new AbortController();

beforeEach(async () => {
  time = createFakeTime();
  server = await startFakeApiServer(time, [NAMESPACES, NETWORK_POLICIES]);
  server.put('namespaces', namespaceObject('shop', { team: 'a' }));
  server.put('networkpolicies', policyObject('shop', 'first'));
  client = createClient(server.connection, time);
  live = createLiveReader(client, time, ending.signal);
});
afterEach(async () => {
  client.close();
  await server.close();
});

const names = async (namespace: string): Promise<readonly string[]> =>
  (await live.policies(namespace)).map(({ meta }) => meta.name);
const lists = (): number => server.log.filter(entry => entry === 'list networkpolicies').length;

test('a namespace is read with its labels, and one that is not there is undefined', async () => {
  expect((await live.namespace('shop'))?.meta.labels.get('team')).toBe('a');
  expect(await live.namespace('constructor')).toBeUndefined();
});

test('a hundred calls at once make two lists: the one that begins at once, and one for all that came later', async () => {
  const calls = Array.from({ length: 100 }, () => names('shop'));
  await time.advance(300);
  expect(await Promise.all(calls)).toEqual(calls.map(() => ['first']));
  expect(lists()).toBe(2);
});

test('no list is older than the call that it answers', async () => {
  const early = names('shop');
  await time.settle();
  server.put('networkpolicies', policyObject('shop', 'second'));
  const late = names('shop');
  await time.advance(300);
  expect([await early, await late]).toEqual([['first'], ['first', 'second']]);
});

test('once all is quiet the next call begins at once', async () => {
  await names('shop');
  await time.advance(300);
  expect(await names('shop')).toEqual(['first']);
  await time.advance(300);
  expect(time.pending()).toBe(0);
});

test('a list that fails is an error to those who waited for it, and to nobody else', async () => {
  server.order({ status: 500 }, { verb: 'list', plural: 'networkpolicies' });
  await expect(live.policies('shop')).rejects.toThrow('the networkpolicies of shop cannot be listed: 500');
  await time.advance(300);
  expect(await names('shop')).toEqual(['first']);
});

test.each(['..', '.', ''])('no path is made of the name "%s"', async name => {
  await expect(live.namespace(name)).rejects.toThrow(`no path of the API has the segment "${name}"`);
});

test('a name cannot leave its segment of the path', async () => {
  expect(await live.namespace('shop/../shop?watch=true#')).toBeUndefined();
});

test.each([
  ['is refused', answerOf({}, 403), 'the namespace shop cannot be read: 403'],
  ['has no object', answerOf('ok'), 'the namespace shop cannot be read: 200'],
  ['is null', answerOf(null), 'the namespace shop cannot be read: 200'],
])('a namespace whose answer %s is an error', async (_, answer, message) => {
  const reader = createLiveReader(
    scriptedClient(() => answer),
    time,
    ending.signal,
  );
  await expect(reader.namespace('shop')).rejects.toThrow(message);
});
