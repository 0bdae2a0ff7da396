import { expect, test } from 'vitest';
import { createSurvey, SURVEY_TIMES, type SurveyedNamespace } from '../../../src/app/survey/keep.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import {
  closingPolicy,
  deployment,
  namespace as namespaceOf,
  openingPolicy,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';

const namespace = (labels = {}, metadata = {}): Fields => namespaceOf(labels, { uid: 'u', ...metadata });

const told = ({ name, mode, servers }: SurveyedNamespace): string =>
  [`${name} ${mode}`, ...servers.map(({ decision }) => `${decision.subject.name} ${decision.verdict}`)].join(' ');

/** A survey of a cluster that a test changes, and what it told, in order. */
function surveyOf(...objects: readonly Fields[]) {
  const time = createFakeTime();
  const calls: string[] = [];
  const cluster = { objects, isReady: true, policy: testPolicy({ mode: 'audit' }) };
  const survey = createSurvey({
    time,
    times: SURVEY_TIMES,
    world: () => (cluster.isReady ? { kind: 'ready', world: worldOf(...cluster.objects) } : { kind: 'not-synced' }),
    policy: () => cluster.policy,
    listeners: [
      {
        begins: async () => void calls.push('begins'),
        looked: seen => void calls.push(told(seen)),
        completed: names => void calls.push(`completed ${[...names].join()}`),
      },
    ],
    onBug: error => void calls.push(String(error)),
  });
  const term = new AbortController();
  survey.lead(term.signal);
  const change = (...now: readonly Fields[]): void => {
    cluster.objects = now;
    survey.touch({ kind: 'Deployment', namespace: 'prod', name: 'weather' });
  };
  return {
    cluster,
    survey,
    change,
    after: async (ms: number) => {
      await time.advance(ms);
      return calls.splice(0);
    },
    end: () => {
      term.abort();
      return survey.stopped();
    },
  };
}

test('every namespace is looked at once, then those that change, each after a rest of a minute', async () => {
  const { after, change, end } = surveyOf(namespace(), deployment(), closingPolicy());
  expect(await after(1)).toEqual(['begins', 'prod audit weather allow', 'completed prod']);
  expect(await after(300_000)).toEqual([]);
  change(namespace(), deployment(), openingPolicy());
  expect(await after(4_000)).toEqual(['prod audit weather deny']);
  change(namespace(), deployment());
  change(namespace(), deployment(), closingPolicy());
  expect(await after(50_000)).toEqual([]);
  expect(await after(12_000)).toEqual(['prod audit weather allow']);
  await end();
});

test('of a namespace that goes, or is gone, it is told that it holds no server', async () => {
  const { after, change, survey, cluster, end } = surveyOf(namespace(), deployment());
  await after(1);
  change(namespace({}, { deletionTimestamp: '2026-12-01T00:00:00Z' }), deployment());
  expect(await after(64_000)).toEqual(['prod audit']);
  cluster.objects = [];
  survey.touch({ kind: 'Namespace', namespace: '', name: 'prod' });
  expect(await after(64_000)).toEqual(['prod audit']);
  await end();
});

test('another configuration has all of them judged anew', async () => {
  const { after, cluster, survey, end } = surveyOf(namespace(), deployment(), closingPolicy());
  await after(70_000);
  cluster.policy = testPolicy({ mode: 'warn', registry: { servers: [], packages: [] } });
  survey.touchAll();
  expect(await after(4_000)).toEqual(['prod warn weather deny']);
  await end();
});

test('nothing is judged by a view that is not to be trusted', async () => {
  const { after, cluster, end } = surveyOf(namespace(), deployment());
  cluster.isReady = false;
  expect(await after(60_000)).toEqual(['begins']);
  cluster.isReady = true;
  expect(await after(4_000)).toEqual(['prod audit weather deny', 'completed prod']);
  await end();
});
