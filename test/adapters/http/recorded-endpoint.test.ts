import { expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { createRing } from '../../../src/app/witness/ring.ts';
import { review } from '../../support/reviews.ts';
import { testServer } from '../../support/serving.ts';

const ring = createRing('one', HASHING.hash);
for (const name of ['deployment-create', 'networkpolicy-create', 'service-create'])
  ring.note(review(`recorded/${name}`));
const { app } = testServer({ recorded: { ring, isController: async token => token === 'the.controllers-own_token' } });

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

test('A stranger learns nothing, not even that there is something', async () => {
  const unknown = await ask('/nothing-of-the-sort');
  const answers = await Promise.all([
    ask('/recorded'),
    ask('/recorded', 'Bearer another'),
    ask('/recorded', 'Bearer'),
    ask('/recorded', 'Basic dGVzdA=='),
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
