import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeByTime } from '../../../src/app/audit-query/merge-by-time.ts';
import { inOrder } from '../../../src/app/audit-query/order.ts';
import { createReachFollower } from '../../../src/app/audit-query/reach-on.ts';
import type { RecordLine } from '../../../src/app/audit-query/record-line.ts';
import { createSeenLines } from '../../../src/app/audit-query/seen-lines.ts';
import { createStateFollower } from '../../../src/app/audit-query/state-at.ts';
import { line, way } from './lines.ts';

const on = (day: number, given: object): RecordLine => line({ time: `2026-11-${day}T12:00:00.000Z`, ...given });
const gained = (...ways: readonly object[]): object => ({ reach: { gained: ways, lost: [] } });
const lost = (...ways: readonly object[]): object => ({ reach: { gained: [], lost: ways } });

describe('Who could reach a server on a day', () => {
  const ways = (lines: readonly RecordLine[], day: number): readonly string[] => {
    const follower = createReachFollower('tools/search');
    for (const one of lines) follower.add(one);
    const sinceMs = Date.parse(`2026-11-${day}`);
    return follower
      .openIn(sinceMs, sinceMs + 86_400_000)
      .map(({ way: { from }, openedBy, closedBy }) =>
        [openedBy?.time.slice(8, 10), from, closedBy?.time.slice(8, 10)].join(' '),
      );
  };
  const open = on(12, gained(way('any pod')));
  const close = on(15, lost(way('any pod')));

  test.each<[what: string, lines: readonly RecordLine[], day: number, expected: readonly string[]]>([
    ['nobody before it was opened', [open, close], 11, []],
    ['whoever it was opened to on that day', [open, close], 12, ['12 any pod 15']],
    ['whoever it was open to between', [open, close], 14, ['12 any pod 15']],
    ['whoever it was closed to on that day', [open, close], 15, ['12 any pod 15']],
    ['nobody once it was closed', [open, close], 16, []],
    ['whoever it stays open to', [open], 20, ['12 any pod ']],
    ['whoever it was open to before the record began', [close], 13, [' any pod 15']],
    [
      'whoever a later change found it open to',
      [on(14, { reach: { gained: [], lost: [], open: [way('pods app=envoy in gateway')] } })],
      12,
      [' pods app=envoy in gateway '],
    ],
    [
      'whoever a change opened it to, though it tells of it as open too',
      [on(12, { reach: { gained: [way('any pod')], lost: [], open: [way('any pod')] } })],
      11,
      [],
    ],
    [
      'whoever a change found it open to, until one closed it',
      [on(12, { reach: { gained: [], lost: [], open: [way('any pod')] } }), close],
      15,
      [' any pod 15'],
    ],
    ['nobody by a refused change', [on(12, { ...gained(way('any pod')), allowed: false })], 14, []],
    ['nobody by a dry run', [on(12, { ...gained(way('any pod')), dryRun: true })], 14, []],
    ['nobody of another server', [on(12, gained({ ...way('any pod'), to: 'tools/other' }))], 14, []],
    ['one way by its port', [open, on(12, gained(way('any pod', 9090))), close], 16, ['12 any pod ']],
    ['since the first of two openings', [open, on(13, gained(way('any pod'))), close], 14, ['12 any pod 15']],
    ['until the first of two closings', [open, close, on(17, lost(way('any pod')))], 16, []],
    ['again once it is opened again', [open, close, on(18, gained(way('any pod')))], 19, ['18 any pod ']],
  ])('is %s', (_, lines, day, expected) => {
    expect(ways(lines, day)).toEqual(expected);
  });
});

describe('Who could reach a server where ways are narrowed and widened', () => {
  interface Told {
    readonly gained?: readonly object[];
    readonly lost?: readonly object[];
    readonly open: readonly object[];
    readonly truncated?: readonly string[];
  }
  const told = (day: number, { gained = [], lost = [], open, truncated = [] }: Told): RecordLine =>
    on(day, { reach: { gained, lost, open }, truncated });
  const ways = (lines: readonly RecordLine[], day: number): readonly string[] => {
    const follower = createReachFollower('tools/search');
    for (const one of lines) follower.add(one);
    const sinceMs = Date.parse(`2026-11-${day}`);
    return follower
      .openIn(sinceMs, sinceMs + 86_400_000)
      .map(({ way: { from, port }, openedBy, madeBy, closedBy, became }) =>
        [
          `${from} ${port}:`,
          openedBy?.time.slice(8, 10) ?? 'before',
          ...(madeBy === undefined ? [] : [madeBy.as, madeBy.line.time.slice(8, 10)]),
          ...(closedBy === undefined ? [] : [became ?? 'closed', closedBy.time.slice(8, 10)]),
        ].join(' '),
      );
  };
  const wide = [way('any pod', '8000-9000')];
  const opened = told(10, { gained: wide, open: wide });
  const narrowed = told(12, {
    lost: [way('any pod', '8000-8079'), way('any pod', '8081-9000')],
    open: [way('any pod')],
  });
  const inOne = [way('any pod in shop', '8000-9000')];
  const inNamespace = told(12, { lost: wide, open: inOne });
  const widened = told(14, {
    gained: [way('any pod', '8000-8079'), way('any pod', '8081-9000')],
    open: wide,
  });
  const address = [way('10.0.0.0/8', 443)];
  const toElsewhere = { from: 'tools/search', to: 'any address', port: 443, protocol: 'TCP' };

  test.each<[what: string, lines: readonly RecordLine[], day: number, expected: readonly string[]]>([
    ['the wide way before', [opened, narrowed], 11, ['any pod 8000-9000: 10 narrowed 12']],
    ['both on the day', [opened, narrowed], 12, ['any pod 8000-9000: 10 narrowed 12', 'any pod 8080: 10 narrowed 12']],
    ['what is left after ports were narrowed', [opened, narrowed], 13, ['any pod 8080: 10 narrowed 12']],
    [
      'what is left after peers were narrowed',
      [opened, inNamespace],
      13,
      ['any pod in shop 8000-9000: 10 narrowed 12'],
    ],
    [
      'what is left, by who opened it first, once it is widened',
      [opened, narrowed, widened],
      15,
      ['any pod 8000-9000: 10 widened 14'],
    ],
    ['what is left in two steps', [opened, inNamespace, told(14, { lost: inOne, open: [] })], 15, []],
    [
      'what was left, until it was closed',
      [opened, inNamespace, told(14, { lost: inOne, open: [] })],
      13,
      ['any pod in shop 8000-9000: 10 narrowed 12 closed 14'],
    ],
    [
      'what no text tells to be part of what was open, by who opened that',
      [
        told(10, { gained: [way('10.0.0.0/7', 443)], open: [way('10.0.0.0/7', 443)] }),
        told(12, { lost: [way('10.0.0.0/7', 443)], open: address }),
      ],
      13,
      ['10.0.0.0/8 443: 10 narrowed 12'],
    ],
    [
      'a narrow way that stays of several',
      [
        told(10, { gained: [...wide, ...address], open: [...wide, ...address] }),
        told(12, { lost: wide, open: address }),
      ],
      13,
      ['10.0.0.0/8 443: 10'],
    ],
    [
      'what was open before, and is narrowed',
      [narrowed],
      11,
      ['any pod 8000-8079: before closed 12', 'any pod 8081-9000: before closed 12', 'any pod 8080: before'],
    ],
    [
      'what is open still after a change of what leaves the server',
      [opened, told(12, { gained: [toElsewhere], open: [...wide, toElsewhere] })],
      13,
      ['any pod 8000-9000: 10'],
    ],
    [
      'the same after a change of another server',
      [
        opened,
        told(12, {
          gained: [{ ...way('any pod'), to: 'tools/other' }],
          open: [{ ...way('any pod'), to: 'tools/other' }],
        }),
      ],
      13,
      ['any pod 8000-9000: 10'],
    ],
    [
      'what a line leaves out of what is open, too',
      [opened, told(12, { gained: address, open: address, truncated: ['reach.open: 3 more'] })],
      13,
      ['any pod 8000-9000: 10', '10.0.0.0/8 443: 12'],
    ],
  ])('is told %s', (_, lines, day, expected) => {
    expect(ways(lines, day)).toEqual(expected);
  });
});

describe('The state of an object at a time', () => {
  const state = (lines: readonly RecordLine[], day: number): string => {
    const object = { namespace: 'tools', kind: 'Deployment', name: 'search' };
    const follower = createStateFollower(object, Date.parse(`2026-11-${day}T12:00:00Z`));
    for (const one of lines) follower.add(one);
    const found = follower.state();
    return found.kind === 'unknown' ? 'unknown' : `${found.kind} ${found.by.seq}`;
  };
  const created = on(12, { seq: 1 });
  const changed = on(14, { seq: 2, operation: 'UPDATE' });
  const deleted = on(16, { seq: 3, operation: 'DELETE' });

  test.each<[what: string, lines: readonly RecordLine[], day: number, expected: string]>([
    ['unknown before the first change', [created], 11, 'unknown'],
    ['that of a change at this very time', [created], 12, 'there 1'],
    ['that of the last change', [created, changed, deleted], 15, 'there 2'],
    ['that of the last change, in whatever order they come', [changed, created], 15, 'there 2'],
    ['deleted', [created, changed, deleted], 16, 'deleted 3'],
    ['not that of a refused change', [created, on(13, { seq: 4, allowed: false })], 15, 'there 1'],
    ['not that of a dry run', [created, on(13, { seq: 4, dryRun: true })], 15, 'there 1'],
    [
      'not that of its scale',
      [created, on(13, { seq: 4, object: { kind: 'Deployment', subresource: 'scale' } })],
      15,
      'there 1',
    ],
    ['not that of another kind', [created, on(13, { seq: 4, object: { kind: 'Service' } })], 15, 'there 1'],
  ])('is %s', (_, lines, day, expected) => {
    expect(state(lines, day)).toBe(expected);
  });
});

test('A line is seen twice exactly where its writer wrote the number before', () => {
  const lines = fc.array(fc.record({ writer: fc.constantFrom('a', 'b', '__proto__'), seq: fc.nat(200) }));
  fc.assert(
    fc.property(lines, given => {
      const seen = createSeenLines();
      const before = new Set<string>();
      for (const { writer, seq } of given) {
        expect(seen.wasSeen(line({ writer, seq }))).toBe(seq > 0 && before.has(`${writer} ${seq}`));
        before.add(`${writer} ${seq}`);
      }
    }),
  );
});

test('Lines of several files come in the order of their times, those of one time in the order of their chains', async () => {
  const file = async function* (name: string, days: readonly number[]) {
    for (const day of days) yield { line: on(day, { writer: name }) };
  };
  const merged: string[] = [];
  for await (const { line: one } of mergeByTime([file('a', [12, 14, 14]), file('b', []), file('c', [11, 14, 20])]))
    merged.push(`${one.writer}${one.time.slice(8, 10)}`);
  expect(merged).toEqual(['c11', 'a12', 'a14', 'a14', 'c14', 'c20']);
});

describe('The lines of one file', () => {
  const days = async (given: readonly number[], most: number): Promise<readonly string[]> => {
    const file = async function* () {
      for (const [index, day] of given.entries()) yield { line: on(day, { seq: index + 1 }), text: 'x'.repeat(10) };
    };
    const found: string[] = [];
    for await (const { line: one } of inOrder(file(), 'joined.jsonl', most))
      found.push(`${one.time.slice(8, 10)}.${one.seq}`);
    return found;
  };

  test('come in the order of time, those of one time as their writer numbered them', async () => {
    expect(await days([14, 15, 12, 14], 1000)).toEqual(['12.3', '14.1', '14.4', '15.2']);
  });

  test('come in order with little held, where they are in order but for neighbours', async () => {
    expect(await days([10, 12, 11, 13, 15, 14, 16], 30)).toEqual([
      '10.1',
      '11.3',
      '12.2',
      '13.4',
      '14.6',
      '15.5',
      '16.7',
    ]);
  });

  test('are refused where a line is earlier than what had to be let go', async () => {
    await expect(days([12, 13, 14, 15, 11], 30)).rejects.toThrow(
      'joined.jsonl: a line of 2026-11-11T12:00:00.000Z stands so far behind later ones',
    );
  });
});
