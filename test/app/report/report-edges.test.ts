import { describe, expect, test } from 'vitest';
import { NOWHERE, reportOn } from '../../../src/app/report/build-report.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import type {
  CheckReport,
  ReportedCause,
  ReportedFinding,
  ReportedServer,
} from '../../../src/app/report/check-report.ts';
import { compareConfigurations, newVerdict } from '../../../src/app/report/compare.ts';
import { mergePassedOver, mergeServers } from '../../../src/app/report/merge-worlds.ts';
import { rangeGaps } from '../../../src/app/report/range-gaps.ts';
import { isWorse, worstOf } from '../../../src/app/report/worst-decision.ts';
import type { Cause, Decision, Finding, Verdict } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Problem } from '../../../src/core/manifest.ts';
import { decodeManifests } from '../../support/input.ts';
import { policyOf } from '../../support/reviews.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';
import { workloadManifest } from '../../support/workload.ts';

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

const FACTS = { files: 1, problems: [], policySource: 'test' };
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

describe('Of two decisions on one server', () => {
  const found = (rule: string, path = ''): Finding =>
    ({ rule, path, messageId: 'm', object: { kind: 'NetworkPolicy', namespace: 'a', name: 'p' } }) as Finding;
  const because = (code: string): Cause => ({ code }) as unknown as Cause;
  const decision = (
    verdict: Verdict,
    findings: readonly Finding[] = [],
    causes: readonly Cause[] = [],
    standing = 'declared',
  ): Decision =>
    ({ mcp: { standing }, verdict, findings, causes, excepted: [], refusedExceptions: [] }) as unknown as Decision;
  const rules = ({ findings }: Decision): readonly string[] => findings.map(({ rule, path }) => `${rule}${path}`);

  test.each<[one: Verdict, than: Verdict, worse: boolean]>([
    ['deny', 'allow', true],
    ['undetermined', 'deny', true],
    ['undetermined', 'allow', true],
    ['deny', 'deny', false],
    ['allow', 'deny', false],
  ])('%s weighs more than %s: %s', (one, than, worse) => {
    expect(isWorse(decision(one), decision(than))).toBe(worse);
    expect(worstOf(decision(one), decision(than), new Map()).verdict).toBe(worse ? one : than);
  });

  test('a server weighs more than none, whose findings are none', () => {
    const none = decision('allow', [found('x')], [], 'no');
    expect(isWorse(decision('allow'), none)).toBe(true);
    expect(worstOf(none, decision('allow', [found('a')]), new Map())).toEqual(decision('allow', [found('a')]));
  });

  test('everything is told that either finds, what both find once, sorted', () => {
    const one = worstOf(
      decision('deny', [found('b'), found('a', '2')], [because('x')]),
      decision('deny', [found('b'), found('a', '1'), found('c')], [because('x'), because('y')]),
      new Map(),
    );
    expect([rules(one), one.causes]).toEqual([
      ['a1', 'a2', 'b', 'c'],
      [because('x'), because('y')],
    ]);
  });

  test('what both find in different places is told twice', () => {
    const [first, second] = [found('a'), found('a')];
    expect(
      rules(worstOf(decision('deny', [first]), decision('deny', [second]), new Map([[second, 'other.yaml']]))),
    ).toEqual(['a', 'a']);
  });
});

describe('Addresses in use outside the ranges', () => {
  const { protectedNetworks } = policyOf({
    protectedNetworks: {
      pods: ['10.244.0.0/16'],
      nodes: ['192.168.0.0/24'],
      services: ['10.96.0.0/12', 'fd00:10::/64'],
      extra: ['203.0.113.0/24'],
    },
  });
  const seen = (name: 'pods' | 'nodes' | 'services' | 'controlPlane', ...texts: readonly string[]) =>
    texts.map(text => ({ class: name, text, holder: `holder of ${text}` }));
  const gaps = (
    ...observed: readonly (readonly {
      class: 'pods' | 'nodes' | 'services' | 'controlPlane';
      text: string;
      holder: string;
    }[])[]
  ): readonly string[] =>
    rangeGaps(protectedNetworks, observed.flat()).map(({ field, message }) => `${field}: ${message}`);
  const said = (name: string, blocks: string, first: string): string =>
    `spec.protectedNetworks.${name}: the cluster uses addresses outside the ranges that are given for ${name}: ${blocks} (the first is of holder of ${first}); add their range`;

  // biome-ignore format: one line a case
  test.each<[what: string, observed: ReturnType<typeof seen>, gaps: readonly string[]]>([
    ['are none where all is inside', seen('pods', '10.244.3.4', '10.244.255.0/24'), []],
    ['are told with who has the first', seen('pods', '10.244.0.1', '10.245.0.1', '10.246.0.0/16'), [said('pods', '10.245.0.1/32, 10.246.0.0/16', '10.245.0.1')]],
    ['are none where another class protects them', seen('pods', '192.168.0.7', '203.0.113.9'), []],
    ['are told of a block that is partly inside', seen('services', '10.96.0.0/11'), [said('services', '10.112.0.0/12', '10.96.0.0/11')]],
    ['are told of IPv6', seen('services', 'fd00:10::1', 'fd00:11::1'), [said('services', 'fd00:11::1/128', 'fd00:11::1')]],
    ['are not told of a class that is not configured', seen('controlPlane', '172.16.0.2'), []],
    ['are none where the text is no address', seen('pods', 'x', 'x/y', ''), []],
    ['are told class by class', [...seen('nodes', '10.0.0.1'), ...seen('pods', '10.1.0.1')], [said('pods', '10.1.0.1/32', '10.1.0.1'), said('nodes', '10.0.0.1/32', '10.0.0.1')]],
    ['name four blocks, and count the others', seen('pods', '10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1', '10.5.0.1'), [said('pods', '10.1.0.1/32, 10.2.0.1/32, 10.3.0.1/32, 10.4.0.1/32 and 1 more', '10.1.0.1')]],
  ])('%s', (_, observed, expected) => {
    expect(gaps(observed)).toEqual(expected);
  });
});
