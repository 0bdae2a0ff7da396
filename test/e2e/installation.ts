import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { CONTROLLERS, freePorts } from '../control-plane/components.ts';
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
  readonly kustomize: (verb: 'apply' | 'delete', overlay: string, options?: ToolOptions) => Promise<ToolResult>;
  readonly stop: () => Promise<void>;
}

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
    const kustomize: Installation['kustomize'] = (verb, overlay, options) =>
      cluster.kubectl([verb, '-k', join(MANIFESTS, 'overlays', overlay)], options);
    return { cluster, pods, kustomize, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
