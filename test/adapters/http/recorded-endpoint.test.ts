import { expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { createRing } from '../../../src/app/witness/ring.ts';
import { review } from '../../support/reviews.ts';
import { testServer } from '../../support/serving.ts';

const ring = createRing('one', HASHING.hash);
for (const name of ['deployment-create', 'networkpolicy-create', 'service-create'])
  ring.note(review(`recorded/${name}`));
let hasRecorder = true;
const lines = async (mark: string): Promise<string> => {
  if (!hasRecorder) throw new Error('ENOENT');
  return JSON.stringify({ lines: ['a', 'b'], mark: `${mark}+2` });
};
const isController = async (token: string): Promise<boolean> => token === 'the.controllers-own_token';
const { app } = testServer({ recorded: { ring, isController, lines } });

const ask = (url: string, authorization?: string) =>
  app.inject({ method: 'GET', url, ...(authorization && { headers: { authorization } }) });

test('The controller is told what was put on record after a position', async () => {
  const answer = await ask('/recorded?instance=one&position=1', 'Bearer the.controllers-own_token');
  expect(answer.statusCode).toBe(200);
  const { instance, hasGap, last, entries } = answer.json();
  expect({ instance, hasGap, last, positions: entries.map((one: { position: number }) => one.position) }).toEqual({
    instance: 'one',
    hasGap: false,
    last: 3,
    positions: [2, 3],
  });
  const all = await ask('/recorded?position=-1', 'Bearer the.controllers-own_token');
  expect(all.json().entries.length).toBe(3);
});

test('The controller is handed lines as the recorder gives them, where there is one', async () => {
  const answer = await ask('/recorded/lines?mark=1%3A5', 'Bearer the.controllers-own_token');
  expect([answer.statusCode, answer.headers['content-type'], answer.json()]).toEqual([
    200,
    'application/json; charset=utf-8',
    { lines: ['a', 'b'], mark: '1:5+2' },
  ]);
  hasRecorder = false;
  expect((await ask('/recorded/lines', 'Bearer the.controllers-own_token')).statusCode).toBe(404);
  hasRecorder = true;
});

test('A stranger learns nothing, not even that there is something', async () => {
  const unknown = await ask('/nothing-of-the-sort');
  const answers = await Promise.all([
    ask('/recorded'),
    ask('/recorded', 'Bearer another'),
    ask('/recorded', 'Bearer'),
    ask('/recorded', 'Basic dGVzdA=='),
    ask('/recorded/lines'),
    ask('/recorded/lines', 'Bearer another'),
    ask('/recorded', `Bearer ${'x'.repeat(10_000)}`),
  ]);
  for (const answer of answers) {
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([
      unknown.statusCode,
      unknown.body,
      unknown.headers['content-type'],
    ]);
  }
});

test('A gate without a record has no such path', async () => {
  const answer = await testServer().app.inject({
    method: 'GET',
    url: '/recorded',
    headers: { authorization: 'Bearer a' },
  });
  expect(answer.statusCode).toBe(404);
});
