import { expect, test } from 'vitest';
import { renderProbe } from '../../../src/adapters/probe/text.ts';
import type { ProbeReport } from '../../../src/app/probe/report.ts';
import { probeStatus } from '../../../src/app/probe/report.ts';
import type { TriedWay } from '../../../src/app/probe/server-verdict.ts';

const way = (server: string, agreement: TriedWay['agreement'], reason = ''): TriedWay => ({
  ...{ server, from: 'a stranger', to: `server ${server}`, port: 8080, protocol: 'TCP', family: 'IPv4' },
  ...{ expected: 'closed', seen: 'closed', agreement, reason },
});

const report = (ways: readonly TriedWay[]): ProbeReport => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'ProbeReport',
  ...{ cluster: 'https://api.example', image: 'chokepoint:1', measuredAt: '2026-11-27T12:00:00.000Z' },
  enforcement: 'enforced',
  nodes: [{ name: 'node-1', pool: '', enforcement: 'enforced', reason: '', measurements: [] }],
  ...{ leftOut: [], beyond: 0, leftovers: [] },
  servers: {
    agreement: 'differs',
    names: [...new Set(ways.map(({ server }) => server))],
    beyond: 2,
    ways,
    beside: [{ server: 'tools/Pod/weather', policies: ['ClusterNetworkPolicy wall'] }],
  },
});

test('of each server what differs or is not known is told, and how much is as judged', () => {
  const ways = [
    way('shop/Pod/orders', 'agrees'),
    way('shop/Pod/orders', 'differs', 'it is judged to be closed, and packets got through'),
    way('tools/Pod/weather', 'agrees'),
  ];
  const text = renderProbe(report(ways), (_, word) => word);
  expect(text.split('\n').slice(2, 7)).toEqual([
    'differs       shop/Pod/orders: 1 of 2 connections did what is judged of them',
    '              from a stranger to server shop/Pod/orders, TCP 8080 over IPv4: it is judged to be closed, and packets got through',
    'agrees        tools/Pod/weather: 1 of 1 connections did what is judged of them',
    '              not tried, as it does not select what stands in for it: ClusterNetworkPolicy wall',
    '2 more servers were not stood in for: one probe takes so many at most.',
  ]);
});

test.each([
  [['agrees'], 0],
  [['agrees', 'differs'], 1],
  [['differs', 'unknown'], 2],
] as const)('where servers %j the status is %d', (all, status) => {
  expect(probeStatus(report(all.map(one => way('a/Pod/b', one))))).toBe(status);
});
