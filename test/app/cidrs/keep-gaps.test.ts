import { expect, test } from 'vitest';
import { createGapKeeper } from '../../../src/app/cidrs/keep-gaps.ts';
import { gapText } from '../../../src/app/report/range-gaps.ts';
import type { NetworkFacts } from '../../../src/core/gate/discover-networks.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { policyOf, worldOf } from '../../support/reviews.ts';

const pod = (name: string, address: string, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'tools' },
  spec: { containers: [{ name: 'a', image: 'a' }], ...spec },
  status: { podIPs: [{ ip: address }] },
});

const NO_FACTS: NetworkFacts = { serviceCidrs: [], podCidrs: [], nodeAddresses: [], apiServerAddresses: [] };

/** A keeper over a cluster that a test changes. */
function keeperOver(...objects: readonly Fields[]) {
  const time = createFakeTime();
  const told: string[][] = [];
  const cluster = { objects, isReady: true, facts: NO_FACTS };
  const keeper = createGapKeeper({
    time,
    world: () => (cluster.isReady ? { kind: 'ready', world: worldOf(...cluster.objects) } : { kind: 'not-synced' }),
    policy: () => policyOf({ protectedNetworks: { pods: ['10.244.0.0/16'], nodes: ['192.168.0.0/24'] } }),
    facts: () => cluster.facts,
    told: gaps => void told.push(gaps.map(gapText)),
    onBug: error => void told.push([String(error)]),
  });
  const term = new AbortController();
  keeper.lead(term.signal);
  return {
    cluster,
    keeper,
    after: async (ms: number) => {
      await time.advance(ms);
      return told.splice(0);
    },
    end: async () => {
      term.abort();
      await keeper.stopped();
      return told.splice(0);
    },
  };
}

const lacking = (name: string, block: string, holder: string): string =>
  `the cluster uses addresses outside the ranges that are given for ${name}: ${block} (the first is of ${holder}); add their range`;

test('a Pod and a Node outside the ranges are told, each minute anew, and not where this process leads no more', async () => {
  const { cluster, keeper, after, end } = keeperOver(pod('in', '10.244.1.2'), pod('out', '10.9.0.7'));
  cluster.facts = { ...NO_FACTS, nodeAddresses: ['192.168.0.4', '172.16.0.9'] };
  const gaps = [lacking('pods', '10.9.0.7/32', 'Pod tools/out'), lacking('nodes', '172.16.0.9/32', 'a Node')];
  expect(await after(1)).toEqual([gaps]);
  expect(keeper.gaps().map(gapText)).toEqual(gaps);
  cluster.objects = [pod('in', '10.244.1.2')];
  expect(await after(59_000)).toEqual([]);
  expect(await after(1_000)).toEqual([[gaps[1]]]);
  expect(await end()).toEqual([[]]);
  expect(keeper.gaps()).toEqual([]);
});

test('a Pod in the network of its host bears the address of its Node, and a class that is not configured lacks nothing', async () => {
  const { cluster, after, end } = keeperOver(pod('agent', '172.16.0.9', { hostNetwork: true }));
  cluster.facts = { ...NO_FACTS, apiServerAddresses: ['172.16.0.2'], serviceCidrs: ['10.96.0.0/12'] };
  expect(await after(1)).toEqual([[]]);
  await end();
});

test('nothing is told of a view that is not to be trusted', async () => {
  const { cluster, after, end } = keeperOver(pod('out', '10.9.0.7'));
  cluster.isReady = false;
  expect(await after(120_000)).toEqual([]);
  await end();
});
