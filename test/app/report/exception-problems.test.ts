import { describe, expect, test } from 'vitest';
import { judgeInput } from '../../../src/app/report/check.ts';
import { askedIssues, endedExceptions, unusedExceptions } from '../../../src/app/report/exception-problems.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Problem } from '../../../src/core/manifest.ts';
import { decodeManifests } from '../../support/input.ts';
import { policyOf } from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';

const server = (called: string, namespace: string, annotations: Readonly<Record<string, string>> = {}): Fields =>
  workloadManifest({
    called,
    namespace,
    annotations,
    labels: { app: called },
    ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
  });
const SEARCH = server('search', 'tools');
const exception = (name: string, rules: readonly string[], namespace = 'tools'): Fields => ({
  namespace,
  kind: 'Deployment',
  name,
  rules,
  reason: 'T-1',
  expires: '2999-01-01',
});

const judgedWith = (spec: Fields, manifests: readonly Fields[]) =>
  judgeInput(
    decodeManifests(
      manifests.map((value, index) => ({ file: `${index}.yaml`, document: 0, line: 1, pointer: [], value })),
    ),
    createJudge(policyOf(spec)),
  );

function unused(
  exceptions: readonly Fields[],
  manifests: readonly Fields[],
  facts: { readonly problems?: readonly Problem[]; readonly namespace?: string } = {},
): readonly string[] {
  const spec = { exceptions };
  const found = unusedExceptions([judgedWith(spec, manifests)], policyOf(spec), {
    source: 'gate.yaml',
    problems: [],
    ...facts,
  });
  for (const one of found)
    expect(one).toMatchObject({
      severity: 'warning',
      code: 'unused-exception',
      file: 'gate.yaml',
      field: 'spec.exceptions',
      line: 0,
      column: 0,
    });
  return found.map(({ message }) => message);
}

const NOTHING = (name: string, rules: string): string =>
  `the exception for Deployment tools/${name} from ${rules} sets nothing aside: remove it`;

describe('An exception of the configuration', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, exceptions: readonly Fields[], messages: readonly string[]]>([
    ['that sets something aside is fine', [exception('search', ['ingress-not-isolated'])], []],
    ['that sets nothing aside is told', [exception('search', ['host-network'])], [NOTHING('search', 'host-network')]],
    ['is told with those of its rules alone that set nothing aside', [exception('search', ['host-network', 'ingress-not-isolated', 'node-access'])], [NOTHING('search', 'host-network, node-access')]],
    ['from a rule about changes is not told: a state says nothing of it', [exception('search', ['policy-removal', 'mode-lowered'])], []],
    ['of an object that is not there is told, where its namespace is', [exception('gone', ['ingress-not-isolated'])], [NOTHING('gone', 'ingress-not-isolated')]],
    ['for another kind of this name is told', [{ ...exception('search', ['ingress-not-isolated']), kind: 'StatefulSet' }], ['the exception for StatefulSet tools/search from ingress-not-isolated sets nothing aside: remove it']],
    ['of another namespace is told once, with all like it', [exception('a', ['host-network'], 'far'), exception('a', ['node-access'], 'far'), exception('b', ['host-network'], 'away')], ['exceptions for objects in namespaces that are not in the input set nothing aside here: Deployment far/a, Deployment away/b']],
    ['of many in other namespaces names four', ['a', 'b', 'c', 'd', 'e', 'f'].map(name => exception(name, ['host-network'], 'far')), ['exceptions for objects in namespaces that are not in the input set nothing aside here: Deployment far/a, Deployment far/b, Deployment far/c, Deployment far/d and 2 more']],
  ])('%s', (_, exceptions, messages) => {
    expect(unused(exceptions, [SEARCH])).toEqual(messages);
  });

  test('is told of the one namespace alone that was looked at', () => {
    const exceptions = [exception('search', ['host-network']), exception('x', ['host-network'], 'far')];
    expect(unused(exceptions, [SEARCH], { namespace: 'tools' })).toEqual([NOTHING('search', 'host-network')]);
    expect(unused(exceptions, [SEARCH, server('y', 'far')], { namespace: 'far' })).toEqual([
      'the exception for Deployment far/x from host-network sets nothing aside: remove it',
    ]);
  });

  test('is told where its namespace is in the input as an object of its own', () => {
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'far' } };
    expect(unused([exception('x', ['host-network'], 'far')], [space])).toEqual([
      'the exception for Deployment far/x from host-network sets nothing aside: remove it',
    ]);
  });

  test('is not told where something could not be read: it may be what it is for', () => {
    const problem = (severity: 'error' | 'warning'): Problem => ({
      severity,
      code: 'x',
      file: '',
      line: 0,
      column: 0,
      field: '',
      message: '',
    });
    const exceptions = [exception('search', ['host-network'])];
    expect(unused(exceptions, [SEARCH], { problems: [problem('error')] })).toEqual([]);
    expect(unused(exceptions, [SEARCH], { problems: [problem('warning')] })).toHaveLength(1);
    const broken = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'p', namespace: 'tools' },
      spec: { podSelector: 7 },
    };
    expect(unused(exceptions, [SEARCH, broken])).toEqual([]);
  });
});

test('An exception that has ended is told with its day', () => {
  const { exceptions } = policyOf({ exceptions: [exception('search', ['host-network'])] });
  expect(endedExceptions(exceptions, 'gate.yaml')).toEqual([
    {
      severity: 'warning',
      code: 'expired-exception',
      file: 'gate.yaml',
      line: 0,
      column: 0,
      field: 'spec.exceptions',
      message: 'the exception for Deployment tools/search ended on 2999-01-01: it sets nothing aside any more',
    },
  ]);
});

describe('What an annotation asks for', () => {
  const ALLOWED = { exceptionsFromAnnotations: { rules: ['ingress-not-isolated', 'node-access'], longestDays: 90 } };
  const PLACE = 'metadata.annotations["chokepoint.dev/ignore"]';
  const asked = (annotation: string, spec: Fields = ALLOWED, day: string | null = '2026-06-01'): readonly string[] => {
    const ofDay = { ...policyOf(spec), day: day ?? undefined };
    const manifest = server('search', 'tools', { 'chokepoint.dev/ignore': annotation });
    const input = decodeManifests([{ file: '0.yaml', document: 0, line: 1, pointer: [], value: manifest }]);
    const judged = judgeInput(input, createJudge(ofDay));
    const issues = askedIssues(judged.objects.values(), judged.decisions, ofDay);
    for (const {
      severity,
      manifest: { file },
      path,
    } of issues)
      expect([severity, file, path]).toEqual(['warning', '0.yaml', PLACE]);
    return issues.map(({ code, message }) => `${code} ${message}`);
  };
  const refused = (text: string, why: string, code = 'refused-exception'): readonly string[] => [
    `${code} "${text}" sets nothing aside: ${why}`,
  ];

  // biome-ignore format: one line a case
  test.each<[what: string, annotation: string, issues: readonly string[]]>([
    ['counts', 'ingress-not-isolated T-1 until 2026-08-30', []],
    ['counts on its last day', 'ingress-not-isolated T-1 until 2026-06-01', []],
    ['counts, two of them', 'ingress-not-isolated T-1 until 2026-08-01;\n ingress-not-isolated a long reason until 2026-08-01;', []],
    ['sets nothing aside where nothing is found', 'node-access T-1 until 2026-08-01', ['unused-exception the exception from node-access until 2026-08-01 sets nothing aside: remove it']],
    ['has ended', 'ingress-not-isolated T-1 until 2026-05-31', refused('ingress-not-isolated T-1 until 2026-05-31', 'it ended on 2026-05-31', 'expired-exception')],
    ['is for too long', 'ingress-not-isolated T-1 until 2026-08-31', refused('ingress-not-isolated T-1 until 2026-08-31', 'the GatePolicy allows 90 days at most: until 2026-08-30, as of today')],
    ['has no day', 'ingress-not-isolated T-1 until soon', refused('ingress-not-isolated T-1 until soon', '"soon" is no date: write a day that exists as YYYY-MM-DD')],
    ['has no reason', 'ingress-not-isolated until 2026-08-01', refused('ingress-not-isolated until 2026-08-01', 'write it as RULE reason until YYYY-MM-DD')],
    ['has no end', 'ingress-not-isolated T-1', refused('ingress-not-isolated T-1', 'write it as RULE reason until YYYY-MM-DD')],
    ['is empty', ' ', refused('', 'write it as RULE reason until YYYY-MM-DD')],
    ['names no rule', 'ingress-not-isolate T-1 until 2026-08-01', refused('ingress-not-isolate T-1 until 2026-08-01', 'there is no rule "ingress-not-isolate"; did you mean "ingress-not-isolated"?')],
    ['names a rule that no GatePolicy gives away', 'host-network T-1 until 2026-08-01', [expect.stringContaining('which no annotation sets aside')]],
    ['names a rule that this GatePolicy does not give away', 'cidr-ambiguous T-1 until 2026-08-01', refused('cidr-ambiguous T-1 until 2026-08-01', 'the GatePolicy lets no annotation set this rule aside (exceptionsFromAnnotations)')],
    ['is too long', `ingress-not-isolated ${'x'.repeat(4096)} until 2026-08-01`, [expect.stringMatching(/^refused-exception "ingress-not-isolated x+…" sets nothing aside: it is longer than 4096 characters$/)]],
  ])('%s', (_, annotation, issues) => {
    expect(asked(annotation)).toEqual(issues);
  });

  test('is refused where the GatePolicy allows nothing', () => {
    const text = 'ingress-not-isolated T-1 until 2026-08-01';
    expect(asked(text, {})).toEqual(
      refused(text, 'the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations)'),
    );
  });

  test('is refused where nobody knows which day it is', () => {
    const text = 'ingress-not-isolated T-1 until 2026-08-01';
    expect(asked(text, ALLOWED, null)).toEqual(refused(text, 'it is not known which day it is'));
  });

  test.each([
    [4096, []],
    [4097, [expect.stringContaining('it is longer than 4096 characters')]],
  ])('is read up to 4096 characters: of %d', (length, issues) => {
    const [begin, end] = ['ingress-not-isolated ', ' until 2026-08-01'];
    expect(asked(`${begin}${'x'.repeat(length - begin.length - end.length)}${end}`)).toEqual(issues);
  });

  test('is told of what a person wrote, and not once more of what its controller made', () => {
    const podAnnotations = { 'chokepoint.dev/ignore': 'nonsense' };
    const labels = { app: 'search', 'chokepoint.dev/mcp-server': 'true' };
    const written = workloadManifest({ called: 'search', namespace: 'tools', labels, podAnnotations });
    const made = workloadManifest({
      kind: 'ReplicaSet',
      called: 'search-1',
      namespace: 'tools',
      labels,
      podAnnotations,
      owners: ['apps/v1 Deployment search'],
    });
    const issuesOf = (...manifests: readonly Fields[]): readonly string[] =>
      judgedWith({}, manifests)
        .issues.filter(({ code }) => code === 'refused-exception')
        .map(({ manifest: { file } }) => file);
    expect(issuesOf(written, made)).toEqual(['0.yaml']);
    expect(issuesOf(made)).toEqual(['0.yaml']);
  });
});
