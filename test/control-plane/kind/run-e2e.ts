import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { LANE_VARIABLE, type Lane } from '../../e2e/lane.ts';
import { CLUSTER_VARIABLE, type ClusterAddress } from '../address.ts';
import { createAuthority, type Pair } from '../pki.ts';
import { createFolder, onExit } from '../processes.ts';
import { capture, run, runBeside } from './command.ts';
import { needKind } from './engine.ts';
import { obstacleIn } from './suite.ts';

/**
 * `npm run e2e:kind [-- FILTER…]` runs what can run of the end-to-end suite on a kind cluster of its own, which it deletes however it ends, and says
 * of every other file why it did not run. KIND_NODE_IMAGE chooses the node's image, and so the version of Kubernetes.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url));
const E2E = fileURLToPath(new URL('../../e2e/', import.meta.url));
const SUFFIX = '.e2e.ts';
/** Nothing of the tests is to run in containers: their nodes are fake, as on the suite's own control plane. */
const TAINT = 'chokepoint.dev/no-tests=true:NoSchedule';

function createCluster(name: string, folder: string, authority: Pair): void {
  writeFileSync(join(folder, 'ca.crt'), authority.cert);
  writeFileSync(join(folder, 'ca.key'), authority.key, { mode: 0o600 });
  const config = join(folder, 'cluster.yaml');
  writeFileSync(config, readFileSync(join(HERE, 'e2e-cluster.yaml'), 'utf8').replaceAll('AUTHORITY', folder));
  const image = process.env.KIND_NODE_IMAGE;
  run(
    'kind',
    ...['create', 'cluster', '--name', name, '--config', config, '--kubeconfig', join(folder, 'admin.kubeconfig')],
    ...['--wait', '300s', ...(image ? ['--image', image] : [])],
  );
}

/** What is read of a kubeconfig of kind's. */
interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

function apiServerPort(kubeconfig: string): number {
  const { clusters } = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  return Number(new URL(clusters[0]?.cluster.server ?? 'https://nowhere').port);
}

/** What is read of `docker network inspect`. */
interface Network {
  readonly IPAM: { readonly Config: readonly { readonly Gateway?: string }[] };
}

/** The address of this machine in the network of kind's nodes. */
function gatewayAddress(): string {
  const { stdout, stderr } = capture('docker', 'network', 'inspect', 'kind');
  const networks = JSON.parse(stdout || '[]') as readonly Network[];
  const gateways = networks.flatMap(({ IPAM }) => IPAM.Config.flatMap(({ Gateway }) => Gateway ?? []));
  const found = gateways.find(address => !address.includes(':'));
  if (found === undefined) throw new Error(`the Docker network of kind has no IPv4 gateway: ${stderr}`);
  return found;
}

function chosenFiles(filters: readonly string[]): readonly string[] {
  const chosen: string[] = [];
  for (const file of readdirSync(E2E)
    .filter(name => name.endsWith(SUFFIX))
    .sort()) {
    const name = file.slice(0, -SUFFIX.length);
    if (filters.length > 0 && !filters.some(filter => name.includes(filter))) continue;
    const obstacle = obstacleIn(readFileSync(join(E2E, file), 'utf8'));
    if (obstacle === undefined) chosen.push(`test/e2e/${file}`);
    else process.stdout.write(`not run on kind: ${name}: ${obstacle}\n`);
  }
  return chosen;
}

needKind();
const files = chosenFiles(process.argv.slice(2));
if (files.length === 0) throw new Error('no file of the suite that runs on kind has such a name');
const folder = createFolder();
const name = `chokepoint-e2e-${process.pid}`;
onExit(() => {
  const deleted = capture('kind', 'delete', 'cluster', '--name', name);
  if (deleted.code !== 0) process.stderr.write(`kind: the cluster ${name} is still there: ${deleted.stderr}\n`);
  rmSync(folder, { recursive: true, force: true });
});
const authority = createAuthority();
createCluster(name, folder, authority);
const kubeconfig = join(folder, 'admin.kubeconfig');
run('kubectl', '--kubeconfig', kubeconfig, 'taint', 'nodes', '--all', TAINT);
const address: ClusterAddress = {
  port: apiServerPort(kubeconfig),
  host: gatewayAddress(),
  authority,
  kubeconfig,
  folder,
  kubectl: 'kubectl',
};
const file = join(folder, 'address.json');
writeFileSync(file, JSON.stringify(address), { mode: 0o600 });
const args = ['run', '--config', 'vitest.e2e.config.ts', ...files];
// What runs on kind are files of this lane, whichever one this was started from; in a lane the program is built already.
const lane: Lane | undefined = process.env[LANE_VARIABLE] === undefined ? undefined : 'shared-cluster';
const env = { ...process.env, [CLUSTER_VARIABLE]: file, ...(lane && { [LANE_VARIABLE]: lane }) };
process.exitCode = await runBeside('vitest', args, env);
