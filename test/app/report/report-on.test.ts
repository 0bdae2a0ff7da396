import { describe, expect, test } from 'vitest';
import { NOWHERE, reportOn } from '../../../src/app/report/build-report.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import type { CheckReport } from '../../../src/app/report/check-report.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Problem } from '../../../src/core/manifest.ts';
import { decodeManifests } from '../../support/input.ts';
import { policyOf } from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';

const FACTS = { files: 1, problems: [], policySource: 'test' };
const judged = (...values: readonly Fields[]) =>
  judgeInput(
    decodeManifests(
      values.map((value, index) => ({ file: `${index}.yaml`, document: 0, line: index, pointer: [], value })),
    ),
    createJudge(policyOf({})),
  );
const other = (kind: string, apiVersion = 'v1'): Fields => ({ apiVersion, kind, metadata: { name: 'x' } });

describe('A report', () => {
  const server = (called: string, labels: Readonly<Record<string, string>> = { app: called }): Fields =>
    workloadManifest({
      called,
      namespace: 'shop',
      labels,
      ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
      ports: ['8080'],
    });
  const policy = (app: string, egress: readonly object[], ingress: readonly object[] = []): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: app, namespace: 'shop' },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress', 'Egress'], ingress, egress },
  });
  const LINK_LOCAL = { to: [{ ipBlock: { cidr: '169.254.0.0/16', except: ['169.254.169.254/32'] } }] };

  test('counts its servers by their verdicts, where warnings are of those that are allowed', () => {
    const { summary } = reportOn(
      [
        judged(
          server('open'),
          server('closed'),
          policy('closed', []),
          server('warned'),
          policy('warned', [LINK_LOCAL]),
          other('Secret'),
        ),
      ],
      FACTS,
      NOWHERE,
    );
    expect(summary).toEqual({ files: 1, objects: 6, servers: 3, deny: 1, warn: 2, undetermined: 0 });
  });

  test('tells denials before warnings', () => {
    const { servers } = reportOn([judged(server('a'), policy('a', [LINK_LOCAL, {}], [{}]))], FACTS, NOWHERE);
    const levels = servers[0]?.findings.map(({ level }) => level) ?? [];
    expect(new Set(levels).size).toBe(2);
    expect(levels).toEqual([...levels].sort());
  });

  test('says that files were foreign or left out only where some were', () => {
    const of = (facts: object): CheckReport => reportOn([judged()], { ...FACTS, ...facts }, NOWHERE);
    expect(Object.keys(of({}))).not.toEqual(expect.arrayContaining(['foreignFiles']));
    expect(
      Object.keys(of({ foreignFiles: 0, leftOut: { option: 0, ignoreFile: 0 } })).filter(key =>
        ['foreignFiles', 'leftOut', 'lookClose', 'cluster'].includes(key),
      ),
    ).toEqual([]);
    expect(of({ foreignFiles: 2, leftOut: { option: 0, ignoreFile: 1 } })).toMatchObject({
      foreignFiles: 2,
      leftOut: { option: 0, ignoreFile: 1 },
    });
    expect(of({ leftOut: { option: 1, ignoreFile: 0 } })).toMatchObject({ leftOut: { option: 1, ignoreFile: 0 } });
  });

  test('sorts problems by file, line, column, field and kind', () => {
    const problem = (text: string): Problem => {
      const [file = '', line, column, field = '', code = ''] = text.split(' ');
      return { severity: 'warning', file, line: Number(line), column: Number(column), field, code, message: '' };
    };
    const sorted = [
      'a.yaml 1 1 a x',
      'a.yaml 1 1 a y',
      'a.yaml 1 1 b a',
      'a.yaml 1 2 a a',
      'a.yaml 2 1 a a',
      'a.yaml 10 0 a a',
      'b.yaml 1 1 a a',
    ];
    const shuffled = [4, 6, 2, 0, 5, 1, 3].map(index => problem(sorted[index] ?? ''));
    const { problems } = reportOn([], { ...FACTS, problems: shuffled }, NOWHERE);
    expect(problems.map(({ file, line, column, field, code }) => [file, line, column, field, code].join(' '))).toEqual(
      sorted,
    );
  });

  test('names what a person knows a server by that others made', () => {
    const made = workloadManifest({
      kind: 'ReplicaSet',
      called: 'web-1',
      namespace: 'shop',
      labels: { app: 'web', 'chokepoint.dev/mcp-server': 'true' },
      owners: ['apps/v1 Deployment web'],
    });
    const { servers } = reportOn([judged(made, server('own'))], FACTS, NOWHERE);
    expect(servers.map(({ name, owner }) => [name, owner])).toEqual([
      ['own', undefined],
      ['web-1', { kind: 'Deployment', namespace: 'shop', name: 'web' }],
    ]);
  });
});
