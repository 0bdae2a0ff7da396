import { startCluster } from './cluster.ts';
import { addNode, startFakeKubelet } from './nodes.ts';

/** `node test/control-plane/start.ts` holds a cluster with one fake node to try things on, until Ctrl-C: the programs keep this process running. */

const cluster = await startCluster({ audit: true });
await addNode(cluster.request, 'node-1');
startFakeKubelet(cluster.request);
process.stdout.write(
  `export KUBECONFIG=${cluster.address.kubeconfig}\nexport PATH=${cluster.address.kubectl.replace(/\/kubectl$/, '')}:$PATH\n`,
);
