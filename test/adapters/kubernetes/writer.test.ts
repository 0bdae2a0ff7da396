import { expect, test } from 'vitest';
import { createWriter, eventBody, writtenBy } from '../../../src/adapters/kubernetes/writes/writer.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const STORED = { metadata: { uid: 'u', resourceVersion: '8' } };

test.each<readonly [number, unknown, unknown]>([
  [199, {}, { kind: 'refused', status: 199, message: '' }],
  [200, STORED, { kind: 'done', uid: 'u', resourceVersion: '8' }],
  [201, STORED, { kind: 'done', uid: 'u', resourceVersion: '8' }],
  [299, { metadata: null }, { kind: 'done', uid: '', resourceVersion: '' }],
  [200, undefined, { kind: 'done', uid: '', resourceVersion: '' }],
  [300, { message: 'elsewhere' }, { kind: 'refused', status: 300, message: 'elsewhere' }],
  [404, { message: 'gone' }, { kind: 'absent' }],
  [409, { message: 'taken' }, { kind: 'conflict', message: 'taken' }],
  [409, null, { kind: 'conflict', message: '' }],
  [422, { message: 7 }, { kind: 'refused', status: 422, message: '' }],
])('an answer of %i with %j', (status, body, expected) => {
  expect(writtenBy(answerOf(body, status))).toEqual(expected);
});

const SOURCE = { controller: 'c', instance: 'i', nowMs: () => 256 };
const eventOf = (namespace: string, name: string, note: string) =>
  eventBody(
    {
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid: 'u' },
      type: 'Normal',
      reason: 'R',
      action: 'A',
      note,
    },
    SOURCE,
    0,
  );

test('an Event is named by its object and the time, and cut to what the API server takes', () => {
  const event = eventOf('shop', 'x'.repeat(300), 'y'.repeat(400));
  expect(event).toMatchObject({ apiVersion: 'events.k8s.io/v1', eventTime: '1970-01-01T00:00:00.256000Z' });
  expect([event.metadata, event.note]).toEqual([
    { name: `${'x'.repeat(200)}.1000`, namespace: 'shop' },
    'y'.repeat(340),
  ]);
});

test('an Event about an object of no namespace stands in default', () => {
  expect(eventOf('', 'a', 'b').metadata.namespace).toBe('default');
});

test.each<readonly [number, unknown]>([
  [200, { kind: 'done', uid: '', resourceVersion: '' }],
  [403, { kind: 'refused', status: 403, message: 'no' }],
  [404, { kind: 'absent' }],
  [422, { kind: 'conflict', message: 'no' }],
])('a gate that is taken off with the answer %i', async (status, expected) => {
  const client = scriptedClient(() => answerOf({ message: 'no' }, status));
  const writer = createWriter(client, createFakeTime(), SOURCE, new AbortController().signal);
  expect(await writer.removeSchedulingGate({ namespace: 'n', name: 'p', uid: 'u' }, 'g')).toEqual(expected);
});
