import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ClusterAddress } from './address.ts';
import { type Container, type Pod, podField } from './pod-objects.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { Program } from './processes.ts';

/** A folder of the machine that is seen in a container, at a path. */
interface Mount {
  readonly from: string;
  readonly to: string;
}

/** What stands for an image: folders of this machine, and what starts in them. */
export interface Image {
  readonly entrypoint: readonly string[];
  readonly mounts: readonly Mount[];
}

/** What any program needs to run at all. */
const MACHINE = ['/usr', '/lib', '/lib64', '/bin', '/dev', '/proc'].filter(path => existsSync(path));

/**
 * A root of its own for the container, in a mount namespace of its own, so that what is mounted stands at its true path and the read-only root
 * is one; and the Pod's name as host name. Arguments: host name, root, `ro` or `rw`, the mounts as pairs up to `--`, the command.
 */
const SCRIPT = `
set -e
echo "$1" > /proc/sys/kernel/hostname
root=$2 mode=$3; shift 3
mkdir -p "$root"
mount -t tmpfs tmpfs "$root"
while [ "$1" != -- ]; do mkdir -p "$root$2"; mount --rbind "$1" "$root$2"; shift 2; done
shift
[ "$mode" = rw ] || mount -o remount,ro "$root"
exec chroot "$root" "$@"
`;

/** `$(NAME)` of a known variable is its value; of another it stays; `$$` is a dollar sign (core/v1 Container.args). */
export const expand = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (variables.get(name) ?? whole),
  );

function variablesOf(pod: Pod, container: Container, podIp: string, { port }: ClusterAddress): Map<string, string> {
  const variables = new Map([
    ['PATH', '/usr/local/bin:/usr/bin:/bin'],
    ['HOSTNAME', pod.metadata.name],
    ['HOME', '/'],
    // A kubelet gives the Service `kubernetes`; here it is the address behind it, the only one at which the API server listens.
    ['KUBERNETES_SERVICE_HOST', '127.0.0.1'],
    ['KUBERNETES_SERVICE_PORT', String(port)],
    ['KUBERNETES_SERVICE_PORT_HTTPS', String(port)],
  ]);
  for (const { name, value, valueFrom } of container.env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath;
    if (valueFrom !== undefined && field === undefined) throw new Error(`the pod runner cannot set ${name}`);
    variables.set(name, field === undefined ? expand(value ?? '', variables) : podField(pod, podIp, field));
  }
  return variables;
}

/** Where a container runs. */
export interface Place {
  readonly address: ClusterAddress;
  readonly podIp: string;
  readonly volumes: PodVolumes;
  /** A folder of the Pod. */
  readonly folder: string;
}

/** How to start a container as a process of this machine. */
export function containerProgram(pod: Pod, container: Container, image: Image, place: Place): Program {
  const { address, podIp, volumes, folder } = place;
  const variables = variablesOf(pod, container, podIp, address);
  const args = (container.args ?? []).map(arg => expand(arg, variables));
  const command = container.command?.map(part => expand(part, variables)) ?? image.entrypoint;
  const mounts = [
    ...MACHINE.map(path => ({ from: path, to: path })),
    ...image.mounts,
    ...(container.volumeMounts ?? []).map(({ name, mountPath }) => ({ from: volumes.folder(name), to: mountPath })),
  ];
  const mode = container.securityContext?.readOnlyRootFilesystem ? 'ro' : 'rw';
  return {
    name: `${pod.metadata.namespace}.${pod.metadata.name}.${container.name}`,
    path: 'unshare',
    args: [
      ...['-mu', 'sh', '-c', SCRIPT, 'sh', pod.metadata.name, `${folder}/root`, mode],
      ...mounts.flatMap(({ from, to }) => [from, to]),
      ...['--', 'env', '-i', ...[...variables].map(([name, value]) => `${name}=${value}`)],
      ...command,
      ...args,
    ],
  };
}

/** Where the image has Node.js. */
const NODE_FOLDER = '/nodejs/bin';

/** The program of this checkout as the image holds it: Node.js, and a folder with what was built into `dist`. */
export const programImage = (folder: string, at: string): Image => ({
  entrypoint: [`${NODE_FOLDER}/node`, `${at}/dist/chokepoint.js`],
  mounts: [
    { from: dirname(process.execPath), to: NODE_FOLDER },
    { from: folder, to: at },
  ],
});
