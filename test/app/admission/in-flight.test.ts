import { describe, expect, test } from 'vitest';
import { createInFlight, type Passage } from '../../../src/app/admission/in-flight.ts';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import type { Change } from '../../../src/core/world/world.ts';
import { decoded } from '../../support/workload.ts';

const policy = (name: string, namespace = 'shop', resourceVersion = ''): KubeObject =>
  decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, resourceVersion },
    spec: { podSelector: {} },
  });
const creation = (name: string, namespace?: string): Change => ({ after: policy(name, namespace) });
const sized = (name: string, size: number): Change => {
  const after = policy(name);
  return { after: { ...after, meta: { ...after.meta, size } } };
};
const nothing = buildWorld([]);

/** What is in flight, by a clock that stands where it is set. */
function bench() {
  const clock = { ms: 100_000 };
  const inFlight = createInFlight(() => clock.ms);
  const enter = (change: Change): Passage => {
    const passage = inFlight.enter(change);
    if (passage === undefined) throw new Error('there is no room');
    return passage;
  };
  const names = (passage: Passage): readonly string[] =>
    passage.earlier().map(({ before, after }) => (after ?? before)?.meta.name ?? '');
  return { clock, inFlight, enter, names };
}

describe('what came before a change', () => {
  test('is what is being judged or was let through, in the order in which it came', () => {
    const { enter, names } = bench();
    const [a, b, c] = ['a', 'b', 'c'].map(name => enter(creation(name)));
    const last = enter(creation('d'));
    a?.end(true);
    b?.end(false);
    expect(names(last)).toEqual(['a', 'c']);
    c?.end(false);
    expect(names(last)).toEqual(['a']);
  });

  test('is of its own namespaces', () => {
    const { enter, names } = bench();
    enter(creation('a', 'shop'));
    enter(creation('b', 'other'));
    expect(names(enter(creation('c', 'shop')))).toEqual(['a']);
  });

  test('of a deletion is what stood there', () => {
    const { enter, names } = bench();
    enter({ before: policy('a') });
    expect(names(enter(creation('b')))).toEqual(['a']);
  });
});

describe('what was let through', () => {
  test.each([
    [29_999, ['a']],
    [30_000, []],
  ])('is remembered %i ms after it was: %j', (ms, expected) => {
    const { clock, enter, names } = bench();
    const first = enter(creation('a'));
    clock.ms += 20_000;
    first.end(true);
    clock.ms += ms;
    expect(names(enter(creation('b')))).toEqual(expected);
  });

  test('is not forgotten while it is judged, however long that takes', () => {
    const { clock, enter, names } = bench();
    enter(creation('a'));
    clock.ms += 60_000;
    expect(names(enter(creation('b')))).toEqual(['a']);
  });

  test('is forgotten where all together are large, the oldest first, and what is judged is not', () => {
    const { enter, names, inFlight } = bench();
    const large = (name: string): Passage => enter(sized(name, 49_950));
    large('judged');
    const all = Array.from({ length: 20 }, (_, index) => `a-${index}`);
    for (const name of all) large(name).end(true);
    expect(names(enter(creation('last')))).toEqual(['judged', ...all.slice(1)]);
    expect(inFlight.size).toBe(21);
  });

  test('is settled where the view shows it', () => {
    const { enter, inFlight } = bench();
    enter(creation('a')).end(true);
    const seen = (name: string, world = buildWorld([policy(name)])): number => {
      inFlight.seen({ namespace: 'shop', name }, () => world);
      return inFlight.size;
    };
    expect([seen('b'), seen('a', nothing), seen('a')]).toEqual([1, 1, 0]);
  });

  test('is not settled while it is judged', () => {
    const { enter, inFlight } = bench();
    enter(creation('a'));
    inFlight.seen({ namespace: 'shop', name: 'a' }, () => buildWorld([policy('a')]));
    expect(inFlight.size).toBe(1);
  });

  test.each([
    ['9', '10', 1],
    ['10', '10', 1],
    ['11', '10', 0],
    ['100', '20', 0],
    ['19', '100', 1],
    ['x', 'y', 0],
    ['y', 'y', 1],
  ])('as a change is settled by a later state: %s after %s leaves %i', (shown, before, left) => {
    const { enter, inFlight } = bench();
    enter({ before: policy('a', 'shop', before), after: policy('a', 'shop', before) }).end(true);
    inFlight.seen({ namespace: 'shop', name: 'a' }, () => buildWorld([policy('a', 'shop', shown)]));
    expect(inFlight.size).toBe(left);
  });
});

test('of one namespace 500 changes are noted, and of another one more', () => {
  const { inFlight } = bench();
  for (let index = 0; index < 500; index += 1) inFlight.enter(creation(`a-${index}`));
  expect([inFlight.enter(creation('b')), inFlight.enter(creation('b', 'other')) === undefined]).toEqual([
    undefined,
    false,
  ]);
});
