import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findBinaries } from '../control-plane/binaries.ts';
import { expectOk } from '../control-plane/client.ts';
import type { Cluster, ClusterOptions } from '../control-plane/cluster.ts';
import { CONTROLLERS } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { RunningProgram } from '../control-plane/processes.ts';
import { ARCHIVE_VARIABLE, MACHINE } from './machine.ts';
import { type NodeFiles, type NodePlan, nodePlan, RUNTIME_SOCKET, writeNodeFiles } from './node-files.ts';
import { NODE_PROGRAMS } from './node-programs.ts';

/** A node with a real kubelet, container runtime, CNI plugins and kube-proxy, in a network, mounts and processes of its own. */
export interface RealNode extends NodePlan {
  /** Runs a command on the node and returns what it printed. Throws where it fails. */
  run(command: readonly string[], stdin?: string): string;
  /** Starts a command on the node, to be written to and read from; whoever starts it ends it. */
  start(command: readonly string[]): ChildProcess;
  /** What one of its programs wrote. */
  log(program: 'containerd' | 'kubelet' | 'kube-proxy'): string;
  /** Ends the node, and everything that runs on it, at once. The Node object stays. */
  stop(): Promise<void>;
}

/** What a cluster with real nodes is started with. */
export const NODE_CLUSTER: ClusterOptions = {
  advertiseAddress: MACHINE.v4,
  apiServerFlags: ['--bind-address=0.0.0.0', '--kubelet-preferred-address-types=InternalIP'],
  controllers: [
    ...CONTROLLERS,
    'root-ca-certificate-publisher-controller',
    'ttl-after-finished-controller',
    'disruption-controller',
  ],
};

/** The global settings that a kubelet changes: on the node they are files of its own. */
const SETTINGS = [
  'vm/overcommit_memory',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** Arguments: host name. Nothing of the machine's state is seen on the node, and its own goes with it. */
const SET_UP = `
set -e
mount --make-rshared /
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs $folder; done
mkdir -p /run/settings /var/lib/kubelet /var/log/pods
for name in ${SETTINGS.join(' ')}; do
  file=/run/settings/$(basename $name)
  cat /proc/sys/$name > $file
  mount --bind $file /proc/sys/$name
done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo ready
exec sleep infinity
`;

/** The process that a program which forked has started. */
const childOf = (pid: number): number | undefined =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]) || undefined;

/** Arguments of nsenter that lead onto the node. */
const onto = (pid: number): readonly string[] => ['-t', String(pid), '-n', '-m', '-p'];

function runOnNode(pid: number, command: readonly string[], input?: string): string {
  return execFileSync('nsenter', [...onto(pid), ...command], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  });
}

/** Joins the node to the bridge of the machine, and tells the machine the way to its Pods. */
function join(pid: number, { name, v4, v6, pods }: NodePlan): void {
  const machine = (...args: readonly string[]): void => void execFileSync('ip', args);
  const node = (...args: readonly string[]): void => void runOnNode(pid, ['ip', ...args]);
  machine('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  machine('link', 'set', name, 'master', MACHINE.bridge, 'up');
  node('link', 'set', 'eth0', 'up');
  node('address', 'add', `${v4}/24`, 'dev', 'eth0');
  node('address', 'add', `${v6}/64`, 'dev', 'eth0', 'nodad');
  node('route', 'add', 'default', 'via', MACHINE.v4);
  node('-6', 'route', 'add', 'default', 'via', MACHINE.v6);
  // The bridge outlives the nodes of a file, and so does the way to their Pods.
  machine('route', 'replace', pods.v4, 'via', v4);
  machine('-6', 'route', 'replace', pods.v6, 'via', v6);
}

function importImages(pid: number, ctr: string): void {
  const archive = process.env[ARCHIVE_VARIABLE];
  if (archive === undefined) throw new Error('real nodes run in the namespaces of in-root-namespaces.ts alone');
  runOnNode(pid, [ctr, '--address', RUNTIME_SOCKET, '--namespace', 'k8s.io', 'images', 'import', archive]);
}

/** Nothing here looks after Nodes: what that would take off, once the kubelet has said that it is ready, we do. */
async function takeInService({ request }: Cluster, { name, pods }: NodePlan): Promise<void> {
  const path = `/api/v1/nodes/${name}`;
  await eventually(`${name} is ready`, async () => {
    const { body } = await request('GET', path);
    const conditions: readonly { type: string; status: string }[] = body.status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
  });
  const spec = { taints: null, podCIDR: pods.v4, podCIDRs: [pods.v4, pods.v6] };
  expectOk(await request('PATCH', path, { spec }), `taints of ${name}`);
}

/** What is started on a node, by the cluster, with which it ends at the latest. */
function startPrograms(
  cluster: Cluster,
  pid: number,
  { name, v4 }: NodePlan,
  files: NodeFiles,
  paths: Readonly<Record<(typeof NODE_PROGRAMS)[number], string>>,
) {
  const start = (program: 'containerd' | 'kubelet' | 'kube-proxy', args: readonly string[]): RunningProgram =>
    cluster.run({ name: `${name}.${program}`, path: 'nsenter', args: [...onto(pid), paths[program], ...args] });
  return {
    containerd: () => start('containerd', ['--config', files.containerd]),
    kubelet: () =>
      start('kubelet', [
        `--config=${files.kubelet}`,
        `--kubeconfig=${files.users.kubelet}`,
        `--hostname-override=${name}`,
        `--node-ip=${v4}`,
        '--cert-dir=/var/lib/kubelet/pki',
      ]),
    proxy: () =>
      start('kube-proxy', [
        `--kubeconfig=${files.users.proxy}`,
        `--hostname-override=${name}`,
        '--proxy-mode=nftables',
        '--cluster-cidr=10.244.0.0/16',
        '--conntrack-max-per-core=0',
        '--conntrack-tcp-timeout-established=0s',
        '--conntrack-tcp-timeout-close-wait=0s',
      ]),
  };
}

/**
 * Starts the n-th node (1 to 200) and resolves once Pods can be bound to it. The API server must listen on the machine's address: start the cluster
 * with {@link NODE_CLUSTER}.
 */
export async function startRealNode(cluster: Cluster, number: number): Promise<RealNode> {
  const plan = nodePlan(number);
  const paths = await findBinaries(NODE_PROGRAMS);
  const { port, authority, folder } = cluster.address;
  const unshare = ['-nmpf', '--mount-proc', '--kill-child', 'sh', '-c', SET_UP];
  const holder = cluster.run({ name: plan.name, path: 'unshare', args: unshare });
  await eventually(`${plan.name} is set up`, () => holder.log().includes('ready') || undefined);
  const pid = await eventually('its first process', () => childOf(holder.pid()));
  join(pid, plan);
  const files = writeNodeFiles(folder, plan, port, authority);
  const programs = startPrograms(cluster, pid, plan, files, paths);
  const containerd = programs.containerd();
  await eventually('the container runtime listens', () => runOnNode(pid, ['ls', RUNTIME_SOCKET]) || undefined);
  importImages(pid, paths.ctr);
  const kubelet = programs.kubelet();
  const proxy = programs.proxy();
  await takeInService(cluster, plan).catch((cause: unknown) => {
    throw new Error(`${kubelet.log().slice(-3000)}\n${containerd.log().slice(-2000)}`, { cause });
  });
  const logs = { containerd, kubelet, 'kube-proxy': proxy };
  return {
    ...plan,
    run: (command, stdin) => runOnNode(pid, command, stdin),
    start: command => spawn('nsenter', [...onto(pid), ...command], { stdio: ['pipe', 'pipe', 'inherit'] }),
    log: program => logs[program].log(),
    stop: async () => {
      await Promise.all([proxy.stop(), kubelet.stop()]);
      await containerd.stop();
      holder.kill();
    },
  };
}
