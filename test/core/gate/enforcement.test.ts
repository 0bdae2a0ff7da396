import { describe, expect, test } from 'vitest';
import {
  enforcementIn,
  isProof,
  type MeasuredEnforcement,
  readEnforcement,
} from '../../../src/core/gate/enforcement.ts';

const REPORT = {
  kind: 'ProbeReport',
  measuredAt: '2026-11-20T23:59:59.000Z',
  nodes: [
    { name: 'a', pool: '', enforcement: 'enforced', measurements: [] },
    {
      name: 'b',
      pool: 'spot',
      enforcement: 'not-enforced',
      measurements: [
        { direction: 'ingress', family: 'IPv4', enforcement: 'enforced', reason: '' },
        { direction: 'egress', family: 'IPv6', enforcement: 'not-enforced', reason: 'it got through' },
      ],
    },
    { name: 'c', pool: '', enforcement: 'unknown', reason: 'ErrImagePull', measurements: [] },
  ],
};

describe('what is kept of a probe', () => {
  test('is read node by node', () => {
    expect(readEnforcement(JSON.stringify(REPORT))).toEqual({
      day: '2026-11-20',
      open: [{ name: 'b', pool: 'spot', reason: 'egress over IPv6: it got through' }],
      enforced: ['a'],
      unknown: ['c'],
      openServers: [],
    });
  });

  test('has the servers of which something got through that is judged to be closed', () => {
    const way = {
      ...{ server: 'tools/Pod/a', from: 'a stranger', to: 'server tools/Pod/a', port: 80, family: 'IPv4' },
      ...{ expected: 'closed', seen: 'open', agreement: 'differs' },
    };
    const ways = [
      way,
      { ...way, port: '81' },
      { ...way, family: 'IPv6' },
      { ...way, server: 'tools/Pod/cut', expected: 'open', seen: 'closed' },
      { ...way, server: 'tools/Pod/unknown', agreement: 'unknown' },
      { ...way, server: 'tools/Pod/agrees', seen: 'closed', agreement: 'agrees' },
      { ...way, server: '__proto__', port: {} },
    ];
    expect(readEnforcement(JSON.stringify({ ...REPORT, servers: { ways } }))?.openServers).toEqual([
      { name: 'tools/Pod/a', reason: 'from a stranger to server tools/Pod/a, TCP 80 over IPv4', others: 2 },
      { name: '__proto__', reason: 'from a stranger to server tools/Pod/a, TCP ? over IPv4', others: 0 },
    ]);
    for (const servers of [null, 'all', { ways: 'all' }, { ways: [null, 1] }])
      expect(readEnforcement(JSON.stringify({ ...REPORT, servers }))?.openServers).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['another kind', JSON.stringify({ ...REPORT, kind: 'DoctorReport' })],
    ['no day', JSON.stringify({ ...REPORT, measuredAt: undefined })],
    ['no such day', JSON.stringify({ ...REPORT, measuredAt: '2026-02-30T00:00:00Z' })],
  ])('is nothing where there is %s', (_, text) => expect(readEnforcement(text)).toBeUndefined());

  test('has no nodes where they are no list of objects', () => {
    const nodes = { 0: REPORT.nodes[1] };
    expect(readEnforcement(JSON.stringify({ ...REPORT, nodes }))).toMatchObject({
      open: [],
      enforced: [],
      unknown: [],
    });
    expect(readEnforcement(JSON.stringify({ ...REPORT, nodes: [1, null, 'b'] }))?.open).toEqual([]);
  });

  test('is bounded, whoever wrote it', () => {
    const nodes = Array.from({ length: 10_000 }, () => ({ ...REPORT.nodes[1], name: 'x'.repeat(10_000) }));
    const read = readEnforcement(JSON.stringify({ ...REPORT, nodes }));
    expect([read?.open.length, read?.open[0]?.name.length]).toEqual([100, 200]);
  });

  test('lies in a ConfigMap', () => {
    expect(enforcementIn({ data: { 'probe.json': JSON.stringify(REPORT) } })?.day).toBe('2026-11-20');
    expect(enforcementIn({ data: { other: 'x' } })).toBeUndefined();
    expect(enforcementIn({})).toBeUndefined();
  });
});

const MEASURED: MeasuredEnforcement = { day: '2026-11-20', open: [], enforced: [], unknown: [], openServers: [] };

test.each([
  ['2026-11-19', true],
  ['2026-11-20', true],
  ['2026-11-27', true],
  ['2026-11-28', false],
  [undefined, false],
] as const)('what was measured on 2026-11-20 counts on %s: %s', (today, counts) => {
  expect(isProof(MEASURED, today)).toBe(counts);
});
