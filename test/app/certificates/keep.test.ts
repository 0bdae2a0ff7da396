import { expect, test } from 'vitest';
import { createCertificateKeeper } from '../../../src/app/certificates/keep.ts';
import type { ManagerOptions, RotationStatus } from '../../../src/app/certificates/manage.ts';

const status = (...problems: readonly string[]): RotationStatus => ({
  authorityNotAfterMs: Date.UTC(2027, 0, 1),
  servingNotAfterMs: undefined,
  previousAuthorities: 1,
  problems,
});

/** A keeper whose managers look when they are told to, and end with their term. */
function bench() {
  const noted: string[] = [];
  const managers: Pick<ManagerOptions, 'onStep' | 'onLook'>[] = [];
  const keeper = createCertificateKeeper({
    manager: (_term, listeners) => {
      managers.push(listeners);
      return {
        run: signal => new Promise<void>(resolve => signal.addEventListener('abort', () => setImmediate(resolve))),
      };
    },
    telemetry: {
      step: ({ kind }) => noted.push(kind),
      looked: ({ problems }, isNews) => noted.push(`${isNews ? 'news' : 'same'}: ${problems.join()}`),
      forget: () => noted.push('forgotten'),
    },
  });
  const begin = async (): Promise<AbortController> => {
    const term = new AbortController();
    keeper.lead(term.signal);
    await new Promise(resolve => setImmediate(resolve));
    return term;
  };
  return { keeper, noted, managers, begin };
}

test('what the last look came to is told until the term ends', async () => {
  const { keeper, managers, begin, noted } = bench();
  expect(keeper.health()).toEqual({ ok: true, detail: { keeps: 'false' } });
  const term = await begin();
  managers[0]?.onLook(status('no Secret', 'no answer'));
  expect(keeper.health()).toEqual({
    ok: true,
    detail: {
      keeps: 'true',
      authorityNotAfter: '2027-01-01T00:00:00.000Z',
      servingNotAfter: '',
      previousAuthorities: 1,
      problems: 'no Secret; no answer',
    },
  });
  term.abort();
  managers[0]?.onLook(status('the connection was closed'));
  await keeper.stopped();
  expect(keeper.health().detail).toEqual({ keeps: 'false' });
  expect(noted).toEqual(['news: no Secret,no answer', 'forgotten']);
});

test('problems are news when they come and when they are over', async () => {
  const { managers, begin, noted } = bench();
  const term = await begin();
  for (const problems of [[], ['a'], ['a'], ['b'], []]) managers[0]?.onLook(status(...problems));
  expect(noted).toEqual(['same: ', 'news: a', 'same: a', 'news: b', 'news: ']);
  term.abort();
});

test('a term begins when the one before has come to its end', async () => {
  const { keeper, managers, begin } = bench();
  const first = await begin();
  const second = await begin();
  expect(managers.length).toBe(1);
  first.abort();
  await new Promise(resolve => setTimeout(resolve));
  await new Promise(resolve => setImmediate(resolve));
  expect(managers.length).toBe(2);
  second.abort();
  await keeper.stopped();
});
