import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import path from 'node:path';
import { CLUSTER_PROGRAMS, findBinaries } from '../control-plane/binaries.ts';
import { NODE_ADDRESS_VARIABLE } from '../control-plane/private-network.ts';
import { buildProgram } from '../e2e/gate.ts';
import { makeImages } from './images.ts';
import { ARCHIVE_VARIABLE, CGROUP, MACHINE } from './machine.ts';
import { NODE_PROGRAMS } from './node-programs.ts';

/**
 * `node in-root-namespaces.ts COMMAND…` runs a command as root in a network, mounts and processes of its own: a real kubelet and real containers need
 * the machine's users, which test/control-plane/in-private-network.ts does without. When the command ends, however, so does everything that it started,
 * and what was mounted or set in the network is gone with it. Only cgroups are the machine's: the empty ones are removed.
 */

const SET_UP = `
set -e
ip link set lo up
ip link add ${MACHINE.bridge} type bridge
ip address add ${MACHINE.v4}/24 dev ${MACHINE.bridge}
ip address add ${MACHINE.v6}/64 dev ${MACHINE.bridge} nodad
ip link set ${MACHINE.bridge} up
# It leads nowhere; without one a connection to a clusterIP has no way out at which kube-proxy's rules could turn it.
ip route add default via 192.0.2.254
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
mount -t tmpfs tmpfs "$TMPDIR"
exec "$@"
`;

/** Removes what containers that have ended left of cgroups; those in which something runs stay. */
function removeCgroups(): void {
  const remove = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(path.join(folder, entry.name));
    try {
      rmdirSync(folder);
    } catch {
      // Another run's container is in it.
    }
  };
  const hierarchies = ['.', ...readdirSync('/sys/fs/cgroup')].map(name => path.join('/sys/fs/cgroup', name, CGROUP));
  for (const folder of hierarchies) if (existsSync(folder)) remove(folder);
}

/** Says which programs really run. */
function sayVersions({ kubelet, containerd }: Readonly<Record<'kubelet' | 'containerd', string>>): void {
  const firstLine = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { encoding: 'utf8' }).split('\n', 1).join();
  const told = [
    firstLine(kubelet, '--version'),
    firstLine(containerd, '--version'),
    firstLine('runc', '--version'),
    firstLine('nft', '--version'),
    `Linux ${release()}`,
  ];
  process.stderr.write(`real nodes: ${told.join(', ')}\n`);
}

if (process.getuid?.() !== 0) throw new Error('a real kubelet needs root');
const [command = 'true', ...rest] = process.argv.slice(2);
// What is missing is built out here: there is no way to the module proxy from in there.
sayVersions(await findBinaries([...CLUSTER_PROGRAMS, ...NODE_PROGRAMS]));
buildProgram();
removeCgroups();
const folder = mkdtempSync(path.join(tmpdir(), 'chokepoint-nodes-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
  removeCgroups();
});
const images = mkdtempSync(path.join(tmpdir(), 'chokepoint-images-'));
process.on('exit', () => rmSync(images, { recursive: true, force: true }));
const env = {
  ...process.env,
  TMPDIR: folder,
  [NODE_ADDRESS_VARIABLE]: MACHINE.v4,
  [ARCHIVE_VARIABLE]: await makeImages(images),
};
const args = ['-nmpf', '--mount-proc', '--kill-child', 'sh', '-c', SET_UP, 'sh', command, ...rest];
const child = spawn('unshare', args, { stdio: 'inherit', env });
// unshare ignores the signals that would end it; its death ends everything inside.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
