import { afterEach, describe, expect, it, vi } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import type { ApiRequest, Client } from '../../../src/adapters/kubernetes/client/client.ts';
import type { ClusterCache } from '../../../src/adapters/kubernetes/view/cache.ts';
import { followDataplane } from '../../../src/adapters/kubernetes/view/followed-dataplane.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded } from '../../support/workload.ts';

afterEach(() => {
  vi.useRealTimers();
});

const agent = (name: string) =>
  decoded({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system' },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: {} } },
  });
const CILIUM = buildWorld([agent('cilium')]);
const nodes = { data: { 'policy-cidr-match-mode': 'nodes' } };

/** A cluster that shows this, and whose ConfigMap is answered so; what it was asked for. */
function clusterOf(answer: () => { readonly status: number; readonly body?: unknown }, installed?: boolean) {
  const asked: string[] = [];
  const errors: unknown[] = [];
  const listeners: Parameters<ClusterCache['onChange']>[0][] = [];
  let reading: WorldReading = { kind: 'ready', world: CILIUM };
  const request = async ({ path }: ApiRequest) => {
    asked.push(path.join('/'));
    return { body: {}, ...answer(), retryAfterMs: undefined };
  };
  const status = { id: 'cilium.io/CiliumNetworkPolicy', installed };
  const cache = {
    read: () => reading,
    status: () => [status],
    onChange: (listener: (typeof listeners)[number]) => void listeners.push(listener),
  };
  const followed = followDataplane({ request } as unknown as Client, cache as unknown as ClusterCache, error =>
    errors.push(error),
  );
  const show = (next: WorldReading): void => {
    reading = next;
    for (const listener of listeners)
      listener({ kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium', isVersionAlone: () => false });
  };
  return { followed, asked, errors, show };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve));
};
const holdsNodes = ({ followed }: ReturnType<typeof clusterOf>) => {
  const { dataplane, cilium } = followed.complete(builtinGatePolicy());
  return [dataplane?.blocks.nodes, cilium.blocks.nodes];
};

describe('Whether blocks hold nodes, on a cluster whose agents show Cilium and by its policies alone:', () => {
  // biome-ignore format: one line a case
  it.each<[string, number, unknown, boolean, string]>([
    ['by default', 200, { data: {} }, false, ''],
    ['in the match mode of nodes', 200, nodes, true, ''],
    ['without settings', 404, {}, false, ''],
    ['where they may not be read', 403, {}, true, 'may not get configmaps/cilium-config in namespace kube-system (403): blocks are taken to hold nodes'],
  ])('%s', async (_title, status, body, expected, trouble) => {
    const cluster = clusterOf(() => ({ status, body }));
    expect(holdsNodes(cluster)).toEqual([true, true]);
    await settled();
    expect(holdsNodes(cluster)).toEqual([expected, expected]);
    expect([cluster.followed.trouble(), cluster.asked]).toEqual([
      trouble,
      ['api/v1/namespaces/kube-system/configmaps/cilium-config'],
    ]);
    cluster.followed.stop();
  });

  it('an API server in trouble changes nothing of what was known', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let status = 200;
    const cluster = clusterOf(() => ({ status, body: {} }));
    await settled();
    status = 500;
    vi.advanceTimersByTime(60_000);
    await settled();
    expect(holdsNodes(cluster)).toEqual([false, false]);
    expect(cluster.errors.map(String)).toEqual(['GateError: cilium-config cannot be read: the API server answers 500']);
    cluster.followed.stop();
  });

  it('where no policies of Cilium are served, nothing is asked', async () => {
    const cluster = clusterOf(() => ({ status: 403 }), false);
    await settled();
    expect([holdsNodes(cluster), cluster.asked]).toEqual([[false, false], []]);
    cluster.followed.stop();
  });
});

it('gives the same policy until its agents or its settings are others, and tells of settings', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let body: object = {};
  const { followed, show } = clusterOf(() => ({ status: 200, body }));
  let changes = 0;
  followed.onChange(() => {
    changes += 1;
  });
  await settled();
  const policy = builtinGatePolicy();
  const first = followed.complete(policy);
  show({ kind: 'ready', world: CILIUM });
  expect([followed.complete(policy) === first, first.dataplane?.name, changes]).toEqual([true, 'cilium', 1]);
  show({ kind: 'ready', world: buildWorld([]) });
  expect(followed.complete(policy).dataplane).toBeUndefined();
  show({ kind: 'ready', world: buildWorld([agent('antrea-agent')]) });
  expect(followed.complete(policy).dataplane?.name).toBe('antrea');
  body = nodes;
  vi.advanceTimersByTime(60_000);
  await settled();
  expect([followed.complete(policy).cilium.blocks.nodes, changes]).toEqual([true, 2]);
  followed.stop();
});

it('knows no dataplane before the view is complete, nor overrules the one that is configured', async () => {
  const { followed, show } = clusterOf(() => ({ status: 200 }));
  show({ kind: 'not-synced' });
  expect(followed.complete(builtinGatePolicy()).dataplane).toBeUndefined();
  show({ kind: 'ready', world: buildWorld([agent('antrea-agent')]) });
  await settled();
  const policy = builtinGatePolicy();
  const configured = followed.complete(policy).dataplane;
  show({ kind: 'ready', world: CILIUM });
  expect(followed.complete({ ...policy, dataplane: configured }).dataplane?.name).toBe('antrea');
  followed.stop();
});
