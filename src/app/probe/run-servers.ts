import { type Attempts, portText, readAttempts, seenBy } from './attempts.ts';
import type { ProbePod } from './cluster.ts';
import type { AskedConnection, Judged } from './judge-connection.ts';
import { PHASES, type Phase, type PodPlace } from './objects.ts';
import type { StoodIn } from './policies-beside.ts';
import type { NotTried } from './report.ts';
import {
  listenedOn,
  type Outside,
  type SceneService,
  type ServerScene,
  type StandIn,
  type Way,
} from './server-scene.ts';
import { compareWay, type TriedWay } from './server-verdict.ts';
import {
  scenePolicy,
  sceneService,
  standInClient,
  standInClientPod,
  standInTarget,
  standInTargetPod,
} from './stand-in-objects.ts';
import {
  CLIENTS_MS,
  create,
  createNamespace,
  hasEnded,
  isUp,
  type ProbeRun,
  probeName,
  removeLeftovers,
  START_MS,
  troubleOf,
  untilEach,
} from './steps.ts';

/** What the judge says. */
interface Expected {
  /** Of each connection, in their order. */
  readonly judged: readonly Judged[];
  /** Of each server, in their order, policies of other APIs that do not select what stands in for it. */
  readonly beside: readonly (readonly string[])[];
}

/** What a run goes by besides. */
export interface ServersRun extends ProbeRun {
  readonly plan: (prefix: string) => ServerScene;
  /** What the judge says of each in the cluster as it is then, the copies of policies in it. Rejects with a GateError where the cluster cannot be read. */
  readonly expect: (asked: readonly AskedConnection[], standIns: readonly StoodIn[]) => Promise<Expected>;
}

/** What was tried, and what of it could not be removed. */
export interface ProbedServers {
  readonly ways: readonly TriedWay[];
  readonly beside: readonly NotTried[];
  readonly leftovers: readonly string[];
}

/** A scene that is set. `owners`: uids by namespace. `targets`: Pods by stand-in. `served`: addresses of Services. */
interface Scene extends ServerScene {
  readonly owners: ReadonlyMap<string, string>;
  readonly targets: ReadonlyMap<StandIn, ProbePod | undefined>;
  readonly served: ReadonlyMap<SceneService, readonly string[]>;
}

/** A way to one address. */
interface Connection {
  readonly way: Pick<Way, 'server' | 'from' | 'to' | 'port'>;
  readonly address: string;
}

/** Targets stand on the first node, clients on the last. */
function placeOf({ nodes, image }: ServersRun, owners: Scene['owners'], one: StandIn, isTarget: boolean): PodPlace {
  const node = isTarget ? nodes[0] : nodes.at(-1);
  return { node: node?.name ?? '', number: 0, image, ownerUid: owners.get(one.namespace) ?? '' };
}

/** Waits for one Pod of each of these stand-ins. */
async function untilAll(
  run: ServersRun,
  standIns: readonly StandIn[],
  nameOf: (one: StandIn) => string,
  isThere: (pod: ProbePod) => boolean,
  limitMs: number,
): Promise<ReadonlyMap<StandIn, ProbePod | undefined>> {
  const found = new Map<StandIn, ProbePod | undefined>();
  for (const [namespace, all] of Map.groupBy(standIns, one => one.namespace)) {
    const pods = await untilEach(run, namespace, all.map(nameOf), isThere, limitMs);
    for (const one of all) found.set(one, pods.get(nameOf(one)));
  }
  return found;
}

async function setScene(run: ServersRun, scene: ServerScene): Promise<Scene> {
  run.onProgress(`starting Pods that stand in for ${new Set(scene.ways.map(({ server }) => server)).size} servers`);
  const owners = new Map<string, string>();
  for (const { name, labels } of scene.namespaces) owners.set(name, await createNamespace(run, name, labels));
  for (const one of scene.standIns)
    await create(run, one.namespace, standInTargetPod(one, placeOf(run, owners, one, true)));
  const served = new Map<SceneService, readonly string[]>();
  for (const one of scene.services) {
    const { addresses } = await create(run, one.namespace, sceneService(one, owners.get(one.namespace) ?? ''));
    served.set(one, addresses);
  }
  return { ...scene, owners, served, targets: await untilAll(run, scene.standIns, standInTarget, isUp, START_MS) };
}

const isOutside = (to: Way['to']): to is Outside => 'address' in to;
const isService = (to: Way['to']): to is SceneService => 'before' in to;

function addressesOf({ targets, served }: Scene, to: Way['to']): readonly string[] {
  if (isOutside(to)) return [to.address];
  return (isService(to) ? served.get(to) : targets.get(to)?.addresses) ?? [];
}

/** Every way to each address of its end; the control first. */
function connectionsOf(scene: Scene): readonly Connection[] {
  const { ways, control } = scene;
  const own = listenedOn(control).slice(0, 1);
  const all = [...own.map(port => ({ server: '', from: control, to: control, port })), ...ways];
  return all.flatMap(way => addressesOf(scene, way.to).map(address => ({ way, address })));
}

/** An end as a client is told of it; whoever answers outside of the scene does not greet. */
const endText = ({ way: { to, port }, address }: Connection): string =>
  `${address} ${portText(port)}${isOutside(to) ? ' any' : ''}`;

/** What was seen of each connection in one phase; of a client that did not end, why. */
async function observe(
  run: ServersRun,
  scene: Scene,
  phase: Phase,
  connections: readonly Connection[],
): Promise<ReadonlyMap<Connection, { readonly line: string; readonly trouble: string }>> {
  run.onProgress(`connecting, ${phase} there are policies`);
  const byClient = Map.groupBy(connections, ({ way }) => way.from);
  for (const [one, all] of byClient)
    await create(
      run,
      one.namespace,
      standInClientPod(phase, one, all.map(endText), placeOf(run, scene.owners, one, false)),
    );
  const pods = await untilAll(run, [...byClient.keys()], one => standInClient(phase, one), hasEnded, CLIENTS_MS);
  return new Map(
    [...byClient].flatMap(([one, all]) => {
      const pod = pods.get(one);
      const lines: Attempts | undefined = readAttempts(pod?.message ?? '', all.length);
      const trouble = lines === undefined ? troubleOf(pod, 'its client ended without an answer') : '';
      return all.map((connection, index) => [connection, { line: lines?.[index] ?? '', trouble }] as const);
    }),
  );
}

const expectedText = (allowed: boolean | null): TriedWay['expected'] =>
  allowed === true ? 'open' : allowed === false ? 'closed' : null;

const familyOf = (address: string): TriedWay['family'] => (address.includes(':') ? 'IPv6' : 'IPv4');

/** A way as it is told. */
const namesOf = ({ server, from, to, port: { number: port, protocol } }: Connection['way']) => ({
  ...{ server, from: from.title, to: to.title, port, protocol },
});

/** Ways whose end has no Pod that is up, with why. */
function notTried({ ways, targets }: Scene): readonly TriedWay[] {
  return ways.flatMap((way): readonly TriedWay[] => {
    const { to } = way;
    const target = isOutside(to) ? undefined : targets.get(isService(to) ? to.before : to);
    if (isOutside(to) || (target !== undefined && isUp(target))) return [];
    const reason = troubleOf(target, 'its Pod did not start in time');
    return [{ ...namesOf(way), family: 'IPv4', expected: null, seen: 'unsettled', agreement: 'unknown', reason }];
  });
}

/** Nothing outside of the scene is proved where it was not there before either. */
const isMissing = ({ way }: Connection, before: string): boolean => isOutside(way.to) && seenBy(before) !== 'open';

/** What the judge is asked of a connection: by a Service, also of the Pod behind it. */
function askedOf({ way: { from, to, port }, address }: Connection, { targets }: Scene): AskedConnection {
  const asked = { namespace: from.namespace, pod: standInTarget(from), address, port };
  if (!isService(to)) return asked;
  const { number, protocol } = port;
  const behind = targets.get(to.before)?.addresses.find(one => familyOf(one) === familyOf(address));
  const target = to.ports.find(one => one.number === number && one.protocol === protocol)?.target;
  if (behind === undefined || target === undefined) return asked;
  return { ...asked, behind: { address: behind, port: { number: target, protocol } } };
}

async function measure(run: ServersRun, planned: ServerScene): Promise<Omit<ProbedServers, 'leftovers'>> {
  const scene = await setScene(run, planned);
  const connections = connectionsOf(scene);
  const [first, second] = PHASES;
  const before = await observe(run, scene, first, connections);
  for (const policy of scene.policies)
    await create(run, policy.namespace, scenePolicy(policy, scene.owners.get(policy.namespace) ?? ''));
  const expected = await run.expect(
    connections.map(one => askedOf(one, scene)),
    scene.servers.map(({ server: { subject }, standIn }) => ({
      ...{ server: subject, namespace: standIn.namespace, pod: standInTarget(standIn) },
    })),
  );
  const after = await observe(run, scene, second, connections);
  const isConnected = connections.some(one => one.way.server === '' && seenBy(after.get(one)?.line ?? '') === 'open');
  const tried = connections.flatMap((one, index): readonly TriedWay[] => {
    const [then, now] = [before.get(one), after.get(one)];
    if (one.way.server === '' || isMissing(one, then?.line ?? '')) return [];
    const { allowed = null, why = '' } = expected.judged[index] ?? {};
    const way = { ...namesOf(one.way), family: familyOf(one.address), expected: expectedText(allowed), why };
    const trouble = then?.trouble || now?.trouble || '';
    return [compareWay({ ...way, before: then?.line ?? '', after: now?.line ?? '', trouble }, isConnected)];
  });
  const beside = scene.servers.map(({ server }, index) => ({
    server: server.name,
    policies: expected.beside[index] ?? [],
  }));
  return { ways: [...tried, ...notTried(scene)], beside: beside.filter(({ policies }) => policies.length > 0) };
}

/**
 * Tries by packets whether the policies of servers do what the judge says, by Pods that stand in for them, in namespaces of its own, which are removed whatever
 * happens. Rejects with a GateError where the cluster does not take what is needed for that, or cannot be read.
 */
export async function runServers(given: ServersRun): Promise<ProbedServers> {
  await removeLeftovers(given);
  const scene = given.plan(probeName(given));
  const leftovers: string[] = [];
  try {
    return { ...(await measure(given, scene)), leftovers };
  } finally {
    given.onProgress('removing what was made');
    for (const { name } of scene.namespaces) if (!(await given.cluster.removeNamespace(name))) leftovers.push(name);
  }
}
