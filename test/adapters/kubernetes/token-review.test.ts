import { expect, test } from 'vitest';
import { createTokenCheck } from '../../../src/adapters/kubernetes/client/token-review.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const CONTROLLER = 'system:serviceaccount:chokepoint-system:chokepoint-controller';
const AUDIENCE = 'chokepoint-record';

const tokenOf = (claims: unknown): string =>
  ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'signature'].join('.');
const GOOD = { sub: CONTROLLER, aud: [AUDIENCE] };

const said = (more: object = {}): object => ({
  status: { authenticated: true, user: { username: CONTROLLER }, audiences: [AUDIENCE], ...more },
});

function checkOf(answer: () => object, status = 201) {
  const client = scriptedClient(() => answerOf(answer(), status));
  const clock = { nowMs: 0 };
  return { client, clock, check: createTokenCheck(client, CONTROLLER, () => clock.nowMs) };
}

test('A token that the API server knows as the controller’s for the record is its own, and not asked about again for two minutes', async () => {
  const { client, clock, check } = checkOf(said);
  const token = tokenOf(GOOD);
  expect([await check(token), await check(token), client.requests.length]).toEqual([true, true, 1]);
  expect(client.requests[0]?.body).toMatchObject({ kind: 'TokenReview', spec: { token, audiences: [AUDIENCE] } });
  clock.nowMs = 120_000;
  expect([await check(token), client.requests.length]).toEqual([true, 2]);
});

test.each<[what: string, answer: object, status?: number]>([
  ['does not know', { status: { authenticated: false } }],
  ['knows as another’s', said({ user: { username: 'system:serviceaccount:shop:chokepoint-controller' } })],
  ['knows for everything', said({ audiences: ['https://kubernetes.default.svc'] })],
  ['knows without saying for whom', said({ audiences: undefined })],
  ['may not tell us about', said(), 403],
])('A token that the API server %s is nobody’s', async (_, answer, status) => {
  const { check } = checkOf(() => answer, status);
  expect(await check(tokenOf(GOOD))).toBe(false);
});

test.each<[what: string, token: string]>([
  ['is none', 'not a token'],
  ['says that it is another’s', tokenOf({ ...GOOD, sub: 'dana' })],
  ['says that it is for everything', tokenOf({ ...GOOD, aud: ['https://kubernetes.default.svc'] })],
  ['says nothing', tokenOf([])],
])('Nobody is asked about a token that %s', async (_, token) => {
  const { client, check } = checkOf(said);
  expect([await check(token), client.requests.length]).toEqual([false, 0]);
});

test('Where the API server does not answer, a token is nobody’s', async () => {
  const client = scriptedClient(() => Promise.reject(new Error('no answer')));
  expect(await createTokenCheck(client, CONTROLLER, () => 0)(tokenOf(GOOD))).toBe(false);
});
