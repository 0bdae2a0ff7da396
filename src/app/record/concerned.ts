import { affectedIn } from '../../core/affected.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { KubeObject, ObjectRef, Workload } from '../../core/kube/types.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { type ChangedWorlds, changedWorlds } from '../../core/world/changed-worlds.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import { objectKey, refOf } from '../../core/world/refs.ts';
import { type Change, type NamespaceContent, statesOf, type World } from '../../core/world/world.ts';
import type { Decided } from '../admission/ports.ts';
import type { Review } from '../admission/review.ts';

/** An MCP server that a change concerns: the workload itself, told as the controller that made it. */
export interface ConcernedServer {
  readonly ref: ObjectRef;
  /** As it is before the change, and after it; `undefined`: it is not there then. */
  readonly before: Workload | undefined;
  readonly after: Workload | undefined;
}

/** The cluster in one state. */
export interface State {
  /** Its policies, and all else that decides about traffic. */
  readonly world: World;
  /** `undefined`: there is none of this kind and name. */
  workload(ref: ObjectRef): Workload | undefined;
}

/** The cluster without the change and with it. */
export interface Worlds {
  readonly before: State;
  readonly after: State;
}

/** Servers of one review that are told. */
const MAX_SERVERS = 50;
/** Workloads of a namespace that are looked at where nobody judged them, beside the changed one. */
const MAX_LOOKED_AT = 200;

const workloadIn = (world: World, { kind, namespace, name }: ObjectRef): Workload | undefined =>
  world.namespace(namespace).workloads.get(`${kind}/${name}`);

const stateOf = (world: World): State => ({ world, workload: ref => workloadIn(world, ref) });

/** The cluster with one of its workloads in this state: whatever becomes of it, what decides about traffic stays as it is. */
function withWorkload(world: World, changed: ObjectRef, state: Workload | undefined): State {
  const isChanged = ({ kind, namespace, name }: ObjectRef): boolean =>
    kind === changed.kind && namespace === changed.namespace && name === changed.name;
  return { world, workload: ref => (isChanged(ref) ? state : workloadIn(world, ref)) };
}

/** `worlds`: as the judge put them together; absent: it did not. */
export function worldsOf(world: World, change: Change, worlds: ChangedWorlds = changedWorlds(world, change)): Worlds {
  const { before, after } = change;
  const anyState = before ?? after;
  if (anyState === undefined || !isWorkload(anyState))
    return { before: stateOf(worlds.before()), after: stateOf(worlds.after()) };
  const workload = (state: KubeObject | undefined) => (state && isWorkload(state) ? state : undefined);
  const changed = refOf(anyState);
  return {
    before: withWorkload(world, changed, workload(before)),
    after: withWorkload(world, changed, workload(after)),
  };
}

const makersOf = (workload: Workload, content: NamespaceContent): readonly ObjectRef[] =>
  lineage(workload, ownersIn(content)).slice(1).map(refOf);

/** A workload that is a server, and the controllers that made it as it is, where the judge has told them of it as the cluster has it. */
export interface ConcernedWorkload {
  readonly subject: ObjectRef;
  readonly makers?: readonly ObjectRef[];
}

/**
 * The server of a workload, by either state of the world. A Pod that comes or goes while its controller stays changes nothing of the server: it is told beside
 * the controller as it was.
 */
function serverOf({ subject, makers: told }: ConcernedWorkload, { before, after }: Worlds): ConcernedServer {
  const states = { before: before.workload(subject), after: after.workload(subject) };
  const known = states.after ?? states.before;
  if (known === undefined) return { ref: subject, before: undefined, after: undefined };
  const { world } = states.after ? after : before;
  const makers = told ?? makersOf(known, world.namespace(subject.namespace));
  const maker = (state: State): Workload | undefined =>
    makers.map(ref => state.workload(ref)).find(found => found !== undefined);
  return {
    ref: makers.at(-1) ?? subject,
    before: states.before ?? maker(before),
    after: states.after ?? maker(after),
  };
}

/** The workload that a Scale (autoscaling/v1) or an Eviction (policy/v1) is of: a review names it by the plural of its kind. */
function named({ subResource, resource, namespace, name }: Review, world: World): readonly Workload[] {
  if ((subResource !== 'scale' && subResource !== 'eviction') || resource === undefined) return [];
  const { workloads } = world.namespace(namespace);
  const isNamed = ({ kind, meta }: Workload): boolean => meta.name === name && `${kind.toLowerCase()}s` === resource;
  return [...workloads.values()].filter(isNamed);
}

/** Workloads that a policy, a Service, a route or a whole namespace may open or close. */
function bearsOn(change: Change, world: World): readonly Workload[] {
  return [...affectedIn(world, change)].flatMap(([namespace, isAffected]) =>
    [...world.namespace(namespace).workloads.values()].filter(isAffected).slice(0, MAX_LOOKED_AT),
  );
}

/** Servers of a change that nobody judged: the workload itself, or what the object may open or close. */
function unjudgedServers(review: Review, change: Change, world: World, judge: Judge): readonly ObjectRef[] {
  const states = statesOf(change);
  const own = [...states.filter(isWorkload), ...named(review, world)];
  const workloads = own.length > 0 ? own : bearsOn(change, world);
  const isServer = (workload: Workload): boolean =>
    judge.detect(workload, world.namespace(workload.meta.namespace)).standing !== 'no';
  return [
    ...new Map(workloads.map(workload => [`${workload.meta.namespace} ${objectKey(workload)}`, workload])).values(),
  ]
    .filter(isServer)
    .map(refOf);
}

/** What the judge has told of. A change of a workload may change who made which. */
export function judgedWorkloads(
  servers: Decided['result']['servers'],
  { before, after }: Change,
): readonly ConcernedWorkload[] {
  const isOfWorkload = [before, after].some(state => state !== undefined && isWorkload(state));
  return servers.map(({ decision: { subject }, makers }) => (isOfWorkload ? { subject } : { subject, makers }));
}

/** The workloads that a review concerns and that are servers. */
export function concernedWorkloads(
  { review, read, judge, result }: Decided,
  world: World,
): readonly ConcernedWorkload[] {
  const change = read.kind === 'change' ? read.change : {};
  if (result.judged === undefined) return unjudgedServers(review, change, world, judge).map(subject => ({ subject }));
  return judgedWorkloads(result.servers, change).filter(({ subject }) => subject.kind !== 'Namespace');
}

/** The servers of these workloads, each once, and how many there are beyond those that are told. */
export function concernedServers(
  subjects: readonly ConcernedWorkload[],
  worlds: Worlds,
): { readonly servers: readonly ConcernedServer[]; readonly more: number } {
  const servers = new Map<string, ConcernedServer>();
  for (const subject of subjects) {
    const server = serverOf(subject, worlds);
    const { kind, namespace, name } = server.ref;
    const key = JSON.stringify([kind, namespace, name]);
    if (!servers.has(key)) servers.set(key, server);
  }
  const all = [...servers.values()];
  return { servers: all.slice(0, MAX_SERVERS), more: Math.max(0, all.length - MAX_SERVERS) };
}
