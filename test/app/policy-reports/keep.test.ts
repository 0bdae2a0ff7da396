import { expect, test } from 'vitest';
import { createReportKeeper, MOST_WRITES, REPORT_TIMES, type ReportApi } from '../../../src/app/policy-reports/keep.ts';
import type { SurveyedNamespace } from '../../../src/app/survey/keep.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { idOf, surveyedServer } from './surveyed.ts';

const seen = (name: string, ...servers: readonly string[]): SurveyedNamespace => ({
  name,
  uid: 'u',
  mode: 'audit',
  servers: servers.map(one => surveyedServer(one, [])),
});

/** A keeper over a cluster that a test changes, and what it did, in order. */
async function keeperOver(
  before: Partial<Record<ReportApi, readonly string[]>> = {},
  served: readonly ReportApi[] = ['openreports'],
  apis: readonly ReportApi[] = ['openreports', 'wgpolicy'],
) {
  const time = createFakeTime();
  const calls: string[] = [];
  const cluster = { served, fails: false, isLeader: true };
  const answer = async (text: string): Promise<void> => {
    if (cluster.fails) throw new Error('no answer');
    calls.push(text);
  };
  const keeper = createReportKeeper({
    time,
    times: REPORT_TIMES,
    isLeader: () => cluster.isLeader,
    apis,
    store: {
      served: async () => cluster.served,
      list: async api => before[api] ?? [],
      write: (api, { namespace, summary }) => answer(`${api} ${namespace} ${summary.pass}`),
      remove: (api, namespace) => answer(`${api} -${namespace}`),
    },
    tools: { idOf, seen: () => undefined, judgedSince: () => undefined, modes: () => [] },
    telemetry: {
      serves: api => void calls.push(`serves ${api ?? 'none'}`),
      wrote: () => undefined,
      counted: () => undefined,
      reportFailed: error => void calls.push(String(error)),
    },
    lookAgain: () => void calls.push('look again'),
  });
  const term = new AbortController();
  await keeper.begins?.(term.signal);
  keeper.lead(term.signal);
  return {
    cluster,
    keeper,
    after: async (ms: number) => {
      await time.advance(ms);
      return calls.splice(0);
    },
    end: () => {
      term.abort();
      return keeper.stopped();
    },
  };
}

test('a report is written where something has changed, and at most once in a minute', async () => {
  const { keeper, after, end } = await keeperOver();
  keeper.looked(seen('a', 'x'));
  expect(await after(6_000)).toEqual(['serves openreports', 'openreports a 1']);
  keeper.looked(seen('a', 'x'));
  expect(await after(120_000)).toEqual([]);
  keeper.looked(seen('a', 'x', 'y'));
  expect(await after(6_000)).toEqual(['openreports a 2']);
  keeper.looked(seen('a', 'x', 'y', 'z'));
  keeper.looked(seen('a', 'x', 'y'));
  keeper.looked(seen('a'));
  keeper.looked(seen('a', 'z'));
  expect(await after(50_000)).toEqual([]);
  expect(await after(12_000)).toEqual(['openreports a 1']);
  await end();
});

test('it goes with the last server, also where another process wrote it', async () => {
  const { keeper, after, end } = await keeperOver({ openreports: ['old', 'kept'] });
  for (const one of [seen('old'), seen('kept', 'x'), seen('never')]) keeper.looked(one);
  expect(await after(1_000)).toEqual(['serves openreports', 'openreports -old', 'openreports kept 1']);
  keeper.looked(seen('kept'));
  expect(await after(66_000)).toEqual(['openreports -kept']);
  await end();
});

test('without an API nothing is written, which is said once, until one is installed', async () => {
  const { keeper, cluster, after, end } = await keeperOver({}, []);
  keeper.looked(seen('a', 'x'));
  expect(await after(300_000)).toEqual(['serves none']);
  cluster.served = ['wgpolicy'];
  expect(await after(66_000)).toEqual(['look again', 'serves wgpolicy']);
  keeper.looked(seen('a', 'x'));
  expect(await after(6_000)).toEqual(['wgpolicy a 1']);
  await end();
});

test('what was written to the older API is taken away once the newer one is there', async () => {
  const { keeper, cluster, after, end } = await keeperOver({ wgpolicy: ['a', 'b'] }, ['wgpolicy']);
  keeper.looked(seen('a', 'x'));
  expect(await after(1_000)).toEqual(['serves wgpolicy', 'wgpolicy a 1']);
  cluster.served = ['openreports', 'wgpolicy'];
  expect(await after(66_000)).toEqual(['wgpolicy -a', 'wgpolicy -b', 'look again', 'serves openreports']);
  await end();
});

test('one API alone is written to where that is asked for', async () => {
  const { keeper, after, end } = await keeperOver({}, ['openreports', 'wgpolicy'], ['wgpolicy']);
  keeper.looked(seen('a', 'x'));
  expect(await after(1_000)).toEqual(['serves wgpolicy', 'wgpolicy a 1']);
  await end();
});

test('a write that fails is tried again after a minute, and holds up no other', async () => {
  const { keeper, cluster, after, end } = await keeperOver();
  await after(1);
  cluster.fails = true;
  keeper.looked(seen('a', 'x'));
  expect(await after(50_000)).toEqual(['Error: no answer']);
  cluster.fails = false;
  keeper.looked(seen('b', 'x'));
  expect(await after(6_000)).toEqual(['openreports b 1']);
  expect(await after(10_000)).toEqual(['openreports a 1']);
  await end();
});

test('of many namespaces some are written at each pass: ten in a second at most', async () => {
  const { keeper, after, end } = await keeperOver();
  for (let index = 0; index < 120; index += 1) keeper.looked(seen(`n${index}`, 'x'));
  expect((await after(1)).length).toBe(MOST_WRITES + 1);
  expect((await after(10_000)).length).toBe(70);
  await end();
});

test('what somebody took away is written again after half an hour', async () => {
  const { keeper, after, end } = await keeperOver();
  keeper.looked(seen('a', 'x'));
  await after(1_000);
  keeper.looked(seen('a', 'x'));
  expect(await after(1_795_000)).toEqual([]);
  await after(6_000);
  keeper.looked(seen('a', 'x'));
  expect(await after(5_000)).toEqual(['openreports a 1']);
  await end();
});

test('who leads no more writes nothing', async () => {
  const { keeper, cluster, after, end } = await keeperOver();
  cluster.isLeader = false;
  keeper.looked(seen('a', 'x'));
  expect(await after(120_000)).toEqual(['serves openreports']);
  await end();
});
