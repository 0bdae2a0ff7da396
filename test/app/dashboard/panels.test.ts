import { expect, test } from 'vitest';
import { exceptionRows, type RolloutStanding, stageRows } from '../../../src/app/dashboard/panels.ts';
import { daysFrom } from '../../../src/core/calendar.ts';
import { isFields } from '../../../src/core/kube/reading.ts';
import { decodeAll, policyOf } from '../../support/reviews.ts';
import { parseYaml } from '../../support/yaml.ts';

test.each([
  ['2026-01-01', '2026-01-01', 0],
  ['2026-01-01', '2026-03-01', 59],
  ['2026-01-02', '2026-01-01', -1],
  ['2026-03-28', '2026-03-30', 2],
])('From %s to %s there are %i days', (from, to, days) => {
  expect(daysFrom(from, to)).toBe(days);
});

const STANDING: RolloutStanding = {
  namespace: 'shop',
  stage: 'audit',
  since: '2026-01-01T08:00:00Z',
  status: 'waiting',
  next: { stage: 'warn', from: '2026-01-31' },
  open: 2,
  blockers: [],
};

test('A namespace is told with the days that are left of its stage, never less than none', () => {
  const rows = stageRows(
    [STANDING, { ...STANDING, next: { stage: 'warn', from: '2026-01-05' } }, { ...STANDING, next: null }],
    '2026-01-11',
  );
  expect(rows.map(({ next }) => next?.daysLeft)).toEqual([20, 0, undefined]);
  expect(rows[0]).toEqual({
    ...{ namespace: 'shop', stage: 'audit', since: '2026-01-01', status: 'waiting', open: 2, blockers: [] },
    next: { stage: 'warn', from: '2026-01-31', daysLeft: 20 },
  });
});

const OBJECTS = `
{apiVersion: chokepoint.dev/v1alpha1, kind: GateException, metadata: {name: one, namespace: shop}, spec: {object: {kind: Pod, name: web}, rules: [egress-beyond-allowed, node-access], reason: a driver, expires: "2026-01-20"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: search, namespace: shop, annotations: {chokepoint.dev/ignore: "node-access it meters until 2026-01-15"}}
spec: {selector: {matchLabels: {app: search}}, template: {metadata: {labels: {app: search}}, spec: {containers: [{name: a, image: b}]}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}
`;

test('Exceptions are told wherever they are written, what ends first before the others, and what has ended as such', () => {
  const exceptions = [
    {
      namespace: 'legacy',
      kind: 'Deployment',
      name: 'old',
      rules: ['egress-reaches-cluster'],
      reason: 'TICKET-1',
      expires: '2026-12-31',
    },
    {
      namespace: 'legacy',
      kind: 'Deployment',
      name: 'gone',
      rules: ['host-network'],
      reason: 'TICKET-2',
      expires: '2026-01-01',
    },
  ];
  const allowance = { rules: ['egress-beyond-allowed', 'node-access'], longestDays: 90 };
  const policy = {
    ...policyOf({ exceptions, exceptionsFromNamespaces: allowance, exceptionsFromAnnotations: allowance }),
    day: '2026-01-11',
  };
  const rows = exceptionRows(decodeAll(parseYaml(OBJECTS).filter(isFields)), policy.exceptions, policy, '2026-01-11');
  expect(
    rows.map(({ object, rules, expires, daysLeft, from }) => [object, rules.join(), expires, daysLeft, from]),
  ).toEqual([
    ['Deployment legacy/gone', 'host-network', '2026-01-01', -10, 'the configuration'],
    ['Deployment shop/search', 'node-access', '2026-01-15', 4, 'annotation of Deployment shop/search'],
    ['Pod shop/web', 'egress-beyond-allowed,node-access', '2026-01-20', 9, 'GateException shop/one'],
    ['Deployment legacy/old', 'egress-reaches-cluster', '2026-12-31', 354, 'the configuration'],
  ]);
});
