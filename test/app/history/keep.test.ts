import { expect, test } from 'vitest';
import { createHistoryKeeper, HISTORY_TIMES } from '../../../src/app/history/keep.ts';
import type { PodCounts } from '../../../src/app/history/reviews.ts';
import { merged, readShard, SHARD_NUMBERS, type StoredShard } from '../../../src/app/history/text.ts';
import { findingIdentity } from '../../../src/app/report/identity.ts';
import type { SurveyedNamespace } from '../../../src/app/survey/keep.ts';
import { judgeServers } from '../../../src/app/survey/servers-in.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { closingPolicy, deployment, namespace, testPolicy, worldOf } from '../../support/reviews.ts';
import { idOf } from '../policy-reports/surveyed.ts';

const JUDGE = createJudge(testPolicy());
const START = Date.parse('2026-11-27T08:00:00Z');

/** What a look sees of the namespace of the recorded reviews, with these objects. */
const seen = (...objects: readonly Fields[]): SurveyedNamespace => ({
  name: 'prod',
  uid: 'u',
  mode: 'audit',
  servers: [...judgeServers(worldOf(namespace(), ...objects), 'prod', JUDGE)].flatMap(one => one ?? []),
});

/** What is stored, over the processes that keep it. */
interface Stored {
  shards: StoredShard[];
  fails: '' | 'read' | 'write';
  /** What the Pods of the webhook tell. */
  pods: readonly PodCounts[];
}
const nothingStored = (): Stored => ({
  shards: SHARD_NUMBERS.map(() => ({ looked: 0, namespaces: new Map() })),
  fails: '',
  pods: [],
});

/** A process that keeps the history, from a time on. */
async function keeperOver(stored: Stored, startMs = START) {
  const time = createFakeTime();
  const clock = { atMs: startMs };
  const calls: string[] = [];
  const keeper = createHistoryKeeper({
    time,
    times: HISTORY_TIMES,
    nowMs: () => clock.atMs,
    isLeader: () => true,
    store: {
      read: async () => {
        if (stored.fails === 'read') throw new Error('cannot read');
        return stored.shards;
      },
      write: async (shard, text, looked) => {
        if (stored.fails === 'write') throw new Error('cannot write');
        calls.push(`write ${shard}`);
        stored.shards[shard] = { looked, namespaces: readShard(text) };
      },
    },
    telemetry: { wrote: () => undefined, historyFailed: error => void calls.push(String(error)) },
    reviews: async () => stored.pods,
    idOf,
    lookAgain: () => void calls.push('look again'),
  });
  const term = new AbortController();
  await keeper.begins?.(term.signal);
  keeper.lead(term.signal);
  return {
    keeper,
    after: async (ms: number) => {
      clock.atMs += ms;
      await time.advance(ms);
      return calls.splice(0);
    },
    setClock: (text: string) => {
      clock.atMs = Date.parse(text);
    },
    /** When the egress of the server was seen open, as `first since last`. */
    egress: () => {
      const finding = seen(deployment()).servers[0]?.decision.findings.find(
        ({ rule }) => rule === 'egress-not-isolated',
      );
      if (finding === undefined) return expect.fail('no finding');
      const dates = keeper.seen(finding.subject, finding.rule, findingIdentity(finding));
      const text = (seconds?: number) =>
        seconds === undefined ? '-' : new Date(seconds * 1000).toISOString().slice(5, 16);
      return dates && [text(dates.first), text(dates.since), text(dates.last)].join(' ');
    },
    end: () => {
      term.abort();
      return keeper.stopped();
    },
  };
}

test('what is seen is kept, each part is written where it changes, and the dates are told', async () => {
  const { keeper, after, egress, end } = await keeperOver(nothingStored());
  keeper.looked(seen(deployment()));
  expect(egress()).toBe('11-27T08:00 11-27T08:00 -');
  expect((await after(6_000)).length).toBe(4);
  keeper.looked(seen(deployment()));
  expect(await after(120_000)).toEqual([]);
  keeper.looked(seen(deployment(), closingPolicy()));
  expect((await after(6_000)).length).toBe(1);
  expect(egress()).toBe('11-27T08:00 11-27T08:00 11-27T08:00');
  await end();
});

test('a process that comes after goes on where the last one was', async () => {
  const stored = nothingStored();
  const first = await keeperOver(stored);
  first.keeper.looked(seen(deployment()));
  await first.after(70_000);
  await first.end();
  const second = await keeperOver(stored, START + 3_600_000);
  second.keeper.looked(seen(deployment()));
  expect(second.egress()).toBe('11-27T08:00 11-27T08:00 -');
  await second.end();
});

test('what went while nobody looked was there for the last time when somebody last did', async () => {
  const stored = nothingStored();
  const first = await keeperOver(stored);
  first.keeper.looked(seen(deployment()));
  await first.after(70_000);
  await first.after(6 * 3_600_000);
  await first.after(3 * 3_600_000);
  await first.end();
  const second = await keeperOver(stored, START + 100 * 3_600_000);
  second.keeper.completed?.(new Set());
  // The parts are written every six hours, whatever changes.
  expect(second.egress()).toBe('11-27T08:00 11-27T08:00 11-27T14:01');
  await second.end();
});

test('a clock that is set back and forth loses nothing that is open', async () => {
  const { keeper, egress, setClock, end } = await keeperOver(nothingStored());
  keeper.looked(seen(deployment()));
  setClock('2027-11-27T08:00:00Z');
  keeper.looked(seen(deployment()));
  expect(egress()).toBe('11-27T08:00 11-27T08:00 -');
  setClock('2026-11-20T08:00:00Z');
  keeper.looked(seen(deployment()));
  expect(egress()).toBe('11-20T08:00 11-20T08:00 -');
  await end();
});

test('what cannot be read is not written over, nor told of; once it can be, all is looked at again', async () => {
  const stored = nothingStored();
  const first = await keeperOver(stored);
  first.keeper.looked(seen(deployment()));
  await first.after(70_000);
  await first.end();
  stored.fails = 'read';
  const second = await keeperOver(stored, START + 3_600_000);
  second.keeper.looked(seen(deployment()));
  expect(second.egress()).toBeUndefined();
  expect(await second.after(130_000)).toEqual(['Error: cannot read', 'Error: cannot read', 'Error: cannot read']);
  stored.fails = '';
  expect((await second.after(60_000))[0]).toBe('look again');
  second.keeper.looked(seen(deployment()));
  expect(second.egress()).toBe('11-27T08:00 11-27T08:00 -');
  await second.end();
});

test('a write that fails is tried again after a minute', async () => {
  const stored = nothingStored();
  stored.fails = 'write';
  const { keeper, after, end } = await keeperOver(stored);
  keeper.looked(seen(deployment()));
  expect(await after(6_000)).toEqual(['Error: cannot write']);
  stored.fails = '';
  expect((await after(6_000)).length).toBe(3);
  expect((await after(60_000)).length).toBe(1);
  await end();
});

test('what the webhook refused is added up over its Pods, over their ends, and over the ends of controllers', async () => {
  const stored = nothingStored();
  const pod = (name: string, refused: number, tolerated: number): PodCounts => ({
    pod: name,
    namespaces: new Map([['prod', { refused, tolerated }]]),
  });
  const kept = () => merged(stored.shards.map(({ namespaces }) => namespaces)).get('prod')?.reviews;
  const first = await keeperOver(stored);
  stored.pods = [pod('a', 5, 5)];
  await first.after(6_000);
  expect(kept()).toBeUndefined();
  stored.pods = [pod('a', 7, 5), pod('b', 1, 0)];
  await first.after(70_000);
  stored.pods = [{ pod: 'a', namespaces: undefined }, pod('b', 2, 0)];
  await first.after(70_000);
  stored.pods = [pod('a', 1, 1), pod('c', 0, 3)];
  await first.after(140_000);
  expect(kept()).toMatchObject({ refused: 5, tolerated: 4 });
  await first.end();
  const second = await keeperOver(stored, START + 3_600_000);
  await second.after(6_000);
  stored.pods = [pod('a', 2, 1), pod('c', 0, 3)];
  second.keeper.looked(seen(deployment()));
  await second.after(140_000);
  expect(kept()).toMatchObject({ refused: 6, tolerated: 4 });
  second.keeper.looked(seen());
  await second.after(140_000);
  expect(kept()).toMatchObject({ refused: 6, tolerated: 4 });
  await second.end();
});
