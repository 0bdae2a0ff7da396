import { describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { exitStatus, reportOn } from '../../../src/app/report/build-report.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import type { CheckReport } from '../../../src/app/report/check-report.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { decodeManifests } from '../../support/input.ts';

type Value = Readonly<Record<string, unknown>>;

const server = (labels: Value, namespace = 'tools'): Value => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ledger', namespace },
  spec: {
    template: {
      metadata: { labels: { ...labels, 'chokepoint.dev/mcp-server': 'true' } },
      spec: { containers: [{ name: 'main', image: 'ledger:1' }] },
    },
  },
});
const policy = (labels: Value, spec: Value = {}, name = 'ledger'): Value => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'tools' },
  spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress', 'Egress'], ...spec },
});
const A = { app: 'a' };
const B = { app: 'b' };
const OPEN = { egress: [{}] };

function reported(documents: readonly (readonly [file: string, value: Value])[]): CheckReport {
  const manifests = documents.map(([file, value], index) => ({
    file,
    document: index,
    line: index + 1,
    pointer: [],
    value,
  }));
  const worlds = [judgeInput(decodeManifests(manifests), createJudge(builtinGatePolicy()))];
  return reportOn(worlds, { files: 0, problems: [], policySource: 'test' }, ({ line }) => ({ line, column: 0 }));
}

/** The verdict, and which files the findings stand in. */
const verdict = (report: CheckReport): readonly [verdict: string, files: string] => {
  const [one] = report.servers;
  const files = [...new Set((one?.findings ?? []).map(({ file }) => file))].sort().join(' ');
  return [report.servers.length === 1 ? (one?.verdict ?? '') : `${report.servers.length} servers`, files];
};

describe('Of several documents of one object each is judged, and the worst decides', () => {
  test.each<[string, readonly (readonly [string, Value])[], string, string]>([
    [
      'the last is open',
      [
        ['a', server(A)],
        ['b', policy(A)],
        ['c', policy(A, OPEN)],
      ],
      'deny',
      'c',
    ],
    [
      'the first is open',
      [
        ['a', server(A)],
        ['b', policy(A, OPEN)],
        ['c', policy(A)],
      ],
      'deny',
      'b',
    ],
    [
      'one in the middle is open',
      [
        ['a', server(A)],
        ['b', policy(A)],
        ['c', policy(A, OPEN)],
        ['d', policy(A)],
      ],
      'deny',
      'c',
    ],
    [
      'the same document twice',
      [
        ['a', server(A)],
        ['b', policy(A)],
        ['c', policy(A)],
      ],
      'allow',
      '',
    ],
    [
      'one policy selects other pods',
      [
        ['a', server(A)],
        ['b', policy(B)],
        ['c', policy(A)],
      ],
      'deny',
      'a',
    ],
    [
      'one server bears other labels',
      [
        ['a', server(B)],
        ['b', server(A)],
        ['c', policy(A)],
      ],
      'deny',
      'a',
    ],
    [
      'twice in one file',
      [
        ['a', policy(A, OPEN)],
        ['a', server(A)],
        ['a', policy(A)],
      ],
      'deny',
      'a',
    ],
    [
      'two streams after each other',
      [
        ['-', server(A)],
        ['-', policy(A)],
        ['-', server(B)],
        ['-', policy(B)],
      ],
      'allow',
      '',
    ],
    [
      'a folder each',
      [
        ['x/1', server(A)],
        ['x/2', policy(A)],
        ['y/1', server(B)],
        ['y/2', policy(B)],
      ],
      'allow',
      '',
    ],
    [
      'a folder each, deeper',
      [
        ['x/d/1', server(A)],
        ['x/2', policy(A)],
        ['y/1', server(B)],
        ['y/d/2', policy(B)],
      ],
      'allow',
      '',
    ],
    [
      'folders of services',
      [
        ['s/x/1', server(A)],
        ['s/x/2', policy(A)],
        ['s/y/1', server(B)],
        ['s/y/2', policy(B, OPEN)],
      ],
      'deny',
      's/y/2',
    ],
    [
      'what both lack',
      [
        ['a', server(A)],
        ['b', server(B)],
      ],
      'deny',
      'a b',
    ],
  ])('%s', (_, documents, expected, files) => {
    expect(verdict(reported(documents))).toEqual([expected, files]);
  });

  test('a server is told once, where the worse document stands', () => {
    const report = reported([
      ['a', policy(A)],
      ['b', server(B)],
      ['c', server(A)],
    ]);
    expect(report.servers.map(({ file, line }) => `${file}:${line}`)).toEqual(['b:2']);
    expect(report.problems.map(({ message }) => message)).toEqual([
      'Deployment tools/ledger is also at b:2: each is judged, and the worst decides',
    ]);
  });

  test('more different documents than are judged make an error', () => {
    const many = Array.from({ length: 66 }, (__, index) => [`${index}`, policy({ app: `${index}` })] as const);
    const report = reported([['a', server(A)], ...many]);
    expect([
      exitStatus(report),
      report.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    ]).toEqual([2, ['too-many-duplicates']]);
  });

  test('a Namespace in each of a hundred folders is no trouble', () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tools' } };
    const many = Array.from({ length: 100 }, (__, index) => [`${index}/ns`, namespace] as const);
    const report = reported([['a', server(A)], ['b', policy(A)], ...many]);
    expect([exitStatus(report), verdict(report)]).toEqual([0, ['allow', '']]);
  });
});
