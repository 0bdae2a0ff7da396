import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type Dataplane, startDataplane } from './dataplane.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { listenOn, OUTSIDE, PORTS, type Scene, startScene, type Target } from './scene.ts';

/** What `reach` says of a cluster is what packets do there: every connection of the scene in every scenario, by the program as it is built, on real nodes. */

const PROGRAM = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));
const POLICIES = '/apis/networking.k8s.io/v1';

let cluster: Cluster;
let nodes: readonly RealNode[];
let scene: Scene;
let folder: string;
let dataplane: Dataplane | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-packets-'));
  cluster = await startCluster(NODE_CLUSTER);
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  scene = await startScene(cluster, nodes);
});
afterEach(async () => {
  await removePolicies();
  await dataplane?.stop();
  dataplane = undefined;
});
afterAll(async () => {
  scene.end();
  for (const node of nodes) await node.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One connection, in words and as it is asked. */
interface Probe extends Target {
  readonly text: string;
  readonly from: string;
}

/** Every connection from a Pod to another, over each family, and to what lies outside. */
function allProbes(): readonly Probe[] {
  return scene.pods.flatMap(from => {
    const pods = scene.pods
      .filter(to => to !== from)
      .flatMap(to =>
        (['v4', 'v6'] as const).map(family => ({ name: `${to}:${family}`, address: scene.addressOf(to, family) })),
      );
    const ends = [...pods, ...OUTSIDE.map(address => ({ name: address, address }))];
    return ends.flatMap(({ name, address }) =>
      PORTS.map(text => {
        const [port, protocol = ''] = text.split('/');
        return { text: `${from} > ${name} ${text}`, from, address, port: Number(port), protocol };
      }),
    );
  });
}

async function ask(probes: readonly Probe[]): Promise<ReadonlyMap<string, boolean>> {
  const byPod = Map.groupBy(probes, ({ from }) => from);
  const answers = await Promise.all(
    [...byPod].map(async ([pod, asked]) => {
      const open = await scene.ask(pod, asked);
      return asked.map(({ text }, index) => [text, open[index] === true] as const);
    }),
  );
  return new Map(answers.flat());
}

/** Rounds after which what packets do must have settled. */
const MOST_ROUNDS = 5;

/** What packets do: asked until two rounds are alike, since a moment proves nothing, and a datagram may be lost. */
async function packets(probes: readonly Probe[]): Promise<ReadonlyMap<string, boolean>> {
  let before = await ask(probes);
  for (let round = 1; round < MOST_ROUNDS; round += 1) {
    const now = await ask(probes);
    if ([...now].every(([text, open]) => before.get(text) === open)) return now;
    before = now;
  }
  return expect.fail(`no two of ${MOST_ROUNDS} rounds were alike`);
}

/** What `reach` answers, as far as it is compared. */
interface Answer {
  readonly allowed: boolean;
  readonly ownNode?: boolean | null;
}

/** What policies let through passes, and what is between a Pod and its own node. */
const passes = ({ allowed, ownNode }: Answer): boolean => allowed || ownNode === true;

/** What `reach` answers to each of these queries. */
function askReach(lines: readonly object[]): readonly Answer[] {
  const queries = join(folder, 'queries.jsonl');
  writeFileSync(queries, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  const args = ['reach', '--kubeconfig', cluster.address.kubeconfig, '--queries', queries];
  const printed = execFileSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return printed
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Answer);
}

/** What `reach` says, of the Pod that connects and the address that it connects to. */
function reach(probes: readonly Probe[]): ReadonlyMap<string, boolean> {
  const answers = askReach(
    probes.map(({ from, address, port, protocol }) => ({ from: { pod: from }, to: { ip: address }, port, protocol })),
  );
  return new Map(answers.map((answer, index) => [probes[index]?.text ?? '', passes(answer)]));
}

/** IPv4 of the nodes, in their order. */
async function nodeAddresses(): Promise<readonly string[]> {
  const { body } = await cluster.request('GET', '/api/v1/nodes');
  const all: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
  }[] = body.items;
  return nodes.map(({ name }) => {
    const addresses = all.find(({ metadata }) => metadata.name === name)?.status.addresses ?? [];
    return addresses.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address ?? '';
  });
}

async function apply(scenario: Scenario): Promise<void> {
  for (const policy of scenario.policies(scene.addressOf)) {
    const path = `${POLICIES}/namespaces/${policy.metadata.namespace}/networkpolicies`;
    expectOk(await cluster.request('POST', path, policy), scenario.name);
  }
}

const removePolicies = async (): Promise<void> => {
  for (const namespace of ['a', 'b', 'c'])
    expectOk(await cluster.request('DELETE', `${POLICIES}/namespaces/${namespace}/networkpolicies`));
  await eventually('no policy is left', async () => {
    const { body } = await cluster.request('GET', `${POLICIES}/networkpolicies`);
    return body.items.length === 0 || undefined;
  });
};

/** A hand-written line stands for both families where it names none. */
function isNamed(text: string, line: string): boolean {
  return text === line || text.replace(/:v[46] /, ' ') === line;
}

/** Hand-written lines that packets belie; a line that names no connection of the scene is one. */
function belied(seen: ReadonlyMap<string, boolean>, { open, closed }: Scenario): readonly string[] {
  const wrong = (lines: readonly string[], expected: boolean): readonly string[] =>
    lines.filter(line => {
      const named = [...seen].filter(([text]) => isNamed(text, line));
      return named.length === 0 || named.some(([, isOpen]) => isOpen !== expected);
    });
  return [...wrong(open, true), ...wrong(closed, false)];
}

const differences = (seen: ReadonlyMap<string, boolean>, said: ReadonlyMap<string, boolean>): readonly string[] =>
  [...seen].flatMap(([text, isOpen]) => (said.get(text) === isOpen ? [] : `${text}: ${isOpen ? 'open' : 'closed'}`));

test('where nothing enforces policies, packets do not do what reach says', async () => {
  const [, deny] = SCENARIOS;
  if (deny === undefined) throw new Error('there is no such scenario');
  await apply(deny);
  const probes = allProbes();
  const seen = await packets(probes);
  expect([...seen.values()]).not.toContain(false);
  expect(differences(seen, reach(probes)).length).toBeGreaterThan(probes.length / 3);
});

test('the own node is always let in and out to, whatever policies say, and reach tells that it is', async () => {
  dataplane = startDataplane(cluster, nodes);
  const [, deny] = SCENARIOS;
  if (deny !== undefined) await apply(deny);
  await dataplane.settled();
  const web = scene.addressOf('a/web', 'v4');
  const [own = '', other = ''] = await nodeAddresses();
  const connects = (node: RealNode | undefined): boolean =>
    node?.run(['timeout', '2', 'bash', '-c', `exec 3<>/dev/tcp/${web}/8080 && echo open || true`]).trim() === 'open';
  const listeners = [own, other].map((address, index) =>
    nodes[index]?.start([process.execPath, '-e', listenOn([address])]),
  );
  const asked = [own, other].map(address => ({ address, port: 8080, protocol: 'TCP' }));
  await eventually(
    'the nodes listen',
    async () => (await scene.ask('c/client', asked)).every(isOpen => isOpen) || undefined,
  );
  const [out, away] = await scene.ask('a/web', asked);
  for (const listener of listeners) listener?.kill('SIGKILL');
  // a/web runs on the first: its node's address alone tells the two apart.
  const seen = { in: connects(nodes[0]), fromElsewhere: connects(nodes[1]), out, away };
  expect(seen).toEqual({ in: true, fromElsewhere: false, out: true, away: false });
  // The node that a Pod runs on is beyond every policy: `allowed` says what they say, which is the same of both nodes.
  const answers = askReach(
    [own, other].flatMap(ip => [
      { from: { ip }, to: { pod: 'a/web' }, port: 8080 },
      { from: { pod: 'a/web' }, to: { ip }, port: 8080 },
    ]),
  );
  expect(answers.map(({ allowed }) => allowed)).toEqual([false, false, false, false]);
  expect(answers.map(passes)).toEqual([seen.in, seen.out, seen.fromElsewhere, seen.away]);
});

test.each(SCENARIOS.map(scenario => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
  dataplane = startDataplane(cluster, nodes);
  await apply(scenario);
  await dataplane.settled();
  const probes = allProbes();
  const seen = await packets(probes);
  expect(belied(seen, scenario)).toEqual([]);
  expect(differences(seen, reach(probes))).toEqual([]);
});
