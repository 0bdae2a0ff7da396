import { describe, expect, it } from 'vitest';
import type { PlannedReport } from '../../../src/app/policy-reports/document.ts';
import { MAX_RESULT_BYTES, MAX_RESULTS, planReport } from '../../../src/app/policy-reports/plan.ts';
import type { SurveyedNamespace } from '../../../src/app/survey/keep.ts';
import { judgeServers } from '../../../src/app/survey/servers-in.ts';
import type { Finding } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { closingPolicy, deployment, namespace, openingPolicy, testPolicy, worldOf } from '../../support/reviews.ts';
import { idOf, surveyedServer } from './surveyed.ts';

const TOOLS = { idOf, seen: () => undefined, judgedSince: () => undefined, modes: () => [] };

/** What is reported of the namespace of these objects. */
function reportOn(objects: readonly Fields[], policy = testPolicy(), more: Partial<SurveyedNamespace> = {}) {
  const servers = [...judgeServers(worldOf(namespace(), ...objects), 'prod', createJudge(policy))];
  const seen = { name: 'prod', uid: 'u', mode: 'audit', servers: servers.flatMap(one => one ?? []), ...more } as const;
  return planReport(seen, TOOLS);
}

const line = ({ results = [] }: Partial<PlannedReport> = {}): readonly string[] =>
  results.map(({ result, severity, rule, scored }) => `${result} ${severity} ${rule}${scored ? ' scored' : ''}`);

describe('A report', () => {
  it('has a result for each finding of a server, with what it is about and how it is known again', () => {
    const report = reportOn([deployment(), openingPolicy(), closingPolicy()]);
    expect(report?.summary).toEqual({ pass: 0, fail: 3, warn: 1, error: 0, skip: 0 });
    expect(report?.results).toContainEqual({
      source: 'chokepoint',
      policy: 'chokepoint',
      rule: 'ingress-beyond-gateway',
      category: 'MCP perimeter',
      severity: 'high',
      result: 'fail',
      scored: true,
      resources: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace: 'prod',
          name: 'weather',
          uid: '3f2c2a36-7d0c-4a64-8a43-6ee4f6f0b001',
        },
      ],
      message: expect.stringMatching(/^Deployment prod\/weather: /),
      properties: {
        resultID: expect.stringMatching(/^[0-9a-f]{16}$/),
        at: expect.stringContaining('NetworkPolicy prod/'),
        witness: expect.stringContaining('can connect to it'),
        fix: expect.any(String),
        mcp: 'declared',
        mode: 'audit',
      },
    });
  });

  it('says of an absent policy, and of what cannot be judged, how bad it is', () => {
    expect(line(reportOn([deployment()]))).toEqual([
      'fail critical egress-not-isolated scored',
      'fail high ingress-not-isolated scored',
    ]);
    const unreadable = { ...closingPolicy(), spec: { podSelector: { matchLabels: { app: 'weather' } }, egress: 7 } };
    expect(line(reportOn([deployment(), unreadable])).filter(text => text.startsWith('error'))).toEqual([
      'error high unreadable-policy',
    ]);
  });

  it('counts a server of which nothing is found, and has no result for it', () => {
    const report = reportOn([deployment(), closingPolicy()]);
    expect([report?.summary.pass, report?.results]).toEqual([1, []]);
  });

  it('tells what an exception sets aside as skipped, with who says so and until when', () => {
    const exceptions = [
      {
        namespace: 'prod',
        kind: 'Deployment',
        name: 'weather',
        rules: ['egress-not-isolated'],
        reason: 'T-1',
        expires: '2999-01-01',
      },
    ];
    const report = reportOn([deployment()], testPolicy({ exceptions }));
    expect(line(report)).toEqual(['fail high ingress-not-isolated scored', 'skip critical egress-not-isolated']);
    expect(report?.results[1]?.properties).toMatchObject({ exception: 'T-1', expires: '2999-01-01' });
  });

  it('is not there without servers, and where the mode is off', () => {
    expect(reportOn([])).toBeUndefined();
    expect(reportOn([deployment()], testPolicy(), { mode: 'off' })).toBeUndefined();
  });
});

const finding = (some: Partial<Finding> = {}): Finding => ({
  rule: 'ingress-beyond-gateway',
  messageId: 'm',
  level: 'deny',
  subject: { kind: 'Deployment', namespace: 'prod', name: 'a' },
  object: { kind: 'NetworkPolicy', namespace: 'prod', name: 'p' },
  path: 'spec.ingress[0]',
  message: 'admits more',
  opens: [],
  fix: { summary: 'narrow it' },
  ...some,
});

const reported = (...findings: readonly Finding[]): PlannedReport => {
  const servers = [surveyedServer('a', findings)];
  return planReport({ name: 'prod', uid: 'u', mode: 'warn', servers }, TOOLS) ?? expect.fail('no report');
};
const idsOf = ({ results }: PlannedReport) => results.map(({ properties }) => properties.resultID);

describe('A result', () => {
  it('of an absent policy is the same one, whichever policies come and go', () => {
    const egressOf = (...objects: readonly Fields[]) =>
      reportOn([deployment(), ...objects])?.results.find(({ rule }) => rule === 'egress-not-isolated');
    const ingressAlone = { podSelector: { matchLabels: { app: 'weather' } }, policyTypes: ['Ingress'] };
    const [before, after] = [egressOf(), egressOf({ ...closingPolicy(), spec: ingressAlone })];
    expect(before?.properties.resultID).toMatch(/^[0-9a-f]+$/);
    expect(after?.properties.resultID).toBe(before?.properties.resultID);
  });

  it('keeps its identity whatever place, wording, witness and level it has', () => {
    const [id] = idsOf(reported(finding()));
    const others: readonly Partial<Finding>[] = [
      { path: 'spec.ingress[7]' },
      { message: 'admits even more' },
      { level: 'warn' },
      { witness: { direction: 'ingress', peer: '203.0.113.9' } },
      { fix: { summary: 'delete it' } },
    ];
    for (const other of others) expect(idsOf(reported(finding(other)))).toEqual([id]);
    expect(idsOf(reported(finding({ object: { kind: 'NetworkPolicy', namespace: 'prod', name: 'q' } })))).not.toEqual([
      id,
    ]);
  });

  it('stands for all places of one fault, and is as bad as the worst', () => {
    const { results } = reported(finding({ level: 'warn' }), finding({ path: 'spec.ingress[1]' }));
    expect(results).toMatchObject([{ result: 'fail', properties: { places: '2' } }]);
  });

  it('shows no text that changes how others are shown, and none of any length', () => {
    const { results } = reported(finding({ message: `a\u202eb\n${'x'.repeat(5_000)}`, path: 'y'.repeat(5_000) }));
    expect(results[0]?.message).toMatch(/^Deployment prod\/a: ab x+…$/);
    expect(results[0]?.message.length).toBe(1_000);
    expect(results[0]?.properties.at?.length).toBe(500);
  });

  it('has the time at which it was first seen, in seconds', () => {
    const servers = [surveyedServer('a', [finding()])];
    const tools = {
      idOf,
      seen: () => ({ first: 1_795_766_400, since: 1_795_852_800 }),
      judgedSince: () => 1_795_766_400,
      modes: () => [
        { at: 1_795_766_400, mode: 'audit' as const },
        { at: 1_795_852_800, mode: 'warn' as const },
      ],
    };
    const report = planReport({ name: 'prod', uid: 'u', mode: 'warn', servers }, tools);
    expect(report?.results).toMatchObject([
      {
        timestamp: { seconds: 1_795_766_400, nanos: 0 },
        properties: {
          firstSeen: '2026-11-27T08:00:00Z',
          openSince: '2026-11-28T08:00:00Z',
          judgedSince: '2026-11-27T08:00:00Z',
          modeSince: '2026-11-28T08:00:00Z',
          modeBefore: 'audit',
        },
      },
    ]);
  });
});

const many = (count: number, some: (index: number) => Partial<Finding> = () => ({})): PlannedReport => {
  const servers = Array.from({ length: count }, (_, index) => surveyedServer(`s${index}`, [finding(some(index))]));
  return planReport({ name: 'prod', uid: 'u', mode: 'warn', servers }, TOOLS) ?? expect.fail('no report');
};

describe('Too many results', () => {
  it.each([
    [499, 499, undefined],
    [500, 500, undefined],
    [501, 500, '2'],
    [10_000, 500, '9501'],
  ])('of %i, %i are told, and the others counted', (count, told, leftOut) => {
    const { results, summary } = many(count);
    expect([results.length, results.at(-1)?.properties.leftOut]).toEqual([told, leftOut]);
    expect(summary.fail).toBe(count);
    expect(results.length).toBeLessThanOrEqual(MAX_RESULTS);
  });

  it('leave out the least first, and the same ones every time', () => {
    const report = many(600, index => (index < 100 ? { level: 'warn' } : {}));
    expect(report.results.filter(({ result }) => result === 'fail').length).toBe(499);
    expect(many(600, index => (index < 100 ? { level: 'warn' } : {}))).toEqual(report);
  });

  it('take no more bytes than an object may have, however long their texts are', () => {
    const { results } = many(500, () => ({ message: '漢'.repeat(2_000), path: '字'.repeat(2_000) }));
    expect(Buffer.byteLength(JSON.stringify(results))).toBeLessThanOrEqual(MAX_RESULT_BYTES + 1_000);
    expect(Number(results.at(-1)?.properties.leftOut)).toBe(500 - results.length + 1);
  });
});
