import { expect, test } from 'vitest';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { atOnce, runAtOnce, type Steps } from '../../src/app/steps.ts';
import { createModelMaker, dashboardModel } from '../../src/cli/dashboard-model.ts';
import { judgeFiles } from '../page/page-of.ts';
import { many } from '../page/samples.ts';

/** A cluster with so many servers, as it is judged at one moment. */
const momentOf = (servers: number): Parameters<typeof dashboardModel>[0] => ({
  world: judgeFiles(many(servers)).world,
  loaded: { kind: 'loaded', policy: builtinGatePolicy(), source: 'test', problems: [] },
  facts: undefined,
  watched: {
    ...{ blocksHoldNodes: undefined, enforcement: undefined, notServed: [], refusals: [] },
    networks: { serviceCidrs: [], podCidrs: [], nodeAddresses: [], apiServerAddresses: [] },
    server: 'https://cluster.example.com',
  },
  ...{ checks: null, hasRecord: false, gateNamespace: 'chokepoint-system', nowMs: Date.parse('2026-01-02') },
});

/** Makes the model of so many servers; of each piece of work, how many steps it has. */
async function made(servers: number) {
  const counts: number[] = [];
  const run = async <Result>(steps: Steps<Result>): Promise<Result> => {
    const at = counts.push(0) - 1;
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      counts[at] = (counts[at] ?? 0) + 1;
    }
  };
  const { model, detail } = await dashboardModel(momentOf(servers), run);
  return { model, detail, counts };
}

test('The work for a model is cut into steps that are no longer for more servers', async () => {
  const [some, more] = [await made(24), await made(48)];
  const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
  // Reading, judging, telling and drawing each server, and answering what it is asked: a step each, or more.
  for (const { model, counts } of [some, more]) {
    const servers = model.page.servers.length;
    expect(counts.filter(count => count >= servers).length).toBe(4);
    expect(sum(counts)).toBeGreaterThanOrEqual(8 * servers);
  }
  expect(sum(more.counts)).toBeGreaterThanOrEqual(2 * sum(some.counts) - 20);
});

test('A server is told of by its id, and what is no server is not', async () => {
  const { model, detail } = await made(2);
  const [server] = model.page.servers;
  const steps = detail(server?.id ?? '');
  expect(steps && atOnce(steps).findings.map(({ rule, message }) => ({ rule, message }))).toEqual(server?.found);
  expect(detail('no/Such/thing')).toBe(undefined);
});

test.each<[string, Partial<Parameters<typeof dashboardModel>[0]>, isSame: boolean]>([
  ['the same again', {}, true],
  ['a later hour', { nowMs: Date.parse('2026-01-02T23:00:00Z') }, true],
  ['facts that say the same', { watched: structuredClone(momentOf(1).watched) }, true],
  ['another day', { nowMs: Date.parse('2026-01-03') }, false],
  ['another configuration', { loaded: { kind: 'refused', policy: undefined, source: 'test', problems: [] } }, false],
  ['what doctor says', { checks: [] }, false],
  ['the world after a change', { world: momentOf(2).world }, false],
])('Whether there is the same model of %s', async (_, change, isTheSame) => {
  const moment = momentOf(2);
  const make = createModelMaker();
  const first = await make(moment, runAtOnce);
  const second = await make({ ...moment, ...change }, runAtOnce);
  expect(second === first).toBe(isTheSame);
});
