import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** Hosts in network namespaces of their own, each with a leg to one router that forwards between them, in both families. */

const run = promisify(execFile);

/** A host by its addresses. */
export interface Host {
  readonly v4: string;
  readonly v6: string;
}

export interface RoutedNetwork {
  /** Runs a command on the router. Throws where it fails. */
  onRouter(command: readonly string[]): string;
  /** Whether the host opens a TCP connection to this address and port within a second. */
  connects(from: string, address: string, port: number): Promise<boolean>;
  remove(): void;
}

/** The process that a network namespace stands by. */
interface Namespace extends ChildProcess {
  readonly pid: number;
}

/** Its process ends with the test at the latest; the network namespace ends with it. */
function startNamespace(command: readonly string[]): Namespace {
  const child = spawn('unshare', ['-n', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.pid === undefined) throw new Error('unshare cannot be started');
  return Object.assign(child, { pid: child.pid });
}

const inside = (pid: number, command: readonly string[]): readonly string[] => ['-t', String(pid), '-n', ...command];
const exec = (pid: number, command: readonly string[]): string =>
  execFileSync('nsenter', [...inside(pid, command)], { encoding: 'utf8' });

/** Takes connections on every port that is listed, of both families, and closes them. */
const LISTEN = `
const { createServer } = require('node:net');
let left = process.argv.length - 1;
for (const port of process.argv.slice(1)) createServer(socket => socket.end()).listen({ port: Number(port), host: '::' }, () => { left -= 1; if (left === 0) console.log('listening'); });`;

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', code => reject(new Error(`ended with ${code} before it listened`)));
  });

/** The router is each host's next hop, under these addresses. */
const NEXT_HOPS = [
  { family: '-4', own: '169.254.1.1', prefix: 32, flags: [] },
  { family: '-6', own: 'fe80::1', prefix: 64, flags: ['nodad'] },
] as const;

/** Lays a leg from the router to a host. */
function connect(router: Namespace, host: Namespace, leg: string, { v4, v6 }: Host): void {
  exec(router.pid, ['ip', 'link', 'add', leg, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(host.pid)]);
  exec(router.pid, ['ip', 'link', 'set', leg, 'up']);
  exec(host.pid, ['ip', 'link', 'set', 'eth0', 'up']);
  for (const { family, own, prefix, flags } of NEXT_HOPS) {
    const address = family === '-4' ? v4 : v6;
    exec(host.pid, ['ip', family, 'address', 'add', address, 'dev', 'eth0', ...flags]);
    exec(router.pid, ['ip', family, 'address', 'add', `${own}/${prefix}`, 'dev', leg, ...flags]);
    exec(router.pid, ['ip', family, 'route', 'add', address, 'dev', leg]);
    if (family === '-4') exec(host.pid, ['ip', family, 'route', 'add', own, 'dev', 'eth0']);
    exec(host.pid, ['ip', family, 'route', 'add', 'default', 'via', own, 'dev', 'eth0']);
  }
}

/** `ports`: those on which every host listens. */
export async function startRoutedNetwork(
  hosts: Readonly<Record<string, Host>>,
  ports: readonly number[],
): Promise<RoutedNetwork> {
  const router = startNamespace(['sh', '-c', 'echo ready; exec sleep 600']);
  const started: Namespace[] = [router];
  const pids = new Map<string, number>();
  await ready(router);
  for (const setting of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'])
    exec(router.pid, ['sysctl', '-qw', `${setting}=1`]);
  for (const [name, addresses] of Object.entries(hosts)) {
    const host = startNamespace([process.execPath, '-e', LISTEN, ...ports.map(String)]);
    started.push(host);
    pids.set(name, host.pid);
    await ready(host);
    connect(router, host, `leg${started.length}`, addresses);
  }
  return {
    onRouter: command => exec(router.pid, command),
    connects: async (from, address, port) => {
      const pid = pids.get(from);
      if (pid === undefined) throw new Error(`there is no host ${from}`);
      const command = ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`];
      return run('nsenter', [...inside(pid, command)]).then(
        () => true,
        () => false,
      );
    },
    remove: () => {
      for (const { pid } of started) process.kill(pid, 'SIGKILL');
    },
  };
}
