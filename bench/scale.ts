/**
 * The gate on clusters of several sizes, which a server in memory plays: memory, time until it is ready, and how long a decision takes.
 * A decision should take as long in a cluster of 100,000 policies as in one of 100, and so should a new server among many. Run after `npm run build`: `node bench/scale.ts [--sizes 100:200,10000:20000]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NETWORK_POLICIES, WATCHED_KINDS } from '../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../src/adapters/kubernetes/client/paths.ts';
import { SYSTEM_TIME } from '../src/adapters/system/time.ts';
import { commandLine } from '../test/support/developer-command.ts';
import { type FakeApiServer, startFakeApiServer } from '../test/support/fake-api-server.ts';
import { planLines } from './plan.ts';
import { processorMs } from './processor.ts';
import { revisions, withRevision } from './reviews.ts';

const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));
const REVIEWS = new URL('../test/fixtures/reviews/', import.meta.url);
const { values: options } = commandLine({
  name: 'node bench/scale.ts',
  does: 'The gate on clusters of several sizes, which a server in memory plays.',
  options: {
    sizes: {
      value: 'LIST',
      means: 'policies:pods of each, or policies:pods:mixed for policies of several APIs, with commas',
      default: '0:0,100:200,10000:20000,100000:20000,100:200:mixed,100000:20000:mixed',
    },
  },
});
/** Objects of each kind in a namespace, however large the cluster. */
const IN_NAMESPACE = 20;
const ROUNDS = 10;
const CALLS = 200;
const READY_MS = 300_000;

interface Size {
  readonly policies: number;
  readonly pods: number;
  /** Its policies are of several APIs, and some are of the whole cluster. */
  readonly isMixed: boolean;
}

const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, REVIEWS), 'utf8')).request;
const POLICY = recorded('recorded/networkpolicy-update').object;
const POD = recorded('recorded/pod-create-by-deployment').object;
/** The namespace of the decisions: as full in every cluster. */
const PROD = 'prod';

/** Objects as an API server keeps them, with managed fields and all. */
function fill(
  server: FakeApiServer,
  plural: string,
  template: typeof POD,
  count: number,
  specOf: (index: number) => object = () => template.spec,
): void {
  for (let index = 0; index < count; index += 1) {
    const namespace = `team-${Math.floor(index / IN_NAMESPACE)}`;
    const name = `${plural}-${index}`;
    const labels = { ...template.metadata.labels, app: `app-${index}`, 'pod-template-hash': index.toString(36) };
    const metadata = { ...template.metadata, name, namespace, labels };
    server.put(plural, { ...template, metadata, spec: specOf(index) });
  }
}

/** A kind of policies, and what one of them says of the pods of an app. */
interface PolicyKind {
  readonly resource: Resource;
  readonly specOf: (app: string) => object;
}

const resource = (group: string, version: string, kind: string, plural: string): Resource => ({
  ...{ group, version, kind, plural },
});
const selecting = (app: string): object => ({ matchLabels: { app } });
const ON_443 = [{ protocol: 'TCP', port: 443 }];

/** Policies of namespaces in a mixed cluster, as many of each. */
const MIXED: readonly PolicyKind[] = [
  { resource: NETWORK_POLICIES, specOf: () => POLICY.spec },
  {
    resource: resource('cilium.io', 'v2', 'CiliumNetworkPolicy', 'ciliumnetworkpolicies'),
    specOf: app => ({
      endpointSelector: selecting(app),
      ingress: [{ fromEndpoints: [selecting('envoy')], toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }] }],
      egress: [{ toFQDNs: [{ matchName: `${app}.example.com` }], toPorts: [{ ports: [{ port: '443' }] }] }],
    }),
  },
  {
    resource: resource('networking.k8s.aws', 'v1alpha1', 'ApplicationNetworkPolicy', 'applicationnetworkpolicies'),
    specOf: app => ({
      podSelector: selecting(app),
      policyTypes: ['Egress'],
      egress: [{ to: [{ domainNames: [`${app}.example.com`] }], ports: ON_443 }],
    }),
  },
  {
    resource: resource('networking.gke.io', 'v1alpha1', 'FQDNNetworkPolicy', 'fqdnnetworkpolicies'),
    specOf: app => ({
      podSelector: selecting(app),
      egress: [{ matches: [{ name: `${app}.example.com` }], ports: ON_443 }],
    }),
  },
];
/** Of the whole cluster, for pods of one app each. */
const OF_CLUSTER: readonly PolicyKind[] = [
  {
    resource: resource('policy.networking.k8s.io', 'v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
    specOf: app => ({
      tier: 'Admin',
      priority: 10,
      subject: { pods: { namespaceSelector: {}, podSelector: selecting(app) } },
      ingress: [{ name: 'others', action: 'Deny', from: [{ namespaces: { matchLabels: { team: app } } }] }],
    }),
  },
  {
    resource: resource('cilium.io', 'v2', 'CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies'),
    specOf: app => ({
      endpointSelector: selecting(app),
      enableDefaultDeny: { ingress: false, egress: false },
      egressDeny: [{ toCIDR: ['169.254.169.254/32'] }],
    }),
  },
];
/** Of each kind of the whole cluster, however large it is. */
const CLUSTER_POLICIES = 10;

function fillMixed(server: FakeApiServer, policies: number): void {
  for (const { resource } of [...MIXED, ...OF_CLUSTER]) server.install(resource);
  for (const [index, { resource, specOf }] of OF_CLUSTER.entries()) {
    for (let count = 0; count < CLUSTER_POLICIES; count += 1) {
      const metadata = { ...POLICY.metadata, name: `cluster-${index}-${count}`, namespace: undefined };
      server.put(resource.plural, { metadata, spec: specOf(`app-${count}`) });
    }
  }
  for (const { resource, specOf } of MIXED) {
    fill(server, resource.plural, POLICY, policies / MIXED.length, index => specOf(`app-${index}`));
  }
}

async function startCluster({ policies, pods, isMixed }: Size): Promise<FakeApiServer> {
  const resources = WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? [watched.resource] : []));
  const server = await startFakeApiServer(SYSTEM_TIME, resources);
  server.put('namespaces', { metadata: { name: PROD } });
  for (let index = 0; index < Math.ceil(Math.max(policies, pods) / IN_NAMESPACE); index += 1) {
    server.put('namespaces', { metadata: { name: `team-${index}` } });
  }
  server.put('networkpolicies', recorded('networkpolicy-create').object);
  if (isMixed) fillMixed(server, policies);
  else fill(server, NETWORK_POLICIES.plural, POLICY, policies);
  fill(server, 'pods', POD, pods);
  return server;
}

/** `VmRSS` and `VmHWM` of a process in MiB (proc(5)). */
function memoryMib(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (key: string): number =>
    Math.round(Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}

const nameOf = ({ policies, pods, isMixed }: Size): string => `${policies}-${pods}${isMixed ? '-mixed' : ''}`;

interface Measured {
  readonly size: Size;
  readonly server: FakeApiServer;
  readonly child: ChildProcess;
  readonly port: number;
  readonly readyMs: number;
  readonly times: number[];
  /** Processor time of decisions so far, in milliseconds. */
  processorMs: number;
}

async function start(size: Size, folder: string): Promise<Measured> {
  const server = await startCluster(size);
  const name = nameOf(size);
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: server.connection.server.href } }],
      users: [{ name: 'fake', user: { token: 'any' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      'current-context': 'fake',
    }),
  );
  const startMs = performance.now();
  const args = [CLI, 'serve', '--kubeconfig', kubeconfig, '--config', join(folder, 'gate.yaml'), '--port', '0'];
  const stdio = ['ignore', 'pipe', openSync(join(folder, `${name}.log`), 'a')] as const;
  const child = spawn(process.execPath, [...args, '--health-port', '0'], { stdio: [...stdio] });
  if (child.stdout === null) throw new Error('no standard output');
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  for await (const line of createInterface(child.stdout)) {
    clearTimeout(timer);
    return {
      size,
      server,
      child,
      port: JSON.parse(line).port,
      readyMs: performance.now() - startMs,
      times: [],
      processorMs: 0,
    };
  }
  throw new Error(readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000));
}

/** Asks once and resolves to how long it took, in microseconds. */
function ask(agent: Agent, port: number, body: Buffer): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/validate?timeout=10s',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      response => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          else resolve((performance.now() - startMs) * 1000);
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Microseconds of processor time of one decision, with all that the process does meanwhile. */
const costOf = ({ processorMs: ms, times }: Measured): number => Math.round((ms * 1000) / times.length);

const at = (times: readonly number[], share: number): number =>
  Math.round([...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0);

/** Clusters in turns, so that the machine's moods meet all alike. */
async function decide(all: readonly Measured[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const review = recorded('deployment-create');
  const { metadata } = review.object;
  const object = { ...review.object, metadata: { ...metadata, annotations: withRevision(metadata.annotations) } };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    // A dry run: what is let in and never stored would be kept apart from what comes after it.
    request: { ...review, object, dryRun: true },
  });
  // Another one each time: the gate remembers what it was asked before.
  const next = revisions(Buffer.from(body));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const measured of all) {
      const { port, times, child } = measured;
      const beforeMs = processorMs(child.pid ?? 0);
      for (let call = 0; call < CALLS; call += 1) {
        const us = await ask(agent, port, next());
        // The first round is for the compiler.
        if (round > 0) times.push(us);
      }
      if (round > 0) measured.processorMs += processorMs(child.pid ?? 0) - beforeMs;
    }
  }
  agent.destroy();
}

for (const line of planLines()) process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-scale-'));
const spec = {
  mode: 'enforce',
  protectedNetworks: { pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'], nodes: [], controlPlane: [] },
};
writeFileSync(
  join(folder, 'gate.yaml'),
  JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'bench' }, spec }),
);
const all: Measured[] = [];
try {
  for (const text of options.sizes.split(',')) {
    const [policies = '0', pods = '0', sort = ''] = text.split(':');
    all.push(await start({ policies: Number(policies), pods: Number(pods), isMixed: sort === 'mixed' }, folder));
  }
  await decide(all);
  for (const measured of all) {
    const { size, child, readyMs, times } = measured;
    const { now, most } = memoryMib(child.pid ?? 0);
    // The smallest cluster of the same sort.
    const base = all.find(one => one.size.isMixed === size.isMixed);
    const ratio = (share: number): string => (at(times, share) / at(base?.times ?? times, share)).toFixed(2);
    process.stdout.write(
      `${size.policies} policies${size.isMixed ? ' of four APIs, and 20 of the whole cluster' : ''}, ${size.pods} pods: ready in ${Math.round(readyMs)} ms, resident ${now} MiB (most ${most}), decision p50 ${at(times, 0.5)} µs (×${ratio(0.5)}), p99 ${at(times, 0.99)} µs (×${ratio(0.99)}), processor ${costOf(measured)} µs (×${(costOf(measured) / costOf(base ?? measured)).toFixed(2)})\n`,
    );
  }
} finally {
  for (const { child, server } of all) {
    child.kill('SIGKILL');
    await server.close();
  }
  rmSync(folder, { recursive: true });
}
