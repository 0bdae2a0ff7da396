import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfig } from '../control-plane/components.ts';
import { clientPair, type Pair } from '../control-plane/pki.ts';
import { CGROUP, IMAGES, MACHINE } from './machine.ts';

/** A node by its addresses. */
export interface NodePlan {
  /** Also its host name. */
  readonly name: string;
  readonly v4: string;
  readonly v6: string;
  /** CIDR blocks of its Pods. */
  readonly pods: { readonly v4: string; readonly v6: string };
}

/** The n-th node, from 1 to 200. */
export const nodePlan = (number: number): NodePlan => ({
  name: `node-${number}`,
  v4: `192.0.2.${10 + number}`,
  v6: `2001:db8:1::${10 + number}`,
  pods: { v4: `10.244.${number}.0/24`, v6: `fd00:10:244:${number}::/64` },
});

/** Where the programs of a node find what they need. All but `folder` is seen on the node alone. */
export interface NodeFiles {
  readonly folder: string;
  readonly containerd: string;
  readonly kubelet: string;
  /** Kubeconfigs of these programs. */
  readonly users: { readonly kubelet: string; readonly proxy: string };
}

/** The socket of the node's container runtime, seen on the node alone. */
export const RUNTIME_SOCKET = '/run/containerd/containerd.sock';

/** Where Debian has the plugins. */
const CNI_PLUGINS = '/usr/lib/cni';

const containerdConfig = (folder: string): string => `version = 3
root = '/var/lib/containerd'
state = '/run/containerd'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.snapshotter.v1.devmapper', 'io.containerd.snapshotter.v1.btrfs', 'io.containerd.snapshotter.v1.zfs']
[grpc]
address = '${RUNTIME_SOCKET}'
[plugins.'io.containerd.internal.v1.opt']
path = '/run/containerd/opt'
[plugins.'io.containerd.cri.v1.images']
snapshotter = 'overlayfs'
discard_unpacked_layers = true
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = '${IMAGES.pause}'
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ['${CNI_PLUGINS}']
conf_dir = '${folder}/cni'
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = 'runc'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = 'runc'
SystemdCgroup = false
`;

/** A leg of its own to the node for each Pod: what goes from Pod to Pod is forwarded by the node, on one node too. */
const cniConfig = ({ pods }: NodePlan) => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'ptp',
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni',
        ranges: [[{ subnet: pods.v4 }], [{ subnet: pods.v6 }]],
        routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
      },
    },
  ],
});

const kubeletConfig = ({ v4 }: NodePlan, authority: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: v4,
  containerRuntimeEndpoint: `unix://${RUNTIME_SOCKET}`,
  // Of a network that nobody else is in.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false }, x509: { clientCAFile: authority } },
  authorization: { mode: 'AlwaysAllow' },
  // The machine may have cgroups of either version, and may itself be a container: what is limited is left to it.
  failCgroupV1: false,
  failSwapOn: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${CGROUP}`,
  cgroupsPerQOS: false,
  enforceNodeAllocatable: [],
  localStorageCapacityIsolation: false,
  evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
  imageGCHighThresholdPercent: 100,
  resolvConf: '',
});

/** Writes what the programs of a node are started with. */
export function writeNodeFiles(parent: string, plan: NodePlan, port: number, authority: Pair): NodeFiles {
  const folder = join(parent, plan.name);
  mkdirSync(join(folder, 'cni'), { recursive: true });
  const file = (name: string, content: string | object): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const user = (program: string, name: string, groups: readonly string[]): string => {
    const pair = clientPair(authority, name, groups);
    return file(`${program}.kubeconfig`, kubeconfig(port, authority.cert, pair, MACHINE.v4));
  };
  file('cni/10-pods.conflist', cniConfig(plan));
  return {
    folder,
    containerd: file('containerd.toml', containerdConfig(folder)),
    kubelet: file('kubelet.json', kubeletConfig(plan, file('ca.crt', authority.cert))),
    users: {
      kubelet: user('kubelet', `system:node:${plan.name}`, ['system:nodes']),
      proxy: user('kube-proxy', 'system:kube-proxy', []),
    },
  };
}
