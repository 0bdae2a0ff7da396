import { expect, test } from 'vitest';
import { createStatusWriter } from '../../../src/adapters/kubernetes/writes/status-writer.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const signal = new AbortController().signal;
const OBJECT = { kind: 'GateException', namespace: 'tools', name: 'one', uid: 'u-1' } as const;

test('conditions are written by a patch of the status of this very object', async () => {
  const client = scriptedClient(() => answerOf({}, 200));
  await createStatusWriter(client, createFakeTime())(OBJECT, [], signal);
  expect(client.requests).toMatchObject([
    {
      method: 'PATCH',
      path: ['apis', 'chokepoint.dev', 'v1alpha1', 'namespaces', 'tools', 'gateexceptions', 'one', 'status'],
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid: 'u-1' }, status: { conditions: [] } },
    },
  ]);
});

test.each([404, 409, 422])('an object that is gone or another one by now is left alone: %i', async status => {
  const client = scriptedClient(() => answerOf({}, status));
  await expect(createStatusWriter(client, createFakeTime())(OBJECT, [], signal)).resolves.toBeUndefined();
});

test('what may not be written is an error that names the object', async () => {
  const client = scriptedClient(() => answerOf({ message: 'forbidden' }, 403));
  await expect(
    createStatusWriter(client, createFakeTime())({ ...OBJECT, kind: 'GatePolicy', namespace: '' }, [], signal),
  ).rejects.toThrow('the status of GatePolicy one cannot be written: forbidden');
});
