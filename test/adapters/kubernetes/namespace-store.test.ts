import { expect, test } from 'vitest';
import { createNamespaceStore } from '../../../src/adapters/kubernetes/writes/namespace-store.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const signal = new AbortController().signal;
const PATH = ['api', 'v1', 'namespaces', 'system', 'configmaps', 'chokepoint-namespaces'];
const answering = (status: number, body: unknown) => scriptedClient(() => answerOf(body, status));
const storeOf = (client: ReturnType<typeof answering>) => createNamespaceStore(client, createFakeTime(), 'system');
const holding = (text: unknown) => ({ data: { 'namespaces.json': text } });

test.each([
  ['what was written', holding('{"shop":"2026-01-02"}'), [['shop', '2026-01-02']]],
  ['an empty text', holding(''), []],
  ['a ConfigMap without data', {}, []],
  ['a text that is no JSON', holding('{'), []],
  ['a list', holding('["shop"]'), []],
  ['a day that is none', holding('{"shop":"yesterday"}'), []],
  ['a value that is no text', holding(7), []],
  ['an answer that is no object', 'ok', []],
])('%s is read', async (_, body, expected) => {
  expect([...(await storeOf(answering(200, body)).read(signal))]).toEqual(expected);
});

test.each([403, 404, 201])('an answer of %i to a reading is an error', async status => {
  await expect(storeOf(answering(status, {})).read(signal)).rejects.toThrow(
    `the ConfigMap system/chokepoint-namespaces cannot be read: the API server answers ${status}`,
  );
});

test('names are written by a patch of this one key, sorted', async () => {
  const client = answering(200, {});
  await storeOf(client).write(
    new Map([
      ['b', '2026-01-02'],
      ['a', '2026-01-01'],
    ]),
    signal,
  );
  expect(client.requests).toMatchObject([
    {
      method: 'PATCH',
      path: PATH,
      contentType: 'application/merge-patch+json',
      body: holding('{"a":"2026-01-01","b":"2026-01-02"}'),
    },
  ]);
});

test.each([
  [403, { message: 'forbidden' }, 'cannot be written: forbidden'],
  [409, { message: 'conflict' }, 'cannot be written: conflict'],
  [404, {}, 'cannot be written: it is not there'],
])('an answer of %i to a writing is an error', async (status, body, message) => {
  await expect(storeOf(answering(status, body)).write(new Map(), signal)).rejects.toThrow(message);
});
