import { describe, expect, it } from 'vitest';
import {
  afterSighting,
  KEPT_SECONDS,
  MAX_GONE_FINDINGS,
  MAX_GONE_SERVERS,
  MAX_MODES,
  type NamespaceHistory,
  type Sighting,
} from '../../../src/app/history/state.ts';
import type { Mode } from '../../../src/core/gate/types.ts';

/** Servers with the keys of their findings. */
type Servers = Readonly<Record<string, readonly string[]>>;
type Look = readonly [now: number, servers: Servers, mode?: Mode, uid?: string];

const sighting = (servers: Servers, mode: Mode = 'audit', uid = 'u'): Sighting => ({
  uid,
  mode,
  servers: new Map(Object.entries(servers).map(([key, found]) => [key, new Set(found)])),
});

/** The history after looks, one after the other. */
function historyAfter(...looks: readonly Look[]): NamespaceHistory | undefined {
  let [history, before]: [NamespaceHistory | undefined, number] = [undefined, 0];
  for (const [now, servers, mode, uid] of looks) {
    history = afterSighting(history, sighting(servers, mode, uid), { now, before });
    before = now;
  }
  return history;
}

/** `first since last` of the finding `f` of the server `s`, and of the server. */
function dates(history: NamespaceHistory | undefined): readonly [finding: string, server: string] {
  const text = (one?: { first: number; since: number; last: number | undefined }): string =>
    one === undefined ? 'none' : `${one.first} ${one.since} ${one.last ?? '-'}`;
  const server = history?.servers.get('s');
  return [text(server?.findings.get('f')), text(server)];
}

const OPEN: Servers = { s: ['f'] };
const CLOSED: Servers = { s: [] };

describe('A finding', () => {
  it.each<readonly [title: string, finding: string, server: string, looks: readonly Look[]]>([
    [
      'is seen since it was seen first',
      '10 10 -',
      '10 10 -',
      [
        [10, OPEN],
        [20, OPEN],
      ],
    ],
    [
      'was seen last when it was still there',
      '10 10 20',
      '10 10 -',
      [
        [10, OPEN],
        [20, OPEN],
        [30, CLOSED],
        [40, CLOSED],
      ],
    ],
    [
      'that comes back is open since then, and first seen as before',
      '10 40 -',
      '10 10 -',
      [
        [10, OPEN],
        [20, CLOSED],
        [40, OPEN],
      ],
    ],
    [
      'goes with its server, and comes back with it',
      '10 40 -',
      '10 40 -',
      [
        [10, OPEN],
        [20, {}],
        [40, OPEN],
      ],
    ],
    [
      'of a namespace that is made anew begins anew',
      '30 30 -',
      '30 30 -',
      [
        [10, OPEN],
        [30, OPEN, 'audit', 'v'],
      ],
    ],
    [
      'of a namespace that is gone is kept',
      '10 10 20',
      '10 10 20',
      [
        [10, OPEN],
        [20, OPEN],
        [30, {}, 'off', ''],
      ],
    ],
    [
      'of a time that is yet to come was seen just now: the clock was set back',
      '10 10 -',
      '10 10 -',
      [
        [90, OPEN],
        [10, OPEN],
      ],
    ],
    [
      'that went while the clock was set back was there last just now',
      '10 10 10',
      '10 10 -',
      [
        [90, OPEN],
        [10, CLOSED],
      ],
    ],
    [
      'that is there while the clock is set forth keeps its first day',
      '10 10 -',
      '10 10 -',
      [
        [10, OPEN],
        [10 + 2 * KEPT_SECONDS, OPEN],
      ],
    ],
    [
      'that is gone is forgotten in the end',
      'none',
      '10 10 -',
      [
        [10, OPEN],
        [20, CLOSED],
        [21 + KEPT_SECONDS, CLOSED],
      ],
    ],
  ])('%s', (_, finding, server, looks) => {
    expect(dates(historyAfter(...looks))).toEqual([finding, server]);
  });
});

describe('A namespace', () => {
  it('without servers has no history, and none is left of servers that are gone for long', () => {
    expect(historyAfter([10, {}])).toBeUndefined();
    expect(historyAfter([10, OPEN], [20, {}], [21 + KEPT_SECONDS, {}])).toBeUndefined();
  });

  it('keeps the modes that it was seen in, the last ones', () => {
    const modesOf = (...modes: readonly Mode[]) =>
      historyAfter(...modes.map((mode, index): Look => [index * 10, OPEN, mode]))?.modes.map(
        ({ at, mode }) => `${at} ${mode}`,
      );
    expect(modesOf('audit', 'audit', 'warn', 'enforce', 'audit')).toEqual([
      '0 audit',
      '20 warn',
      '30 enforce',
      '40 audit',
    ]);
    const many = Array.from({ length: 50 }, (_, index): Mode => (index % 2 === 0 ? 'audit' : 'warn'));
    expect(modesOf(...many)?.length).toBe(MAX_MODES);
  });

  it('keeps so many findings and servers that are gone, the last ones', () => {
    const looks = Array.from({ length: 300 }, (_, index): Look => [index, { s: [`f${index}`], [`gone${index}`]: [] }]);
    const history = historyAfter(...looks);
    const findings = [...(history?.servers.get('s')?.findings.keys() ?? [])];
    expect(findings.length).toBe(MAX_GONE_FINDINGS + 1);
    expect(findings).toContain('f298');
    expect(history?.servers.size).toBe(MAX_GONE_SERVERS + 2);
    expect(history?.servers.has('gone298')).toBe(true);
  });
});
