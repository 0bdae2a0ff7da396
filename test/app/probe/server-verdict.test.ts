import { expect, test } from 'vitest';
import { compareWay, type Tried, worstAgreement } from '../../../src/app/probe/server-verdict.ts';

const WAY = {
  server: 'tools/Pod/weather',
  from: 'a stranger',
  to: 'server tools/Pod/weather',
  port: 8080,
  protocol: 'TCP',
  family: 'IPv4',
} as const;
const [OPEN, CLOSED, OPEN_AT_FIRST, SHAKY] = ['oooooo', 'xxxxxx', 'oooxxx', 'oxoxox'];

const compared = (
  expected: Tried['expected'],
  before: string,
  after: string,
  { isConnected = true, trouble = '', why = '' } = {},
) => {
  const { agreement, reason } = compareWay({ ...WAY, expected, before, after, trouble, why }, isConnected);
  return [agreement, reason];
};

test.each([
  ['open', OPEN, OPEN, 'agrees', ''],
  ['closed', OPEN, CLOSED, 'agrees', ''],
  ['closed', OPEN, OPEN_AT_FIRST, 'agrees', ''],
  ['closed', OPEN, OPEN, 'differs', 'it is judged to be closed, and packets got through'],
  ['closed', CLOSED, OPEN, 'differs', 'it is judged to be closed, and packets got through'],
  ['open', OPEN, CLOSED, 'differs', 'it is judged to be open, and nothing got through'],
  ['open', CLOSED, OPEN, 'agrees', ''],
  ['closed', CLOSED, CLOSED, 'unknown', 'nothing got through before there was a policy either'],
  ['open', CLOSED, CLOSED, 'unknown', 'nothing got through before there was a policy either'],
  ['closed', OPEN, SHAKY, 'unknown', 'the last attempts do not agree'],
  [null, OPEN, CLOSED, 'unknown', 'the judge cannot tell'],
] as const)('judged %s, before %s, after %s: %s', (expected, before, after, agreement, reason) => {
  expect(compared(expected, before, after)).toEqual([agreement, reason]);
});

test('where strangers do not reach one another, what is closed proves nothing', () => {
  const cut = ['unknown', 'what no policy selects did not get through either'];
  expect(compared('closed', OPEN, CLOSED, { isConnected: false })).toEqual(cut);
  expect(compared('open', OPEN, CLOSED, { isConnected: false })).toEqual(cut);
  expect(compared('closed', OPEN, OPEN, { isConnected: false })[0]).toBe('differs');
});

test('a client that did not end is unknown, with why', () => {
  expect(compared('closed', '', '', { trouble: 'ErrImagePull' })).toEqual(['unknown', 'ErrImagePull']);
});

test('the worst of all counts, and nothing that was tried proves nothing', () => {
  const of = (expected: Tried['expected'], after: string) =>
    compareWay({ ...WAY, expected, before: OPEN, after, trouble: '', why: '' }, true);
  expect(worstAgreement([of('open', OPEN), of(null, OPEN), of('closed', OPEN)])).toBe('differs');
  expect(worstAgreement([of('open', OPEN), of(null, OPEN)])).toBe('unknown');
  expect(worstAgreement([of('open', OPEN)])).toBe('agrees');
  expect(worstAgreement([])).toBe('unknown');
});
