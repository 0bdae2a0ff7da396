import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { CONTROLLERS, freePorts } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startKubeProxy } from '../control-plane/kube-proxy.ts';
import { addNode, type FakeKubelet, startFakeKubelet } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type PodRunner, startPodRunner } from '../control-plane/run-pods.ts';
import type { ToolOptions, ToolResult } from '../control-plane/tool.ts';
import { SYSTEM } from './gate.ts';

/** A cluster of its own in which the shipped objects are installed as they are, and their Pods run. */

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

export interface Installation {
  readonly cluster: Cluster;
  readonly pods: PodRunner;
  /** `kubectl apply -k manifests/overlays/NAME`, or another verb. */
  readonly kustomize: (
    verb: 'apply' | 'delete',
    overlay: string,
    options?: ToolOptions,
    ...flags: readonly string[]
  ) => Promise<ToolResult>;
  /** What is installed, with the generation of each object: its number of changes, but for those of its status. */
  readonly generations: (overlay: string) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

const GENERATIONS = '{range .items[*]}{.kind} {.metadata.name} {.metadata.generation}{"\\n"}{end}';

/** Only in the private network. A node, a scheduler, kube-proxy, the gate's Pods as processes; everybody else's Pods only say that they run. */
export async function startInstallation(): Promise<Installation> {
  // The API server's own ConfigMap `kube-root-ca.crt` is in every token volume; this controller makes it.
  const controllers = [...CONTROLLERS, 'root-ca-certificate-publisher-controller'];
  const cluster = await startCluster({ audit: true, controllers });
  const stops: (() => Promise<unknown>)[] = [cluster.stop];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    await addNode(cluster.request, 'node-1', NODE_ADDRESS);
    const [healthz = 0, metrics = 0] = await freePorts(2);
    await startKubeProxy(cluster, 'node-1', [healthz, metrics]);
    const kubelet: FakeKubelet = startFakeKubelet(cluster.request, { except: [SYSTEM] });
    stops.push(kubelet.stop);
    const pods = startPodRunner(cluster, { namespaces: [SYSTEM] });
    stops.push(pods.stop);
    const run = (verb: string, overlay: string, options?: ToolOptions, ...flags: readonly string[]) =>
      cluster.kubectl([verb, '-k', join(MANIFESTS, 'overlays', overlay), ...flags], options);
    return {
      cluster,
      pods,
      kustomize: run,
      generations: async overlay =>
        (await run('get', overlay, {}, '-o', `jsonpath=${GENERATIONS}`)).stdout.trim().split('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What comes and goes by itself: records, and what controllers keep of others' objects. */
const PASSING = ['events', 'events.events.k8s.io', 'leases.coordination.k8s.io', 'endpointslices.discovery.k8s.io'];

/** Every object of the cluster, as `KIND NAMESPACE/NAME`, sorted, but for what comes and goes by itself, and namespaces that only tests have. */
export async function snapshot({ kubectl }: Cluster): Promise<readonly string[]> {
  const resources = await kubectl(['api-resources', '--verbs=list', '-o', 'name']);
  const kinds = resources.stdout
    .trim()
    .split('\n')
    .filter(name => !PASSING.includes(name));
  const columns = 'custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name';
  const listed = await kubectl(['get', kinds.join(','), '-A', '--no-headers', '-o', columns]);
  if (listed.code !== 0) throw new Error(listed.stderr);
  const lines = listed.stdout
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/));
  return lines
    .map(([kind, namespace, name]) => `${kind} ${namespace}/${name}`)
    .filter(line => !/[ /](?:test-|webhook-markers)/.test(line))
    .toSorted();
}

/** Waits until the cluster has exactly the objects of an earlier {@link snapshot}: namespaces take a while to go. */
export async function isAsBefore(cluster: Cluster, before: readonly string[]): Promise<void> {
  let difference: readonly string[] = [];
  const isSame = async (): Promise<true | undefined> => {
    const now = await snapshot(cluster);
    const left = now.filter(line => !before.includes(line)).map(line => `+ ${line}`);
    difference = [...left, ...before.filter(line => !now.includes(line)).map(line => `- ${line}`)];
    return difference.length === 0 || undefined;
  };
  await eventually('the cluster is as before', isSame, { everyMs: 500 }).catch((cause: unknown) => {
    throw new Error(`the cluster is not as before:\n${difference.join('\n')}`, { cause });
  });
}
