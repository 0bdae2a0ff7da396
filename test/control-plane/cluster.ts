import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAddress } from './address.ts';
import { type Binaries, CLUSTER_PROGRAMS, findBinaries } from './binaries.ts';
import { CONTROLLERS, type Component, freePorts, kubeconfig, type Layout, programs } from './components.ts';
import { ADMIN, type Connection, connect } from './connection.ts';
import { eventually } from './eventually.ts';
import { clientPair, createAuthority, type Pair } from './pki.ts';
import { cleanOrphans, createFolder, onExit, type Program, type RunningProgram, startProgram } from './processes.ts';
import type { KubernetesVersion } from './versions.ts';

export interface ClusterOptions {
  /** Of the API server, the controller manager and the scheduler; where absent, what the environment asks for, else the newest. */
  readonly version?: KubernetesVersion;
  /** Keep an audit log of every request (level Metadata). */
  readonly audit?: boolean;
  /** Flags of the API server beside ours. */
  readonly apiServerFlags?: readonly string[];
  /** Controllers that run; {@link CONTROLLERS} where absent. */
  readonly controllers?: readonly string[];
  /** IPv4, at most /24; 10.96.0.0/12 where absent. */
  readonly serviceRange?: string;
  /** An address of a real interface, where kube-proxy is to reach the API server; else an address of documentation (RFC 5737), which leads nowhere. */
  readonly advertiseAddress?: string;
  /** Signs every certificate; a new one where absent. */
  readonly authority?: Pair;
  /** Paths of programs that are not to be looked for. */
  readonly binaries?: Binaries;
}

/** A control plane of our own: real programs, no kubelet and no network. */
export interface Cluster extends Connection {
  /** Ends the component, starts it again with the same flags, waits until the cluster answers. */
  readonly restart: (component: Component) => Promise<void>;
  /** Ends the component and leaves it ended until `restart`; by default as an operator would, with `SIGKILL` as a crash would. */
  readonly halt: (component: Component, signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  /** Freezes the component (SIGSTOP): it keeps its connections and answers nothing. */
  readonly pause: (component: Component) => void;
  readonly resume: (component: Component) => void;
  /** What the component wrote to its output. */
  readonly log: (component: Component) => string;
  /** Starts one more program (kube-proxy, cert-manager, the gate itself) that ends with the cluster at the latest. */
  readonly run: (program: Program) => RunningProgram;
  /** Ends everything and removes the folder. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
/** The order in which they stop; they start the other way round. */
const STOP_ORDER: readonly Component[] = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];
/** The controllers make it, and pods are refused without it: where it is, the controllers work. */
const DEFAULT_ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';

type Running = Map<Component, RunningProgram>;

/** Everything that is to end with the cluster. */
interface Programs {
  readonly running: Running;
  readonly guests: RunningProgram[];
}

/** An error with the end of the log, as soon as a component has ended that does not start again by itself. */
function failIfEnded(running: Running): void {
  for (const name of ['etcd', 'kube-apiserver'] as const) {
    const program = running.get(name);
    const ended = program?.ended();
    if (ended !== undefined) throw new Error(`${name} ended (${ended}):\n${program?.log().slice(-3000)}`);
  }
}

async function untilReady(running: Running, connection: Connection, what: string, path: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const ready = async (): Promise<true | undefined> => {
    const { status } = await connection.request('GET', path, undefined, { timeoutMs: 2000 });
    return status === 200 || undefined;
  };
  for (;;) {
    failIfEnded(running);
    try {
      return void (await eventually(what, ready, { timeoutMs: 500, everyMs: 25 }));
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

async function layoutOf(options: ClusterOptions, folder: string): Promise<Layout> {
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
  return {
    folder,
    ports: { etcdClient, etcdPeer, apiServer },
    advertiseAddress: options.advertiseAddress ?? '192.0.2.1',
    serviceRange: options.serviceRange ?? '10.96.0.0/12',
    ...(options.audit && { auditLog: join(folder, 'audit.log') }),
    apiServerFlags: options.apiServerFlags ?? [],
    controllers: options.controllers ?? CONTROLLERS,
  };
}

function addressOf(layout: Layout, authority: Pair, kubectl: string): ClusterAddress {
  const admin = clientPair(authority, ADMIN.user, ADMIN.groups);
  const path = join(layout.folder, 'admin.kubeconfig');
  writeFileSync(path, kubeconfig(layout.ports.apiServer, authority.cert, admin), { mode: 0o600 });
  return {
    port: layout.ports.apiServer,
    host: '127.0.0.1',
    authority,
    kubeconfig: path,
    folder: layout.folder,
    kubectl,
    ...(layout.auditLog && { auditLog: layout.auditLog }),
  };
}

/** Starts what is to start; ready means that pods can be created (the controllers have made the default service account). */
async function bringUp(
  running: Running,
  all: Readonly<Record<Component, Program>>,
  connection: Connection,
): Promise<void> {
  const start = (name: Component): void => void running.set(name, startProgram(all[name], connection.address.folder));
  start('etcd');
  start('kube-apiserver');
  await untilReady(running, connection, 'the API server is ready', '/readyz');
  start('kube-controller-manager');
  start('kube-scheduler');
  await untilReady(running, connection, 'the controllers work', DEFAULT_ACCOUNT);
}

async function tearDown({ running, guests }: Programs): Promise<void> {
  await Promise.all(guests.map(guest => guest.stop()));
  for (const name of STOP_ORDER) await running.get(name)?.stop();
}

/**
 * Starts a control plane on free ports of 127.0.0.1; several at once do not meet. However this process ends, the programs end with it, or, if it
 * was killed, when the next cluster starts.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binaries = options.binaries ?? (await findBinaries(CLUSTER_PROGRAMS, options.version));
  cleanOrphans();
  const folder = createFolder();
  const started: Programs = { running: new Map(), guests: [] };
  const { running, guests } = started;
  const release = onExit(() => {
    for (const program of [...running.values(), ...guests]) program.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const layout = await layoutOf(options, folder);
  const authority = options.authority ?? createAuthority();
  const connection = connect(addressOf(layout, authority, binaries.kubectl));
  const stop = async (): Promise<void> => {
    connection.close();
    await tearDown(started);
    rmSync(folder, { recursive: true, force: true });
    release();
  };
  try {
    await bringUp(running, programs(layout, authority, binaries), connection);
  } catch (error) {
    await stop();
    throw error;
  }
  const run = (program: Program): RunningProgram => {
    const guest = startProgram(program, folder);
    guests.push(guest);
    return guest;
  };
  return { ...connection, ...controls(running, connection), run, stop };
}

type Controls = Pick<Cluster, 'restart' | 'halt' | 'pause' | 'resume' | 'log'>;

function controls(running: Running, connection: Connection): Controls {
  const program = (name: Component): RunningProgram => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`${name} was never started`);
    return found;
  };
  return {
    restart: async name => {
      await program(name).stop();
      if (name === 'kube-controller-manager') await connection.request('DELETE', DEFAULT_ACCOUNT);
      program(name).start();
      await untilReady(running, connection, `ready after a restart of ${name}`, '/readyz');
      await untilReady(running, connection, `controllers after a restart of ${name}`, DEFAULT_ACCOUNT);
    },
    halt: (name, signal = 'SIGTERM') => {
      program(name).signal(signal);
      return program(name).stop();
    },
    pause: name => program(name).signal('SIGSTOP'),
    resume: name => program(name).signal('SIGCONT'),
    log: name => program(name).log(),
  };
}
