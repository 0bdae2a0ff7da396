import { setTimeout as sleep } from 'node:timers/promises';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { compilePolicies, TABLE } from './compile-policies.ts';
import type { RealNode } from './node.ts';
import type { State } from './policy-objects.ts';

/** What enforces policies on real nodes: a dataplane of the tests' own, small enough to be read. */
export interface Dataplane {
  /** Resolves once everything that was written before is in force. Rejects where the kernel took no rules. */
  settled(): Promise<void>;
  /** Ends it and takes its rules away: nothing is enforced any more. */
  stop(): Promise<void>;
}

const LISTS = {
  namespaces: '/api/v1/namespaces',
  pods: '/api/v1/pods',
  policies: '/apis/networking.k8s.io/v1/networkpolicies',
} as const;

async function readState(request: Connection['request']): Promise<State> {
  const list = async (path: string) => expectOk(await request('GET', path), path).body.items;
  const [namespaces, pods, policies] = await Promise.all([
    list(LISTS.namespaces),
    list(LISTS.pods),
    list(LISTS.policies),
  ]);
  return { namespaces, pods, policies };
}

const EVERY_MS = 100;

/**
 * Looks at the cluster again and again and programs these nodes; on others nothing is enforced. `unknownPods`: what Pods may that it has not heard of yet,
 * which with many plugins is everything.
 */
export function startDataplane(
  { request }: Pick<Connection, 'request'>,
  nodes: readonly RealNode[],
  { unknownPods = 'open' }: { readonly unknownPods?: 'open' | 'closed' } = {},
): Dataplane {
  const loaded = new Map<string, string>();
  let rounds = 0;
  let failure: unknown;
  let isStopped = false;
  const round = async (): Promise<void> => {
    const state = await readState(request);
    for (const node of nodes) {
      const rules = compilePolicies(state, node.name, unknownPods === 'open' ? [] : Object.values(node.pods));
      if (loaded.get(node.name) === rules) continue;
      node.run(['nft', '-f', '-'], rules);
      loaded.set(node.name, rules);
    }
    rounds += 1;
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      await round().catch((error: unknown) => {
        failure = error;
      });
      await sleep(EVERY_MS);
    }
  };
  const running = loop();
  return {
    settled: async () => {
      // The round that is under way may have begun before.
      const wanted = rounds + 2;
      failure = undefined;
      await eventually('policies are in force', () => {
        if (failure !== undefined) throw failure;
        return rounds >= wanted || undefined;
      });
    },
    stop: async () => {
      isStopped = true;
      await running;
      for (const node of nodes) node.run(['nft', `table inet ${TABLE}; delete table inet ${TABLE}`]);
    },
  };
}
