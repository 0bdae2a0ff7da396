import { describe, expect, test } from 'vitest';
import type {
  CheckReport,
  ReportedCause,
  ReportedFinding,
  ReportedServer,
} from '../../../src/app/report/check-report.ts';
import { compareConfigurations, newVerdict } from '../../../src/app/report/compare.ts';
import type { Verdict } from '../../../src/core/decision.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

const SERVER = SAMPLE_REPORT.servers[0] as ReportedServer;
const finding = (level: 'deny' | 'warn', known?: boolean): ReportedFinding =>
  ({ level, ...(known !== undefined && { known }) }) as ReportedFinding;
const cause = (known?: boolean): ReportedCause => ({ ...(known !== undefined && { known }) }) as ReportedCause;

describe('By what a comparison does not know, a server is', () => {
  // biome-ignore format: one line a case
  test.each<[what: Verdict, verdict: Verdict, findings: readonly ReportedFinding[], causes: readonly ReportedCause[]]>([
    ['allow', 'allow', [finding('warn')], []],
    ['allow', 'allow', [], [cause()]],
    ['deny', 'deny', [finding('deny')], []],
    ['deny', 'deny', [finding('deny', true), finding('deny', false)], []],
    ['allow', 'deny', [finding('deny', true), finding('warn', false)], []],
    ['undetermined', 'undetermined', [], [cause()]],
    ['undetermined', 'undetermined', [finding('deny', false)], [cause(true), cause(false)]],
    ['allow', 'undetermined', [finding('deny', true)], [cause(true)]],
    ['deny', 'undetermined', [finding('deny', false)], [cause(true)]],
    ['undetermined', 'deny', [finding('deny', true)], [cause(false)]],
  ])('%s, where it is %s', (expected, verdict, findings, causes) => {
    expect(newVerdict({ ...SERVER, verdict, findings, causes })).toBe(expected);
  });
});

test('Of another configuration on the same objects it is told which verdicts flip, by namespace, kind and name', () => {
  const named = (namespace: string, kind: string, name: string, verdict: Verdict): ReportedServer => ({
    ...SERVER,
    namespace,
    kind,
    name,
    verdict,
    findings: [],
    causes: [],
  });
  const of = (...servers: readonly ReportedServer[]): CheckReport => ({ ...SAMPLE_REPORT, servers });
  const before = of(
    named('a', 'Pod', 'same', 'deny'),
    named('b', 'Pod', 'x', 'allow'),
    named('a', 'Pod', 'gone', 'deny'),
    named('a', 'Job', 'x', 'allow'),
    named('a', 'Job', 'x', 'deny'),
  );
  const after = of(
    named('a', 'Pod', 'same', 'deny'),
    named('b', 'Pod', 'x', 'deny'),
    named('a', 'Job', 'x', 'allow'),
    named('a', 'Pod', 'new', 'undetermined'),
  );
  const { against } = compareConfigurations(after, before, 'other').summary;
  expect(against).toMatchObject({
    flipped: [
      { namespace: 'a', kind: 'Job', name: 'x', before: 'deny', after: 'allow' },
      { namespace: 'a', kind: 'Pod', name: 'gone', before: 'deny', after: null },
      { namespace: 'a', kind: 'Pod', name: 'new', before: null, after: 'undetermined' },
      { namespace: 'b', kind: 'Pod', name: 'x', before: 'allow', after: 'deny' },
    ],
  });
});
