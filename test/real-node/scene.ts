import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expectOk } from '../control-plane/client.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { MACHINE } from './machine.ts';
import type { RealNode } from './node.ts';
import { createPod, podAddresses } from './pods.ts';

/** Six Pods in three namespaces on two nodes, and what lies outside. Each listens on the same ports, over TCP and UDP, and can be told to connect. */

export const PORTS: readonly string[] = ['53/TCP', '53/UDP', '8080/TCP', '8080/UDP', '9090/TCP', '9090/UDP'];

/** Addresses outside (RFC 5737, RFC 3849), and that of a cloud's metadata. */
export const OUTSIDE: readonly string[] = ['198.51.100.10', '198.51.100.200', '169.254.169.254', '2001:db8:51::10'];

const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: { team: 'a' },
  b: { team: 'b' },
  c: {},
};

const http = (containerPort: number) => ({ ports: [{ name: 'http', containerPort, protocol: 'TCP' }] });
const PODS = [
  { namespace: 'a', name: 'web', app: 'web', node: 'node-1', ...http(8080) },
  { namespace: 'a', name: 'db', app: 'db', node: 'node-2', ...http(9090) },
  { namespace: 'a', name: 'client', app: 'client', node: 'node-1', ports: [] },
  { namespace: 'b', name: 'client', app: 'client', node: 'node-2', ports: [] },
  { namespace: 'b', name: 'web', app: 'web', node: 'node-1', ...http(8080) },
  { namespace: 'c', name: 'client', app: 'client', node: 'node-2', ports: [] },
] as const;

/** Listens on all ports of these addresses, and answers whatever it is asked. */
export const listenOn = (addresses: readonly string[]): string => `
const { createServer } = require('node:net');
const { createSocket } = require('node:dgram');
for (const port of [53, 8080, 9090]) for (const address of ${JSON.stringify(addresses)}) {
  const ipv6Only = address.includes(':');
  createServer(socket => { socket.on('error', () => {}); socket.end('here'); }).listen({ port, host: address, ipv6Only });
  const socket = createSocket({ type: ipv6Only ? 'udp6' : 'udp4', ipv6Only });
  socket.on('message', (_, from) => socket.send('here', from.port, from.address));
  socket.bind(port, address);
}
`;

/** Reads lists of [address, port, protocol], a line each, and prints of each whether something answered. */
const CONNECT = `
const { connect } = require('node:net');
const { createSocket } = require('node:dgram');
const LIMIT = 1500;
const tcp = (address, port) => new Promise(resolve => {
  const socket = connect({ host: address, port });
  const end = result => { clearTimeout(timer); socket.destroy(); resolve(result); };
  const timer = setTimeout(() => end(false), LIMIT);
  socket.on('data', () => end(true));
  socket.on('error', () => end(false));
});
const udp = (address, port) => new Promise(resolve => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const end = result => { clearTimeout(timer); socket.close(); resolve(result); };
  const timer = setTimeout(() => end(false), LIMIT);
  socket.on('message', () => end(true));
  socket.on('error', () => end(false));
  socket.connect(port, address, error => (error ? end(false) : socket.send('?')));
});
require('node:readline').createInterface({ input: process.stdin }).on('line', async line => {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(await Promise.all(asked.map(([address, port, protocol]) => (protocol === 'TCP' ? tcp : udp)(address, port)))));
});
`;

/** One connection: where to, by its address. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

/** A process in the network of a Pod, or outside, that connects as it is told. */
interface Prober {
  /** Whether each of these answers. */
  ask(targets: readonly Target[]): Promise<readonly boolean[]>;
  end(): void;
}

function proberOf(child: ChildProcess): Prober {
  const waiting: ((answers: readonly boolean[]) => void)[] = [];
  if (child.stdout === null) throw new Error('a prober has an output');
  createInterface({ input: child.stdout }).on('line', line =>
    waiting.shift()?.(JSON.parse(line) as readonly boolean[]),
  );
  // A prober that has ended answers nothing: everything is closed to it, which no scenario expects.
  child.once('exit', () => {
    for (const answer of waiting.splice(0)) answer([]);
  });
  return {
    ask: targets =>
      new Promise(resolve => {
        waiting.push(resolve);
        const asked = targets.map(({ address, port, protocol }) => [address, port, protocol]);
        child.stdin?.write(`${JSON.stringify(asked)}\n`);
      }),
    end: () => void child.kill('SIGKILL'),
  };
}

/** The network namespaces of a node's Pods, by their IPv4 addresses. */
function networksOf(node: RealNode): ReadonlyMap<string, string> {
  const script = 'for n in /run/netns/*; do echo "$n $(nsenter --net=$n hostname -I)"; done';
  const lines = node.run(['sh', '-c', script]).trim().split('\n');
  return new Map(
    lines.flatMap(line => {
      const [path = '', ...addresses] = line.trim().split(/\s+/);
      return addresses.map(address => [address, path] as const);
    }),
  );
}

/** A host outside of the cluster, next to the nodes, with all the addresses of {@link OUTSIDE}. */
async function startOutside(): Promise<ChildProcess> {
  const legs = `
ip link set lo up
while ! ip link show eth0 > /dev/null 2>&1; do sleep 0.05; done
ip address add 192.0.2.250/24 dev eth0; ip address add 2001:db8:1::250/64 dev eth0 nodad
${OUTSIDE.map(address => `ip address add ${address} dev lo`).join('\n')}
ip link set eth0 up
ip route add default via ${MACHINE.v4}; ip -6 route add default via ${MACHINE.v6}
exec "$@"`;
  const script = listenOn(OUTSIDE);
  const child = spawn('unshare', ['-n', 'sh', '-c', legs, 'sh', process.execPath, '-e', script], { stdio: 'inherit' });
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args);
  await eventually('the network outside is there', () => {
    ip('link', 'add', 'outside', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid));
    return true as const;
  });
  ip('link', 'set', 'outside', 'master', MACHINE.bridge, 'up');
  for (const address of OUTSIDE) {
    const isV6 = address.includes(':');
    ip(...(isV6 ? ['-6'] : []), 'route', 'add', address, 'via', isV6 ? '2001:db8:1::250' : '192.0.2.250');
  }
  return child;
}

/** What is set up once, and asked again and again. */
export interface Scene {
  /** `a/web`. */
  readonly pods: readonly string[];
  addressOf(pod: string, family: 'v4' | 'v6'): string;
  /** What answers a Pod. */
  ask(pod: string, targets: readonly Target[]): Promise<readonly boolean[]>;
  end(): void;
}

/** Creates the scene on these two nodes. */
export async function startScene(cluster: Cluster, nodes: readonly RealNode[]): Promise<Scene> {
  const outside = await startOutside();
  for (const [name, labels] of Object.entries(NAMESPACES)) {
    expectOk(await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels } }), name);
    await eventually('its account is there', async () => {
      const { status } = await cluster.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
      return status === 200 || undefined;
    });
  }
  const addresses = new Map<string, readonly string[]>();
  for (const { app, ...pod } of PODS)
    await createPod(cluster, { ...pod, labels: { app }, script: listenOn(['0.0.0.0', '::']) });
  for (const pod of PODS) addresses.set(`${pod.namespace}/${pod.name}`, await podAddresses(cluster, pod));
  const networks = new Map(nodes.map(node => [node.name, networksOf(node)]));
  const probers = new Map<string, Prober>();
  for (const { namespace, name, node: nodeName } of PODS) {
    const key = `${namespace}/${name}`;
    const node = nodes.find(one => one.name === nodeName);
    const network = networks.get(nodeName)?.get(addresses.get(key)?.[0] ?? '');
    if (node === undefined || network === undefined) throw new Error(`${key} has no network`);
    probers.set(key, proberOf(node.start(['nsenter', `--net=${network}`, process.execPath, '-e', CONNECT])));
  }
  const proberFor = (pod: string): Prober => {
    const prober = probers.get(pod);
    if (prober === undefined) throw new Error(`there is no Pod ${pod}`);
    return prober;
  };
  return {
    pods: [...probers.keys()],
    addressOf: (pod, family) => {
      const found = addresses.get(pod)?.find(address => address.includes(':') === (family === 'v6'));
      if (found === undefined) throw new Error(`${pod} has no address of ${family}`);
      return found;
    },
    ask: (pod, targets) => proberFor(pod).ask(targets),
    end: () => {
      for (const prober of probers.values()) prober.end();
      outside.kill('SIGKILL');
    },
  };
}
