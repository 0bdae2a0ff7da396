import { expect, test } from 'vitest';
import { measuredEnforcement } from '../../../src/app/doctor/measured-enforcement.ts';
import { probeGaps } from '../../../src/app/report/probe-gaps.ts';
import type { MeasuredEnforcement } from '../../../src/core/gate/enforcement.ts';
import { seen, told } from './seen.ts';

const MEASURED: MeasuredEnforcement = { day: '2026-11-25', open: [], enforced: [], unknown: [], openServers: [] };
const OPEN = { name: 'b', pool: '', reason: 'ingress over IPv4: it was reached' };

const answers = (given: Partial<MeasuredEnforcement> | undefined): readonly string[] => {
  const all = seen();
  const enforcement = given && { ...MEASURED, ...given };
  return told(measuredEnforcement({ ...all, reading: { ...all.reading, enforcement } }));
};

test.each([
  ['nothing was measured', undefined, []],
  [
    'all is enforced',
    { enforced: ['a', 'b'] },
    ['pass: policies are enforced on node a and 1 more, as packets showed on 2026-11-25'],
  ],
  [
    'one node does not enforce',
    { enforced: ['a'], open: [OPEN] },
    ['fail: policies are not enforced on node b, as packets showed on 2026-11-25: ingress over IPv4: it was reached'],
  ],
  [
    'one node is unknown',
    { enforced: ['a'], unknown: ['c'] },
    [
      'warn: the probe of 2026-11-25 proved nothing of node c',
      'pass: policies are enforced on node a, as packets showed on 2026-11-25',
    ],
  ],
  [
    'a server is open where its policies close it',
    {
      enforced: ['a'],
      openServers: [{ name: 'tools/Pod/weather', reason: 'from x to y, TCP 80 over IPv4', others: 1 }],
    },
    [
      'fail: policies of tools/Pod/weather are not enforced, as packets showed on 2026-11-25: what is judged to be closed was open from x to y, TCP 80 over IPv4',
    ],
  ],
  [
    'it is too old',
    { day: '2026-11-19', open: [OPEN] },
    ['warn: the last probe, of 2026-11-19, is too old to prove anything'],
  ],
] as const)('where %s, doctor says so', (_, given, expected) => expect(answers(given)).toEqual(expected));

test.each([
  ['nothing was measured', undefined, []],
  ['all is known', { enforced: ['a'] }, []],
  ['a node does not enforce, which is a finding', { open: [OPEN] }, []],
  ['one node is unknown', { unknown: ['c'] }, ['probe-unknown']],
  ['it is too old', { day: '2026-11-19', unknown: ['c'] }, ['probe-outdated']],
] as const)('where %s, a scan warns of %j', (_, given, codes) => {
  const problems = probeGaps(given && { ...MEASURED, ...given }, '2026-11-27');
  expect(problems.map(({ code }) => code)).toEqual(codes);
});
