import { describe, expect, test } from 'vitest';
import { createRolloutWriter } from '../../../src/adapters/kubernetes/writes/rollout-writer.ts';
import type { RaiseAction, TellAction } from '../../../src/app/rollout/ports.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const { signal } = new AbortController();
const RAISE: RaiseAction = { kind: 'raise', namespace: 'shop', uid: 'u', label: 'audit', to: 'warn' };
const TELL: TellAction = {
  kind: 'tell',
  namespace: 'shop',
  uid: 'u',
  reason: 'RolloutHeld',
  stage: 'audit',
  by: undefined,
  note: 'why',
};

/** A writer whose one request is answered so, and the requests. */
function writerOf(status: number, body: unknown = { message: 'no' }) {
  const client = scriptedClient(() => answerOf(body, status));
  const time = createFakeTime();
  return { client, time, writer: createRolloutWriter(client, time, { instance: 'i', nowMs: () => 256 }) };
}
const lost = scriptedClient(() => Promise.reject(new Error('the connection broke')));

describe('a label that is raised', () => {
  test.each<readonly [status: number, body: unknown, raised: object]>([
    [200, { metadata: { resourceVersion: '8' } }, { kind: 'done', version: '8' }],
    [404, { message: 'no' }, { kind: 'conflict' }],
    [409, { message: 'no' }, { kind: 'conflict' }],
    [422, { message: 'no' }, { kind: 'conflict' }],
    [403, { message: 'no' }, { kind: 'refused', message: 'no' }],
    [499, { message: 'no' }, { kind: 'refused', message: 'no' }],
    [500, { message: 'no' }, { kind: 'unanswered', message: 'no' }],
    [503, { message: 'no' }, { kind: 'unanswered', message: 'no' }],
  ])('with the answer %i %j', async (status, body, raised) => {
    const { client, writer } = writerOf(status, body);
    expect(await writer.raise(RAISE, signal)).toEqual(raised);
    expect(client.requests).toMatchObject([
      {
        method: 'PATCH',
        path: ['api', 'v1', 'namespaces', 'shop'],
        body: [
          { op: 'test', path: '/metadata/uid', value: 'u' },
          { op: 'test', value: 'audit' },
          { op: 'add', value: 'warn' },
        ],
      },
    ]);
  });

  test('without an answer is not known to be', async () => {
    const writer = createRolloutWriter(lost, createFakeTime(), { instance: 'i', nowMs: () => 256 });
    expect(await writer.raise(RAISE, signal)).toEqual({ kind: 'unanswered', message: 'the connection broke' });
  });
});

describe('what is told', () => {
  test.each<readonly [status: number, isWritten: boolean]>([
    [201, true],
    [403, false],
    [409, false],
  ])('with the answer %i is written: %s', async (status, isWritten) => {
    const { writer } = writerOf(status, {});
    expect(await writer.tell(TELL, signal)).toBe(isWritten);
  });

  test.each<readonly [TellAction['reason'], string]>([
    ['StageRaised', 'Normal'],
    ['StageDue', 'Warning'],
    ['RolloutHeld', 'Warning'],
    ['RolloutPaused', 'Warning'],
    ['RolloutResumed', 'Normal'],
  ])('as %s is an Event of the type %s about the Namespace', async (reason, type) => {
    const { client, writer } = writerOf(201, {});
    await writer.tell({ ...TELL, reason }, signal);
    expect(client.requests[0]?.body).toMatchObject({
      regarding: { apiVersion: 'v1', kind: 'Namespace', name: 'shop', uid: 'u' },
      type,
      reason,
      note: 'why',
    });
  });
});
