import { describe, expect, test } from 'vitest';
import { openForMs, readAttempts, seenBy } from '../../../src/app/probe/attempts.ts';
import { PARTS, PHASES } from '../../../src/app/probe/objects.ts';
import { judgeNodes, type Observation, worstOf } from '../../../src/app/probe/verdict.ts';

describe('the attempts at one address', () => {
  test.each([
    ['oooooooooooo', 'open', 12_000],
    ['xxxxooo', 'open', 7_000],
    ['ooxxx', 'closed', 2_000],
    ['xxx', 'closed', 0],
    ['ooxox', 'unsettled', 4_000],
    ['ooox', 'unsettled', 3_000],
    ['xx', 'unsettled', 0],
    ['', 'unsettled', 0],
  ] as const)('%s show %s, open for %d ms', (line, seen, openMs) => {
    expect([seenBy(line), openForMs(line)]).toEqual([seen, openMs]);
  });

  test.each([
    ['["oo","xx"]', ['oo', 'xx']],
    ['["oo"]', undefined],
    ['["oo","x!"]', undefined],
    ['["oo",1]', undefined],
    ['{"0":"oo","1":"xx"}', undefined],
    ['Killed', undefined],
    ['', undefined],
  ] as const)('the message %s of a client for two addresses is read as %j', (message, read) => {
    expect(readAttempts(message, 2)).toEqual(read);
  });
});

test.each([
  [[], 'unknown'],
  [['enforced'], 'enforced'],
  [['enforced', 'unknown'], 'unknown'],
  [['unknown', 'not-enforced', 'enforced'], 'not-enforced'],
] as const)('the worst of %j is %s', (all, worst) => expect(worstOf(all)).toBe(worst));

const NAMES = ['a', 'b'] as const;
const NODES = NAMES.map(name => ({ name, pool: '' }));
const OPEN = 'ooooo';
const CLOSED = 'xxxxx';

/** What a cluster of two nodes shows in which `closed` says which treated packets are stopped. */
function observed(closed: (one: Omit<Observation, 'attempts'>) => string): readonly Observation[] {
  return PHASES.flatMap(phase =>
    NAMES.flatMap(from =>
      NAMES.flatMap(to =>
        PARTS.flatMap(client =>
          PARTS.map((target): Observation => {
            const one = {
              phase,
              client: { part: client, node: from },
              target: { part: target, node: to },
              family: 'IPv4',
            } as const;
            return { ...one, attempts: closed(one) };
          }),
        ),
      ),
    ),
  );
}

const isTreated = ({ phase, client, target }: Omit<Observation, 'attempts'>): boolean =>
  phase === 'after' && (client.part === 'closed' || target.part === 'closed');
const verdictsOf = (observations: readonly Observation[], troubles = new Map<string, string>()): readonly string[] =>
  judgeNodes(NODES, observations, troubles).flatMap(({ name, enforcement, measurements }) => [
    `${name} ${enforcement}`,
    ...measurements.map(one => `${name} ${one.direction} ${one.enforcement}`),
  ]);

describe('nodes are told', () => {
  test('to enforce where all that is treated is stopped, and nothing else', () => {
    expect(verdictsOf(observed(one => (isTreated(one) ? CLOSED : OPEN)))).toEqual([
      'a enforced',
      'a ingress enforced',
      'a egress enforced',
      'b enforced',
      'b ingress enforced',
      'b egress enforced',
    ]);
  });

  test('not to enforce where nothing is stopped', () => {
    expect(verdictsOf(observed(() => OPEN)).filter(text => text.endsWith(' not-enforced'))).toHaveLength(6);
  });

  test('to enforce one direction of two', () => {
    const onlyIngress = observed(one => (one.phase === 'after' && one.target.part === 'closed' ? CLOSED : OPEN));
    expect(verdictsOf(onlyIngress)).toEqual([
      'a not-enforced',
      'a ingress enforced',
      'a egress not-enforced',
      'b not-enforced',
      'b ingress enforced',
      'b egress not-enforced',
    ]);
  });

  test('each by itself: ingress where the target is, egress where the client is', () => {
    const onA = observed(one => {
      const stopped =
        (one.client.part === 'closed' && one.client.node === 'a') ||
        (one.target.part === 'closed' && one.target.node === 'a');
      return one.phase === 'after' && stopped ? CLOSED : OPEN;
    });
    expect(verdictsOf(onA)).toEqual([
      'a enforced',
      'a ingress enforced',
      'a egress enforced',
      'b not-enforced',
      'b ingress not-enforced',
      'b egress not-enforced',
    ]);
  });

  test('nothing where nothing got through before there was a policy', () => {
    expect(verdictsOf(observed(() => CLOSED)).filter(text => text.endsWith(' unknown'))).toHaveLength(6);
  });

  test('nothing where what no policy closes does not get through afterwards either', () => {
    expect(verdictsOf(observed(({ phase }) => (phase === 'after' ? CLOSED : OPEN)))[0]).toBe('a unknown');
  });

  test('nothing where attempts still got through at the end', () => {
    const [node] = judgeNodes(
      NODES,
      observed(one => (isTreated(one) ? 'ooxox' : OPEN)),
      new Map(),
    );
    expect([node?.enforcement, node?.measurements[0]?.reason]).toEqual([
      'unknown',
      'from a to a some attempts still got through at the end',
    ]);
  });

  test('with the longest time for which new Pods were open', () => {
    const [node] = judgeNodes(
      NODES,
      observed(one => (isTreated(one) ? 'ooxxx' : OPEN)),
      new Map(),
    );
    expect(node?.measurements.map(one => one.openForMs)).toEqual([2_000, 2_000]);
  });

  test('unknown with their trouble, unless they were seen to be open', () => {
    const troubles = new Map([['a', 'ErrImagePull: no such image']]);
    expect(judgeNodes(NODES, [], troubles).map(({ enforcement, reason }) => `${enforcement}: ${reason}`)).toEqual([
      'unknown: ErrImagePull: no such image',
      'unknown: nothing was measured',
    ]);
    expect(
      verdictsOf(
        observed(() => OPEN),
        troubles,
      )[0],
    ).toBe('a not-enforced');
  });
});
