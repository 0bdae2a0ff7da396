import { expect, test } from 'vitest';
import { ROUNDS } from '../../../src/app/probe/attempts.ts';
import type { Created, ProbeCluster, ProbePod } from '../../../src/app/probe/cluster.ts';
import { PROBE_PREFIX, type ProbeObject } from '../../../src/app/probe/objects.ts';
import { runProbe } from '../../../src/app/probe/run.ts';
import type { Time } from '../../../src/app/time.ts';

/** Time that passes as fast as it is waited for. */
const time = (): Time => {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    random: () => 0.5,
    after: (delayMs, action) => {
      const timer = setImmediate(() => {
        nowMs += delayMs;
        action();
      });
      return () => clearImmediate(timer);
    },
  };
};

interface World {
  /** Nodes that enforce policies. */
  readonly enforcing: readonly string[];
  /** Why no Pod starts on a node. */
  readonly stuck?: Readonly<Record<string, string>>;
  readonly refuses?: (object: ProbeObject) => Created | undefined;
  readonly left?: readonly { readonly name: string; readonly endsMs: number }[];
}

interface MadePod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly role: string;
  readonly args: readonly string[];
  readonly address: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the manifests of the probe are looked into as an API server would
const field = (object: ProbeObject, path: string): any => path.split('.').reduce((now: any, key) => now?.[key], object);

/** A cluster that runs what it is given as nodes would that enforce policies, or do not. */
function clusterOf({ enforcing, stuck = {}, refuses = () => undefined, left = [] }: World) {
  const pods: MadePod[] = [];
  const made: string[] = [];
  const removed: string[] = [];
  let hasPolicy = false;
  const isOpen = (client: MadePod, address: string): boolean => {
    const target = pods.find(one => one.address === address);
    const isStopped =
      (client.role === 'closed-client' && enforcing.includes(client.node)) ||
      (target?.role === 'closed-target' && enforcing.includes(target.node));
    return !(hasPolicy && isStopped);
  };
  const statusOf = (pod: MadePod): ProbePod => {
    const trouble = stuck[pod.node] ?? '';
    const addresses = trouble === '' ? [pod.address] : [];
    const lines = pod.args.slice(3).map(address => (isOpen(pod, address) ? 'o' : 'x').repeat(ROUNDS));
    const isClient = pod.args[1] === 'connect';
    const state = trouble !== '' ? 'pending' : isClient ? 'ended' : 'running';
    return {
      ...{ name: pod.name, addresses, trouble, isStuck: trouble !== '', state },
      message: isClient && trouble === '' ? JSON.stringify(lines) : undefined,
    };
  };
  const cluster: ProbeCluster = {
    nodes: async () => [],
    namespaces: async () => left,
    create: async (namespace, object) => {
      const refused = refuses(object);
      if (refused !== undefined) return refused;
      made.push(`${object.kind} ${object.metadata.name}`);
      if (object.kind === 'NetworkPolicy') hasPolicy = true;
      if (object.kind === 'Pod')
        pods.push({
          namespace,
          name: object.metadata.name,
          node: field(
            object,
            'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchFields.0.values.0',
          ),
          role: object.metadata.labels['chokepoint.dev/probe-role'] ?? '',
          args: field(object, 'spec.containers.0.args'),
          address: `10.0.0.${pods.length + 1}`,
        });
      return { kind: 'done', uid: `uid-${made.length}`, addresses: [] };
    },
    pods: async namespace => pods.filter(pod => pod.namespace === namespace).map(statusOf),
    removeNamespace: async name => {
      removed.push(name);
      return true;
    },
  };
  return { cluster, made, removed };
}

const run = (cluster: ProbeCluster, signal = new AbortController().signal) =>
  runProbe({
    ...{ cluster, time: time(), signal, image: 'chokepoint:1' },
    wallMs: () => 1_000_000,
    onProgress: () => undefined,
    nodes: ['a', 'b'].map(name => ({ name, pool: '' })),
  });

const OWN = `${PROBE_PREFIX}7fffffff`;

test.each([
  [
    ['a', 'b'],
    ['enforced', 'enforced'],
  ],
  [['a'], ['enforced', 'not-enforced']],
  [[], ['not-enforced', 'not-enforced']],
])('where the nodes %j enforce policies, a and b are told to be %j', async (enforcing, verdicts) => {
  const { cluster, removed } = clusterOf({ enforcing });
  const { nodes, leftovers } = await run(cluster);
  expect(nodes.map(({ enforcement }) => enforcement)).toEqual(verdicts);
  expect([removed, leftovers]).toEqual([[OWN], []]);
});

test('policies are made after the first clients, and before the second', async () => {
  const { cluster, made } = clusterOf({ enforcing: [] });
  await run(cluster);
  const order = made.map(text => text.replace(/-(?:open|closed)-client-\d|(?:open|closed)-target-\d/, ''));
  expect(order.filter((text, index) => text !== order[index - 1])).toEqual([
    `Namespace ${OWN}`,
    'Job probe',
    'Pod ',
    'Pod before',
    'NetworkPolicy closed-targets',
    'NetworkPolicy closed-clients',
    'Pod after',
  ]);
});

test('a node whose Pods do not start is unknown, and the other is measured', async () => {
  const { cluster } = clusterOf({ enforcing: ['a', 'b'], stuck: { b: 'ErrImagePull: not found' } });
  const { nodes } = await run(cluster);
  expect(nodes.map(({ enforcement, reason }) => [enforcement, reason])).toEqual([
    ['enforced', ''],
    ['unknown', 'ErrImagePull: not found'],
  ]);
});

test('what the cluster does not take ends the probe, with the way to the rights, and nothing is left', async () => {
  const refuses = ({ kind }: ProbeObject): Created | undefined =>
    kind === 'NetworkPolicy' ? { kind: 'refused', status: 403, message: 'networkpolicies is forbidden' } : undefined;
  const { cluster, removed } = clusterOf({ enforcing: [], refuses });
  await expect(run(cluster)).rejects.toThrow(
    'the cluster does not take the NetworkPolicy closed-targets of the probe: networkpolicies is forbidden; chokepoint doctor --probe --print-rights prints all that are needed',
  );
  expect(removed).toEqual([OWN]);
});

test('the account of a new namespace is waited for', async () => {
  let refusals = 3;
  const refuses = ({ kind }: ProbeObject): Created | undefined => {
    if (kind !== 'Pod' || refusals === 0) return undefined;
    refusals -= 1;
    return {
      kind: 'refused',
      status: 403,
      message:
        'pods "open-target-1" is forbidden: error looking up service account x/default: serviceaccount "default" not found',
    };
  };
  const { nodes } = await run(clusterOf({ enforcing: ['a', 'b'], refuses }).cluster);
  expect(nodes.map(({ enforcement }) => enforcement)).toEqual(['enforced', 'enforced']);
});

test('what an earlier probe left is removed once its time is over, and what may still run is not', async () => {
  const left = [
    { name: `${PROBE_PREFIX}old`, endsMs: 999_999 },
    { name: `${PROBE_PREFIX}never`, endsMs: Number.NaN },
    { name: `${PROBE_PREFIX}running`, endsMs: 1_000_001 },
  ];
  const { cluster, removed } = clusterOf({ enforcing: [], left });
  await run(cluster);
  expect(removed).toEqual([`${PROBE_PREFIX}old`, `${PROBE_PREFIX}never`, OWN]);
});

test('one that is interrupted before Pods can be made says so as well', async () => {
  const message =
    'pods "x" is forbidden: error looking up service account x/default: serviceaccount "default" not found';
  const refuses = ({ kind }: ProbeObject): Created | undefined =>
    kind === 'Pod' ? { kind: 'refused', status: 403, message } : undefined;
  const { cluster, removed } = clusterOf({ enforcing: [], refuses });
  const { nodes } = await run(cluster, AbortSignal.abort());
  expect(nodes.map(({ reason }) => reason)).toEqual(['the probe was interrupted', 'the probe was interrupted']);
  expect(removed).toEqual([OWN]);
});

test('a probe that is interrupted proves nothing, and removes what it made', async () => {
  const { cluster, removed } = clusterOf({ enforcing: ['a', 'b'] });
  const { nodes } = await run(cluster, AbortSignal.abort());
  expect(nodes.map(({ enforcement, reason }) => [enforcement, reason])).toEqual([
    ['unknown', 'the probe was interrupted'],
    ['unknown', 'the probe was interrupted'],
  ]);
  expect(removed).toEqual([OWN]);
});
