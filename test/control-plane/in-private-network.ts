import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLUSTER_PROGRAMS, findBinaries } from './binaries.ts';
import { fetchCertManager } from './cert-manager.ts';
import { fetchEnvoy } from './envoy.ts';
import { NODE_ADDRESS_VARIABLE } from './private-network.ts';
import { fetchReportsApi } from './reports-api.ts';
import { NEWEST, OLDEST } from './versions.ts';

/**
 * `node in-private-network.ts COMMAND…` runs a command in namespaces of its own (users, network, mounts, processes): Services and pod addresses
 * can be real there without a container engine or root, nothing of the machine's network changes, and when the command ends, however, so does
 * everything that it started. Where the machine does not allow it the command runs without, and says so; tests of Services are skipped then, and with
 * CI in the environment nothing runs.
 */

const NODE_ADDRESS = '192.0.2.10';
const UNSHARE = ['-Urnmpf', '--mount-proc', '--kill-child'];

/** The default route leads nowhere; without one a connection to a clusterIP has no way out at which kube-proxy's rules could turn it. */
const SET_UP = `
set -e
ip link set lo up
ip link add br0 type bridge
ip address add ${NODE_ADDRESS}/24 dev br0
ip link set br0 up
ip route add default via 192.0.2.254
echo 1 > /proc/sys/net/ipv4/ip_forward
mount -t tmpfs tmpfs "$TMPDIR"
`;

/** Undefined if the namespaces can be made; why not otherwise. */
function obstacle(env: NodeJS.ProcessEnv): string | undefined {
  const script = `${SET_UP} nft list ruleset`;
  const tried = spawnSync('unshare', [...UNSHARE, 'sh', '-c', script], { encoding: 'utf8', env });
  if (tried.status === 0) return undefined;
  return (tried.error?.message ?? tried.stderr).trim() || `exit code ${tried.status}`;
}

const [command = 'true', ...rest] = process.argv.slice(2);
// What is missing is built out here: there is no way to the module proxy from in there.
await findBinaries([...CLUSTER_PROGRAMS, 'kube-proxy', 'helm', 'collector', 'versitygw']);
// Some tests start the oldest version and the newest beside one another.
for (const version of [OLDEST, NEWEST]) await findBinaries(CLUSTER_PROGRAMS, version);
await fetchCertManager();
fetchEnvoy();
fetchReportsApi();
// A folder of its own, not /tmp: the checkout may stand there.
const folder = mkdtempSync(path.join(tmpdir(), 'chokepoint-e2e-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const privateEnv = { ...process.env, [NODE_ADDRESS_VARIABLE]: NODE_ADDRESS, TMPDIR: folder };
const why = obstacle(privateEnv);
// What is skipped must not look green where nobody reads what is said.
if (why !== undefined && process.env.CI !== undefined) throw new Error(`no private network: ${why}`);
if (why !== undefined) {
  process.stderr.write(
    `control plane: no private network (it needs Linux, unprivileged user namespaces, and the commands unshare, ip and nft: ${why}); tests of Services are skipped\n`,
  );
}
const [program, args] =
  why === undefined
    ? ['unshare', [...UNSHARE, 'sh', '-c', `${SET_UP} exec "$@"`, 'sh', command, ...rest]]
    : [command, rest];
const env = why === undefined ? privateEnv : process.env;
const child = spawn(program, args, { stdio: 'inherit', env });
// unshare ignores the signals that would end it; its death ends everything inside, and the temporary folder with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => child.kill(why === undefined ? 'SIGKILL' : signal));
}
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
