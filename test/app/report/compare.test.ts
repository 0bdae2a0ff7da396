import { describe, expect, test } from 'vitest';
import { exitStatus } from '../../../src/app/report/build-report.ts';
import type { CheckReport, ReportedFinding } from '../../../src/app/report/check-report.ts';
import { compareWith, fingerprintOf } from '../../../src/app/report/compare.ts';
import { decodeSavedReport, type SavedReport } from '../../../src/app/report/saved-report.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

function saved(report: unknown): SavedReport {
  const decoded = decodeSavedReport(JSON.parse(JSON.stringify(report)));
  if (decoded.kind === 'refused') throw new Error(`${decoded.issue.path}: ${decoded.issue.message}`);
  return decoded.report;
}

const WITHOUT_PROBLEMS: CheckReport = { ...SAMPLE_REPORT, problems: [] };

/** The sample with other findings on its denied server alone, and no other server. */
const reportOf = (...findings: readonly ReportedFinding[]): CheckReport => ({
  ...WITHOUT_PROBLEMS,
  servers: SAMPLE_REPORT.servers
    .filter(({ verdict }) => verdict === 'deny')
    .map(server => ({
      ...server,
      verdict: findings.some(({ level }) => level === 'deny') ? 'deny' : 'allow',
      findings,
    })),
});

const counts = (before: CheckReport, now: CheckReport): string => {
  const compared = compareWith(now, saved(before), 'base.json');
  const { known, new: found, gone } = compared.summary.against ?? { known: -1, new: -1, gone: -1 };
  return `${known} known, ${found} new, ${gone} gone: ${exitStatus(compared)}`;
};

const [BEYOND, EXPOSED, LINK_LOCAL] = SAMPLE_REPORT.servers.flatMap(({ verdict, findings }) =>
  verdict === 'deny' ? findings : [],
) as unknown as readonly [ReportedFinding, ReportedFinding, ReportedFinding];
const open = (peers: readonly string[], ports: readonly string[] = ['TCP 80']): ReportedFinding => ({
  ...BEYOND,
  opens: [{ peers, ports }],
});
const moved = (finding: ReportedFinding): ReportedFinding => ({
  ...finding,
  file: 'other/place.yaml',
  line: finding.line + 100,
  path: 'spec.ingress[7]',
  message: 'in other words',
  fix: { summary: 'in other words' },
});

test('a report has nothing new against itself, and fails for nothing', () => {
  expect(counts(WITHOUT_PROBLEMS, WITHOUT_PROBLEMS)).toBe('5 known, 0 new, 0 gone: 0');
});

describe('a comparison', () => {
  test.each<readonly [title: string, before: CheckReport, now: CheckReport, expected: string]>([
    ['knows nothing of an empty report', reportOf(), reportOf(BEYOND, EXPOSED), '0 known, 2 new, 0 gone: 1'],
    ['prunes what was mended', reportOf(BEYOND, EXPOSED), reportOf(EXPOSED), '1 known, 0 new, 1 gone: 0'],
    [
      'finds what is new beside what is known',
      reportOf(BEYOND),
      reportOf(BEYOND, EXPOSED),
      '1 known, 1 new, 0 gone: 1',
    ],
    ['does not fail for a new warning', reportOf(BEYOND), reportOf(BEYOND, LINK_LOCAL), '1 known, 1 new, 0 gone: 0'],
    ['knows what moved, whatever it says', reportOf(BEYOND), reportOf(moved(BEYOND)), '1 known, 0 new, 0 gone: 0'],
    [
      'takes a denial that was a warning for new',
      reportOf({ ...BEYOND, level: 'warn' }),
      reportOf(BEYOND),
      '0 known, 1 new, 0 gone: 1',
    ],
    [
      'takes a warning that was a denial for known',
      reportOf(BEYOND),
      reportOf({ ...BEYOND, level: 'warn' }),
      '1 known, 0 new, 0 gone: 0',
    ],
    [
      'takes another rule for new',
      reportOf(BEYOND),
      reportOf({ ...BEYOND, rule: 'cidr-ambiguous' }),
      '0 known, 1 new, 1 gone: 1',
    ],
    [
      'takes another message for new',
      reportOf(BEYOND),
      reportOf({ ...BEYOND, messageId: 'any-source' }),
      '0 known, 1 new, 1 gone: 1',
    ],
    [
      'takes another object at fault for new',
      reportOf(BEYOND),
      reportOf({ ...BEYOND, object: { ...BEYOND.object, name: 'other' } }),
      '0 known, 1 new, 1 gone: 1',
    ],
    [
      'takes another server for new',
      reportOf(BEYOND),
      reportOf({ ...BEYOND, subject: { ...BEYOND.subject, name: 'other' } }),
      '0 known, 1 new, 1 gone: 1',
    ],
    [
      'tells findings of one message apart by their data',
      reportOf({ ...BEYOND, data: { port: '1' } }),
      reportOf({ ...BEYOND, data: { port: '2' } }),
      '0 known, 1 new, 1 gone: 1',
    ],
    ['counts those of the same data', reportOf(EXPOSED), reportOf(EXPOSED, EXPOSED), '1 known, 1 new, 0 gone: 1'],
    [
      'takes as much traffic for known',
      reportOf(open(['10.0.0.0-10.0.0.255'])),
      reportOf(open(['10.0.0.0-10.0.0.255'])),
      '1 known, 0 new, 0 gone: 0',
    ],
    [
      'takes less traffic for known',
      reportOf(open(['10.0.0.0-10.0.0.255'])),
      reportOf(open(['10.0.0.1'])),
      '1 known, 0 new, 0 gone: 0',
    ],
    [
      'takes more traffic for new',
      reportOf(open(['10.0.0.0-10.0.0.255'])),
      reportOf(open(['10.0.0.0-10.0.1.255'])),
      '0 known, 1 new, 0 gone: 1',
    ],
    [
      'takes more ports for new',
      reportOf(open(['10.0.0.1'])),
      reportOf(open(['10.0.0.1'], ['any'])),
      '0 known, 1 new, 0 gone: 1',
    ],
    [
      'takes the same traffic by two rules for known',
      reportOf(open(['10.0.0.1'])),
      reportOf(open(['10.0.0.1']), open(['10.0.0.1'])),
      '2 known, 0 new, 0 gone: 0',
    ],
    [
      'takes a narrower mistake for known',
      reportOf({ ...open(['any']), messageId: 'any-source' }),
      reportOf(open(['pods {}'])),
      '1 known, 0 new, 0 gone: 0',
    ],
    [
      'does not let warned traffic excuse denied traffic',
      reportOf({ ...open(['any']), level: 'warn' }),
      reportOf(open(['10.0.0.1'])),
      '0 known, 1 new, 0 gone: 1',
    ],
  ])('%s', (_title, before, now, expected) => {
    expect(counts(before, now)).toBe(expected);
  });

  test('knows servers that cannot be judged, by why', () => {
    const [undetermined] = WITHOUT_PROBLEMS.servers.filter(({ verdict }) => verdict === 'undetermined');
    const [cause] = undetermined?.causes ?? [];
    if (undetermined === undefined || cause === undefined) throw new Error('the sample has one');
    const one = (...causes: typeof undetermined.causes): CheckReport => ({
      ...WITHOUT_PROBLEMS,
      servers: [{ ...undetermined, causes }],
    });
    expect(counts(one(cause), one({ ...cause, message: 'in other words', line: 9 }))).toBe('1 known, 0 new, 0 gone: 0');
    expect(counts(one(cause), one(cause, { ...cause, code: 'too-large' }))).toBe('1 known, 1 new, 0 gone: 2');
    const denied = { ...one(cause), servers: [{ ...undetermined, findings: [BEYOND] }] };
    expect(counts(one(cause), denied)).toBe('1 known, 1 new, 0 gone: 1');
  });

  test('does not know what an exception set aside before', () => {
    const exception = { by: 'policy', object: BEYOND.subject, reason: 'T', expires: '2020-01-01' } as const;
    const before = {
      ...reportOf(),
      servers: reportOf().servers.map(one => ({ ...one, excepted: [{ ...BEYOND, exception }] })),
    };
    expect(counts(before, reportOf(BEYOND))).toBe('0 known, 1 new, 0 gone: 1');
  });

  test('takes objects without a name of their own for one another', () => {
    const named = (name: string): ReportedFinding => ({ ...BEYOND, subject: { ...BEYOND.subject, name } });
    expect(fingerprintOf(named('job-*2'))).toBe(fingerprintOf(named('job-*')));
    expect(fingerprintOf(named('job-2'))).not.toBe(fingerprintOf(named('job-')));
  });
});

describe('a saved report is refused, with the field at fault', () => {
  const [server] = reportOf(open(['any'])).servers;
  const [finding] = server?.findings ?? [];
  const base = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'CheckReport' };
  const withFinding = (change: Readonly<Record<string, unknown>>) => ({
    ...base,
    servers: [{ ...server, findings: [{ ...finding, ...change }] }],
  });
  test.each<readonly [title: string, value: unknown, expected: string]>([
    ['nothing', null, 'apiVersion: is required'],
    ['a list', [], 'apiVersion: is required'],
    ['another document', { runs: [] }, 'apiVersion: is required'],
    [
      'another version',
      { ...base, apiVersion: 'v2' },
      'apiVersion: must be chokepoint.dev/v1alpha1, as check --output json writes it',
    ],
    ['another kind', { ...base, kind: 'GatePolicy' }, 'kind: must be CheckReport, as check --output json writes it'],
    ['servers that are no list', { ...base, servers: {} }, 'servers: expected a list, got an object'],
    ['a server that is none', { ...base, servers: [1] }, 'servers[0]: expected an object, got a number'],
    [
      'a server without a name',
      { ...base, servers: [{ namespace: 'a', kind: 'Pod' }] },
      'servers[0].name: is required',
    ],
    ['a finding without a rule', withFinding({ rule: undefined }), 'servers[0].findings[0].rule: is required'],
    ['a finding of no level', withFinding({ level: 'off' }), 'servers[0].findings[0].level: must be deny or warn'],
    ['a finding on nothing', withFinding({ subject: undefined }), 'servers[0].findings[0].subject: is required'],
    [
      'a finding in nothing',
      withFinding({ object: 'x' }),
      'servers[0].findings[0].object: expected an object, got a string',
    ],
    [
      'traffic that is no list',
      withFinding({ opens: 'any' }),
      'servers[0].findings[0].opens: expected a list, got a string',
    ],
    [
      'peers that are no texts',
      withFinding({ opens: [{ peers: [1], ports: [] }] }),
      'servers[0].findings[0].opens[0].peers[0]: expected a string, got a number: write it in quotes, "1"',
    ],
    [
      'data that is no text',
      withFinding({ data: { a: {} } }),
      'servers[0].findings[0].data.a: expected a string, got an object',
    ],
  ])('%s', (_title, value, expected) => {
    const decoded = decodeSavedReport(value);
    expect(decoded.kind === 'refused' ? `${decoded.issue.path}: ${decoded.issue.message}` : decoded.kind).toBe(
      expected,
    );
  });

  test('but not for fields that are not compared', () => {
    expect(decodeSavedReport({ ...base, summary: 1, servers: [], more: true }).kind).toBe('report');
  });

  test('and keys of prototypes are data', () => {
    const text = JSON.stringify(withFinding({ data: { a: 'b' } })).replace('"a":"b"', '"__proto__":"b"');
    const decoded = decodeSavedReport(JSON.parse(text));
    expect(decoded.kind === 'report' && Object.keys(decoded.report.findings[0]?.data ?? {})).toEqual(['__proto__']);
  });
});
