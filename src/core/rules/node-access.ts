import type { NodeAccess } from '../kube/node-access.ts';
import { defineRule } from '../rule.ts';

type MessageId = 'privileged' | 'namespace' | 'capability' | 'host-path' | 'proc-mount';

/**
 * Capabilities that give the node, or the network of the pod past its rules. SYS_PTRACE is none by itself: it needs processes of the node, and
 * hostPID is told.
 */
const CAPABILITIES: ReadonlySet<string> = new Set([
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'NET_ADMIN',
  'NET_RAW',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_RAWIO',
]);

/**
 * Files and folders of the node that give it away, `/var/run` written as `/run`: of the kubelet, the runtimes, the network and the kernel, and what the
 * node runs or believes by itself. What lies in them counts, and every folder above them.
 */
const NODE_PATHS: readonly string[] = [
  '/bin',
  '/boot',
  '/etc/cni',
  '/etc/cron.d',
  '/etc/crontab',
  '/etc/kubernetes',
  '/etc/ld.so.preload',
  '/etc/shadow',
  '/etc/ssh',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/systemd',
  '/opt/cni',
  '/proc',
  '/root/.ssh',
  '/run/containerd',
  '/run/cri-dockerd.sock',
  '/run/crio',
  '/run/dbus',
  '/run/docker',
  '/run/docker.sock',
  '/run/dockershim.sock',
  '/run/k0s',
  '/run/k3s',
  '/run/netns',
  '/run/podman',
  '/run/systemd',
  '/sbin',
  '/sys',
  '/usr/bin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/docker',
  '/var/lib/etcd',
  '/var/lib/k0s',
  '/var/lib/kubelet',
  '/var/lib/rancher',
  '/var/snap/microk8s',
];

/** The sockets of runtimes, wherever a distribution or a user keeps them: `/run/user/1000/docker.sock`. */
const RUNTIME_SOCKET = /\/(?:docker|containerd|crio|cri-dockerd|dockershim|podman|buildkitd)\.sock$/;

/** The path without `//`, `.` and `..`, with `/var/run` as what it links to. The root is empty. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`.replace(/^\/var\/run(?=\/|$)/, '/run').replace(/^\/$/, '');
}

function isOfNode(path: string): boolean {
  const cleaned = cleanPath(path);
  if (RUNTIME_SOCKET.test(cleaned)) return true;
  return NODE_PATHS.some(
    known => known === cleaned || known.startsWith(`${cleaned}/`) || cleaned.startsWith(`${known}/`),
  );
}

/** The runtimes take names in any case, with or without the kernel's prefix. */
const isOfKernel = (capability: string): boolean => CAPABILITIES.has(capability.toUpperCase().replace(/^CAP_/, ''));

/** What is wrong with it; `undefined` where it gives nothing away. */
function messageOf({ by, value }: NodeAccess): MessageId | undefined {
  switch (by) {
    case 'privileged':
    case 'hostProcess':
      return 'privileged';
    case 'hostPID':
    case 'hostIPC':
      return 'namespace';
    case 'capability':
      return isOfKernel(value) ? 'capability' : undefined;
    case 'hostPath':
      return isOfNode(value) ? 'host-path' : undefined;
    case 'procMount':
      return value === 'Default' ? undefined : 'proc-mount';
  }
}

/** Pods that can take over their node, or change their own network. */
export const nodeAccess = defineRule<MessageId>({
  id: 'node-access',
  since: 'v1',
  title: 'The server has a way to its node',
  why: 'Policies are enforced on the node. Who can change the node, the network of the pod or its packets is not held by them.',
  limits:
    'Capabilities that a container runtime grants without being asked are not seen, nor are devices, PersistentVolumes that lead to a path of the node, and paths of Windows. Network capabilities of a sidecar that a service mesh injects count: its CNI plugin does without them.',
  sources: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    'https://man7.org/linux/man-pages/man7/capabilities.7.html',
    'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath',
  ],
  levels: { baseline: 'warn', restricted: 'deny' },
  severity: 6.5,
  messages: {
    privileged: 'it runs with all rights on its node ({by})',
    namespace: 'it shares a namespace of its node ({by})',
    capability: 'it gets the capability {value}, which reaches beyond its pod',
    'host-path': 'it gets {value} of its node',
    'proc-mount': 'it gets a /proc without masks (procMount: {value})',
  },
  check({ subject }) {
    return subject.nodeAccess.flatMap(access => {
      const messageId = messageOf(access);
      if (messageId === undefined) return [];
      const { by, value, path } = access;
      return { messageId, path, data: { by, value }, fix: { summary: `remove ${path}` } };
    });
  },
});
