import { findBinaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { NODE_ADDRESS } from './private-network.ts';
import type { RunningProgram } from './processes.ts';

/**
 * Starts the real kube-proxy for a node (which must exist), so that this network namespace reaches Services by their clusterIP. Only in the
 * private network: it writes nftables rules, which elsewhere would be the machine's own. `ports` are free ones of 127.0.0.1, for its health and
 * its metrics. A Service leads somewhere about a second after its pods are ready.
 */
export async function startKubeProxy(
  cluster: Cluster,
  node: string,
  ports: readonly [number, number],
): Promise<RunningProgram> {
  if (NODE_ADDRESS === undefined)
    throw new Error('kube-proxy runs only in the private network: see private-network.ts');
  const { 'kube-proxy': path } = await findBinaries(['kube-proxy']);
  const [healthz, metrics] = ports;
  const args = [
    `--kubeconfig=${cluster.address.kubeconfig}`,
    `--hostname-override=${node}`,
    '--proxy-mode=nftables',
    '--cluster-cidr=10.244.0.0/16',
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
    `--healthz-bind-address=127.0.0.1:${healthz}`,
    `--metrics-bind-address=127.0.0.1:${metrics}`,
  ];
  const proxy = cluster.run({ name: 'kube-proxy', path, args });
  await eventually('kube-proxy is healthy', async () => {
    const ended = proxy.ended();
    if (ended !== undefined) throw new Error(`kube-proxy ended (${ended}):\n${proxy.log().slice(-3000)}`);
    return (await fetch(`http://127.0.0.1:${healthz}/healthz`)).ok || undefined;
  });
  return proxy;
}
