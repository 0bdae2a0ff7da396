import { describe, expect, it, test } from 'vitest';
import {
  type ReadAnswer,
  readCheckov,
  readChokepoint,
  readConftest,
  readGator,
  readKyverno,
} from '../../bench/peers/answers.ts';
import { chart } from '../../bench/peers/chart.ts';
import { readCost } from '../../bench/peers/measure.ts';
import { shortReason } from '../../bench/peers/obtain.ts';
import { type Outcome, outcomeOf } from '../../bench/peers/outcome.ts';
import { NO_POLICY, peerSet } from '../../bench/peers/set.ts';
import { outcomeText } from '../../bench/peers/text.ts';

const CHOKEPOINT = `{"servers":[{"namespace":"a","name":"open","verdict":"deny"},{"namespace":"a","name":"unsure","verdict":"undetermined"},
  {"namespace":"a","name":"closed","verdict":"allow"}]}`;
const CHECKOV = `{"results":{"passed_checks":[{"resource":"Pod.a.closed"}],"failed_checks":[
  {"check_id":"CKV2_K8S_6","resource":"Pod.a.open.app.kubernetes.io/name-open"},{"check_id":"CKV2_K8S_6","resource":"Pod.b.bare"}]}}`;
const CONFTEST = `[{"filename":"Combined","namespace":"main","successes":0,"failures":[{"msg":"a/open","metadata":{"query":"data.main.deny"}}]},
  {"filename":"Combined","namespace":"other","successes":1}]`;
const GATOR = `[{"target":"admission.k8s.gatekeeper.sh","msg":"a/open","enforcementAction":"deny","violatingObject":{"kind":"Deployment"}}]`;
const KYVERNO = `Applying 1 policy rule(s) to 2 resource(s)...
{"kind":"ClusterReport","results":[{"result":"fail","resources":[{"kind":"Deployment","namespace":"a","name":"open"}]},{"result":"pass","resources":[{"namespace":"a","name":"closed"}]}]}
`;

describe('What a checker prints is read as the workloads that it finds fault with:', () => {
  test.each<[name: string, read: ReadAnswer, output: string, named: readonly string[]]>([
    ['chokepoint', readChokepoint, CHOKEPOINT, ['a/open', 'a/unsure']],
    ['checkov', readCheckov, CHECKOV, ['a/open', 'b/bare']],
    ['conftest', readConftest, CONFTEST, ['a/open']],
    ['gator', readGator, GATOR, ['a/open']],
    ['gator, where nothing is violated', readGator, 'null', []],
    ['kyverno', readKyverno, KYVERNO, ['a/open']],
  ])('%s', (_, read, output, named) => {
    expect([...read(output)]).toEqual(named);
  });

  test.each<[name: string, read: ReadAnswer, output: string]>([
    ['checkov that judged nothing', readCheckov, '{"passed":0,"failed":0}'],
    ['kyverno without a report', readKyverno, 'Error: no policies\n'],
    ['kyverno with a rule that failed', readKyverno, '{"results":[{"result":"error","message":"no such key"}]}'],
    ['nothing', readConftest, ''],
  ])('%s is refused, never read as an answer that names nobody', (_, read, output) => {
    expect(() => read(output)).toThrow();
  });
});

test.each([
  ['1.52 1.50 0.25 90112\n', { seconds: 1.52, processor: 1.75, megabytes: 88 }],
  ['Command exited with non-zero status 1\n1.00 0.50 0.25 1024\n', { seconds: 1, processor: 0.75, megabytes: 1 }],
])('%j is what a run took', (told, cost) => {
  expect(readCost(told)).toEqual(cost);
});

test.each([
  ['go: reading https://proxy.example/m/@v/list: 403 Forbidden\n\tserver response: not available.', '403 Forbidden'],
  ['building\ncannot find https://mirror.example/a.zip\n', 'cannot find …'],
  ['', 'nothing was said'],
])('%j is told as %j', (said, reason) => {
  expect(shortReason(said)).toBe(reason);
});

describe('The set', () => {
  const { objects, servers } = peerSet({ objects: 303, files: 99, seed: 1 });

  it('lies in one folder', () => {
    expect(objects.filter(({ file }) => file.includes('/'))).toEqual([]);
  });

  it('has servers without a policy, with faulty ones of each kind, and closed ones', () => {
    const faults = new Set(servers.values());
    expect([servers.size, faults.size]).toEqual([101, 10]);
    expect([...servers.values()].filter(fault => fault === NO_POLICY).length).toBeGreaterThanOrEqual(6);
  });
});

const SERVERS = new Map([
  ['a/bare', NO_POLICY],
  ['a/open', 'any source'],
  ['a/closed', undefined],
]);
const CHECKER = { name: 'one', version: '1.0', looksFor: 'this', program: 'one', args: [], read: readGator };
const cost = (seconds: number) => ({ seconds, processor: seconds * 2, megabytes: 100 });
const named = new Set(['a/bare', 'a/closed', 'a/other']);

const OUTCOMES: readonly Outcome[] = [
  outcomeOf(
    CHECKER,
    [3, 1, 2].map(seconds => ({ kind: 'answered', cost: cost(seconds), named })),
  ),
  { kind: 'absent', name: 'two', version: '2.0', reason: 'the module cannot be had (403 Forbidden)' },
];

test('One run that failed stands for all', () => {
  const runs = [{ kind: 'answered', cost: cost(1), named } as const, { kind: 'failed', reason: 'too long' } as const];
  expect(outcomeOf(CHECKER, runs)).toEqual({ kind: 'absent', name: 'one', version: '1.0', reason: 'too long' });
});

test('The text has the medians, whom each names, and why one was not measured', () => {
  expect(outcomeText(OUTCOMES, SERVERS)).toBe(`\
         processor   whole    peak  open servers named, of 2  closed, of 1
one 1.0     4.00 s  2.00 s  100 MB                         1             1

one looks for: this
two 2.0: not measured, the module cannot be had (403 Forbidden)

what leaves the server open  servers  one
any source                         1    0
no policy                          1    1
`);
});

test('The chart has a row for each checker, and says why one was not measured', () => {
  const svg = chart(OUTCOMES, SERVERS);
  expect(svg).toContain('>open servers named, of 2</text>');
  expect(svg).toContain('>4.0 s</text>');
  expect(svg).toContain('>not measured: the module cannot be had (403 Forbidden)</text>');
});
