import { describe, expect, test } from 'vitest';
import { judgeInput } from '../../../src/app/report/check.ts';
import type { ReportedServer } from '../../../src/app/report/check-report.ts';
import { mergePassedOver, mergeServers } from '../../../src/app/report/merge-worlds.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { decodeManifests } from '../../support/input.ts';
import { policyOf } from '../../support/reviews.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

const SERVER = SAMPLE_REPORT.servers[0] as ReportedServer;

const judged = (...values: readonly Fields[]) =>
  judgeInput(
    decodeManifests(
      values.map((value, index) => ({ file: `${index}.yaml`, document: 0, line: index, pointer: [], value })),
    ),
    createJudge(policyOf({})),
  );
const other = (kind: string, apiVersion = 'v1'): Fields => ({ apiVersion, kind, metadata: { name: 'x' } });

test('What is passed over is counted by kind over all worlds, sorted', () => {
  const worlds = [
    judged(other('Secret'), other('ConfigMap')),
    judged(other('Secret'), other('Widget', 'a.example/v1')),
  ];
  expect(mergePassedOver(worlds).map(({ apiVersion, kind, count }) => `${apiVersion} ${kind} ${count}`)).toEqual([
    'a.example/v1 Widget 1',
    'v1 ConfigMap 1',
    'v1 Secret 2',
  ]);
});

describe('The servers of several worlds are', () => {
  const built = (
    name: string,
    builds: readonly string[] | undefined,
    more: Partial<ReportedServer> = {},
  ): ReportedServer => {
    const { builds: _, ...rest } = SERVER;
    return { ...rest, kind: 'Pod', namespace: 'a', name, verdict: 'deny', ...(builds && { builds }), ...more };
  };
  const told = (...servers: readonly ReportedServer[]): readonly string[] =>
    mergeServers(servers).map(
      ({ namespace, kind, name, verdict, builds }) =>
        `${namespace} ${kind} ${name} ${verdict}${builds ? ` of ${builds}` : ''}`,
    );

  // biome-ignore format: one line a case
  test.each<[what: string, servers: readonly ReportedServer[], told: readonly string[]]>([
    ['each told where they come from files', [built('x', undefined), built('x', undefined)], ['a Pod x deny', 'a Pod x deny']],
    ['told once, with their builds, where those are alike', [built('x', ['two']), built('x', ['one'])], ['a Pod x deny of one,two']],
    ['told apart where builds differ in a line', [built('x', ['one']), built('x', ['two'], { line: 9 })], ['a Pod x deny of one', 'a Pod x deny of two']],
    ['told apart where one is of no build', [built('x', ['one']), built('x', undefined)], ['a Pod x deny of one', 'a Pod x deny']],
    ['sorted by namespace, kind and name', [built('b', undefined), built('a', undefined), built('a', undefined, { kind: 'Job' }), built('z', undefined, { namespace: 'A' })], ['A Pod z deny', 'a Job a deny', 'a Pod a deny', 'a Pod b deny']],
    ['sorted by what weighs more, the worst last', [built('x', undefined, { verdict: 'undetermined' }), built('x', undefined), built('x', undefined, { verdict: 'allow' })], ['a Pod x allow', 'a Pod x deny', 'a Pod x undetermined']],
  ])('%s', (_, servers, expected) => {
    expect(told(...servers)).toEqual(expected);
  });
});
