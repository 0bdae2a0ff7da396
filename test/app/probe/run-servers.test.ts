import { expect, test } from 'vitest';
import { ROUNDS } from '../../../src/app/probe/attempts.ts';
import type { Created, ProbeCluster, ProbePod } from '../../../src/app/probe/cluster.ts';
import type { AskedConnection } from '../../../src/app/probe/judge-connection.ts';
import type { ProbeObject } from '../../../src/app/probe/objects.ts';
import { runServers } from '../../../src/app/probe/run-servers.ts';
import type { Outside, SceneService, ServerScene, StandIn } from '../../../src/app/probe/server-scene.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const SERVER: StandIn = {
  id: 's1',
  namespace: 'p-1',
  title: 'server a/Pod/b',
  labels: {},
  ports: [{ name: '', number: 80, protocol: 'TCP' }],
};
const STRANGER: StandIn = { ...SERVER, id: 'stranger', namespace: 'p-0', title: 'a stranger' };
const PORT = { number: 80, protocol: 'TCP' } as const;
const METADATA: Outside = { title: 'cloud metadata', address: '169.254.169.254', port: PORT };
const SCENE: ServerScene = {
  namespaces: [STRANGER, SERVER].map(({ namespace: name }) => ({ name, labels: {} })),
  standIns: [SERVER, STRANGER],
  services: [],
  servers: [],
  policies: [{ namespace: 'p-1', name: 'policy-1', spec: {} }],
  ways: [
    { server: 'a/Pod/b', from: STRANGER, to: SERVER, port: PORT },
    { server: 'a/Pod/b', from: SERVER, to: METADATA, port: PORT },
  ],
  control: STRANGER,
};

interface Given {
  /** Names of Pods that do not start. */
  readonly stuck?: readonly string[];
  readonly refuses?: (object: ProbeObject) => Created | undefined;
}

/** A cluster in which all connect to all, until a policy closes what does not stand in for a stranger. */
function clusterOf({ stuck = [], refuses = () => undefined }: Given = {}) {
  const pods: { readonly namespace: string; readonly pod: ProbePod }[] = [];
  const made: string[] = [];
  const removed: string[] = [];
  let hasPolicy = false;
  const podOf = ({ metadata: { name }, spec }: ProbeObject): ProbePod => {
    const isStuck = stuck.includes(name);
    const address = name.startsWith('stranger') ? '10.0.0.9' : '10.0.0.1';
    const args =
      JSON.stringify(spec)
        .match(/"args":\[(.*?)\]/)?.[1]
        ?.split('","') ?? [];
    const isClient = args[1] === 'connect-each';
    const lines = args.slice(2).map(end => {
      const isOpen = end.startsWith('10.0.0.9') || (!hasPolicy && end.startsWith('10.0.0.1'));
      return (isOpen ? 'o' : 'x').repeat(ROUNDS);
    });
    return {
      ...{ name, isStuck, trouble: isStuck ? 'ErrImagePull: not found' : '' },
      addresses: isStuck ? [] : [address],
      state: isStuck ? 'pending' : isClient ? 'ended' : 'running',
      message: isClient && !isStuck ? JSON.stringify(lines) : undefined,
    };
  };
  const cluster: ProbeCluster = {
    nodes: async () => [],
    namespaces: async () => [],
    create: async (namespace, object) => {
      const refused = refuses(object);
      if (refused !== undefined) return refused;
      made.push(`${object.kind} ${object.metadata.name}`);
      if (object.kind === 'NetworkPolicy') hasPolicy = true;
      if (object.kind === 'Pod') pods.push({ namespace, pod: podOf(object) });
      return { kind: 'done', uid: 'uid', addresses: object.kind === 'Service' ? ['10.96.0.1'] : [] };
    },
    pods: async namespace => pods.filter(one => one.namespace === namespace).map(({ pod }) => pod),
    removeNamespace: async name => {
      removed.push(name);
      return name !== 'p-1';
    },
  };
  return { cluster, made, removed };
}

const run = (cluster: ProbeCluster, allowed: boolean | null = false, scene = SCENE, asked: AskedConnection[] = []) =>
  runServers({
    ...{ cluster, time: createFakeTime(), signal: new AbortController().signal, image: 'chokepoint:1' },
    wallMs: () => 0,
    onProgress: () => undefined,
    nodes: [{ name: 'node-1', pool: '' }],
    plan: () => scene,
    expect: async all => {
      asked.push(...all);
      return { judged: all.map(() => ({ allowed, why: '' })), beside: [] };
    },
  });

test('what packets did is compared with what is judged, and what cannot be removed is told', async () => {
  const { cluster, made, removed } = clusterOf();
  const { ways, leftovers } = await run(cluster);
  // Nobody answers for cloud metadata here, so that nothing is told of it; the control is no way of a server.
  expect(ways.map(({ from, to, expected, seen, agreement }) => [from, to, expected, seen, agreement])).toEqual([
    ['a stranger', 'server a/Pod/b', 'closed', 'closed', 'agrees'],
  ]);
  expect([removed, leftovers]).toEqual([['p-0', 'p-1'], ['p-1']]);
  expect(made.indexOf('NetworkPolicy policy-1')).toBeGreaterThan(made.indexOf('Pod stranger-before'));
  expect(made.indexOf('NetworkPolicy policy-1')).toBeLessThan(made.indexOf('Pod stranger-after'));
});

test.each([
  [true, 'differs'],
  [null, 'unknown'],
] as const)('where it is judged to be allowed: %j, that %s', async (allowed, agreement) => {
  expect((await run(clusterOf().cluster, allowed)).ways.map(one => one.agreement)).toEqual([agreement]);
});

test('a stand-in that does not start is unknown, with why', async () => {
  const { ways } = await run(clusterOf({ stuck: ['s1-target'] }).cluster);
  expect(ways.map(({ agreement, reason }) => [agreement, reason])).toEqual([['unknown', 'ErrImagePull: not found']]);
});

test('a client that does not start is unknown, with why', async () => {
  const { ways } = await run(clusterOf({ stuck: ['stranger-after'] }).cluster);
  expect(ways.map(({ agreement, reason }) => [agreement, reason])).toEqual([['unknown', 'ErrImagePull: not found']]);
});

test('a Service leads to its stand-in: what is tried is its address, and what is judged is the Pod behind it', async () => {
  const service: SceneService = {
    ...{ id: 's1', namespace: 'p-1', title: 'Service a/b', before: SERVER },
    ports: [{ number: 8443, protocol: 'UDP', target: 80 }],
  };
  const port = { number: 8443, protocol: 'UDP' } as const;
  const scene = { ...SCENE, services: [service], ways: [{ server: 'a/Pod/b', from: STRANGER, to: service, port }] };
  const { cluster, made } = clusterOf();
  const asked: AskedConnection[] = [];
  const { ways } = await run(cluster, true, scene, asked);
  expect(ways.map(one => [one.to, one.port, one.protocol, one.family])).toEqual([['Service a/b', 8443, 'UDP', 'IPv4']]);
  expect(made).toContain('Service s1');
  expect(asked.at(-1)).toEqual({
    ...{ namespace: 'p-0', pod: 'stranger-target', address: '10.96.0.1', port },
    behind: { address: '10.0.0.1', port: { number: 80, protocol: 'UDP' } },
  });
  const stuck = await run(clusterOf({ stuck: ['s1-target'] }).cluster, true, scene);
  expect(stuck.ways.map(({ to, reason }) => [to, reason])).toContainEqual(['Service a/b', 'ErrImagePull: not found']);
});

test('where the cluster does not take something, all that was made is removed', async () => {
  const refuses = ({ kind }: ProbeObject): Created | undefined =>
    kind === 'NetworkPolicy' ? { kind: 'refused', status: 403, message: 'forbidden' } : undefined;
  const { cluster, removed } = clusterOf({ refuses });
  await expect(run(cluster)).rejects.toThrow(
    'the cluster does not take the NetworkPolicy policy-1 of the probe: forbidden',
  );
  expect(removed).toEqual(['p-0', 'p-1']);
});
