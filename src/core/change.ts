import { affectedIn } from './affected.ts';
import {
  type Cause,
  type Decision,
  type Finding,
  type Found,
  faultKey,
  toldDecision,
  toldOf,
  verdictOf,
} from './decision.ts';
import type { Judge } from './evaluate.ts';
import { applyListed } from './exceptions.ts';
import { refText } from './explain.ts';
import { foundOf } from './findings.ts';
import { MAX_OBJECT_VALUES } from './kube/size.ts';
import type { KubeObject, OwnerRef, Selector, Workload } from './kube/types.ts';
import { lazily } from './lazily.ts';
import { strongSignsOptedOut } from './mcp/declared.ts';
import { goesWith, makerOf, type Owners, ownerIdentities, ownersIn, stepsFromOwner } from './owner.ts';
import { type PolicyMemory, stepsOfSelector } from './policy-memory.ts';
import type { Affects } from './publication.ts';
import type { ChangeContext } from './rule.ts';
import { policyRemoval } from './rules/policy-removal.ts';
import { serverOptedOut } from './rules/server-opted-out.ts';
import { type JudgedTraffic, type WorkedOut, workedOut } from './worked-out.ts';
import { type ChangedWorlds, changedWorlds } from './world/changed-worlds.ts';
import { isForeign, isNetworkPolicy, isOfOtherApi, isWorkload } from './world/object-kinds.ts';
import { objectKey, refOf } from './world/refs.ts';
import { type Change, type NamespaceContent, statesOf, type World } from './world/world.ts';

/** One server that a change may affect; with {@link Found}, before its findings are told of it. */
export interface AffectedServer<One extends Found = Finding> {
  /** `undefined`: it was not there before the change. */
  readonly before: Decision<One> | undefined;
  readonly after: Decision<One>;
  /** Denials that the change brings: no (rule, server, object) like them was there before. */
  readonly brought: readonly One[];
  /** Denials that were there already. */
  readonly remaining: readonly One[];
}

/** As {@link AffectedServer}, where what was decided before the change is worked out when it is first asked for: nothing hangs on it where nothing is denied after. */
export type ServerStep = Omit<AffectedServer<Found>, 'before'> & {
  readonly before: () => Decision<Found> | undefined;
};

export interface ChangeJudgement {
  readonly servers: readonly AffectedServer[];
  readonly brought: readonly Finding[];
  readonly remaining: readonly Finding[];
  /** Why a server that could be judged before cannot be judged after, or not at all. */
  readonly causes: readonly Cause[];
}

/** Of a policy of another API that selects by no labels, and of any other object, none. */
const selectorOf = (state: KubeObject): Selector =>
  isNetworkPolicy(state) || isForeign(state) ? (state.podSelector ?? []) : [];

/** The steps of asking for one workload whether the change bears on it. */
const stepsOfAsking = (change: Change): number =>
  statesOf(change).reduce((sum, state) => sum + stepsOfSelector(selectorOf(state)), 0);

/** The steps of finding, or of knowing, that a workload is no server. */
const stepsOfPassing = ({ meta }: Workload): number => 1 + Math.min(meta.size, MAX_OBJECT_VALUES) / 100;

const denies = (decision: Decision<Found> | undefined): readonly Found[] =>
  decision?.findings.filter(finding => finding.level === 'deny') ?? [];

function removalFinding(context: ChangeContext, judge: Judge): readonly Found[] {
  return policyRemoval
    .check(context)
    .flatMap(report => foundOf(policyRemoval, report, context.after.subject, judge.policy) ?? [])
    .filter(finding => finding.level === 'deny');
}

/** Which denials were there before. What two judgements share is one object, see {@link PolicyMemory}. */
function compareDenials(
  before: readonly Found[],
  after: readonly Found[],
): Pick<AffectedServer<Found>, 'brought' | 'remaining'> {
  const shared = new Set(before);
  const others = after.filter(finding => !shared.has(finding));
  if (others.length === 0) return { brought: [], remaining: after };
  const names = new Set(others.map(({ object }) => object.name));
  const known = new Set(before.filter(({ object }) => names.has(object.name)).map(faultKey));
  const brought = new Set(others.filter(finding => !known.has(faultKey(finding))));
  return { brought: [...brought], remaining: after.filter(finding => !brought.has(finding)) };
}

function compare(
  before: ServerStep['before'],
  after: Decision<Found>,
  change: Change,
  judge: Judge,
  isCollected = false,
): ServerStep {
  const denied = denies(after);
  if (denied.length === 0) return { before, after, brought: [], remaining: [] };
  const old = before();
  const { brought, remaining } = compareDenials(denies(old), denied);
  const changed = change.after ?? change.before;
  const context = changed && { change, changed: refOf(changed), before: old, after, brought, isCollected };
  const removal = applyListed(context ? removalFinding(context, judge) : [], after.subject, judge.policy);
  const excepted = [...after.excepted, ...removal.excepted];
  const said = removal.excepted.length === 0 ? after : { ...after, excepted };
  return { before, after: said, brought: [...brought, ...removal.findings], remaining };
}

/** A workload that was a server and is none by its labels. Nothing of its traffic is judged any more: that is what is said of it. */
function judgeFormerServer(
  judge: Judge,
  before: Decision<Found>,
  after: Decision<Found>,
  change: Change,
): readonly ServerStep[] {
  const context = { change, changed: after.subject, before, after, brought: [], isCollected: false };
  const all = serverOptedOut
    .check(context)
    .flatMap(report => foundOf(serverOptedOut, report, after.subject, judge.policy) ?? []);
  if (all.length === 0) return [];
  const { findings, excepted } = applyListed(all, after.subject, judge.policy);
  const said = { ...after, verdict: verdictOf(findings, []), findings, excepted };
  return [{ before: () => before, after: said, brought: denies(said), remaining: [] }];
}

/**
 * A workload is judged by what stands beside it in the world, so nothing needs to be laid over it. A deleted one opens nothing.
 * One that is created with an opt-out against strong signs is among them, without findings: it is believed, and told.
 */
function judgeWorkload(judge: Judge, world: World, change: Change, traffic: JudgedTraffic): readonly ServerStep[] {
  const { before, after } = change;
  if (after === undefined || !isWorkload(after)) return [];
  const memory = judge.memory([], traffic);
  const decision = judge.judge(world, after, memory);
  const old = lazily(() => (before && isWorkload(before) ? judge.judge(world, before, memory) : undefined));
  if (decision.mcp.standing !== 'no') return [compare(old, decision, change, judge)];
  const isNewlyOptedOut = before === undefined && strongSignsOptedOut(decision.mcp).length > 0;
  if (isNewlyOptedOut) return [{ before: old, after: decision, brought: [], remaining: [] }];
  const former = old();
  return former === undefined || former.mcp.standing === 'no' ? [] : judgeFormerServer(judge, former, decision, change);
}

/** Controllers before what they make. */
const byOwner = (a: Workload, b: Workload): number => stepsFromOwner(a) - stepsFromOwner(b);

/** What came of one workload that was looked at; `undefined`: it is no server, or its controller answers for it. */
type Step = ServerStep | undefined;

function mayBeServer(judge: Judge, workload: Workload, content: NamespaceContent, memory: PolicyMemory): boolean {
  const mayBe = judge.mayBeServer(workload, content);
  if (!mayBe) memory.spend(stepsOfPassing(workload));
  return mayBe;
}

/** Which workloads are looked at, and what is remembered from one to the next. */
interface Scope {
  readonly among: Affects;
  readonly memory: PolicyMemory;
}

/** The workloads of one namespace that may be opened or closed by the change, as they stand after it. A deleted workload is not among them. */
function* judgeWorkloads(
  judge: Judge,
  content: NamespaceContent,
  isAffected: Affects,
  worlds: ChangedWorlds,
  change: Change,
  { among, memory }: Scope,
  isCollected: boolean,
): Generator<Step> {
  const owners = ownersIn(content);
  const steps = stepsOfAsking(change);
  const borneOn: Workload[] = [];
  for (const workload of content.workloads.values()) {
    if (!among(workload)) continue;
    memory.spend(steps);
    if (isAffected(workload) && mayBeServer(judge, workload, content, memory)) borneOn.push(workload);
    else yield undefined;
  }
  const changed = worlds.after();
  const judged = new Map<string, Decision<Found>>();
  for (const workload of borneOn.sort(byOwner)) {
    const maker = makerOf(workload, owners);
    const answer = maker && judged.get(objectKey(maker));
    if (answer?.verdict === 'allow') {
      judged.set(objectKey(workload), answer);
      yield undefined;
      continue;
    }
    const decision = judge.judge(changed, workload, memory);
    const old = lazily(() => judge.judge(worlds.before(), workload, memory));
    // A controller that was closed, or is now, by whatever labels its Pods may get, answers for them: what opens one of them opens it too. One that was
    // open and is so still does not: what closed a single Pod may have gone.
    judged.set(objectKey(workload), decision.verdict === 'allow' ? decision : old());
    yield compare(old, decision, change, judge, isCollected);
  }
}

/** Any other object is judged by the servers that it bears on, in the world without the change and with it. */
function* judgeOthers(
  judge: Judge,
  worlds: ChangedWorlds,
  change: Change,
  scope: Scope,
  isCollected = false,
): Generator<Step> {
  const changed = worlds.after();
  for (const [name, isAffected] of affectedIn(changed, change))
    yield* judgeWorkloads(judge, changed.namespace(name), isAffected, worlds, change, scope, isCollected);
}

/** What may close a server. */
const isPolicy = (object: KubeObject): boolean => isNetworkPolicy(object) || isOfOtherApi(object);

/** Which workloads are left once the garbage collector has taken away what these owners own, all of them together. */
export function staysWithout(refs: readonly OwnerRef[], world: World): Affects {
  const gone = ownerIdentities(refs);
  const owners = new Map<string, Owners>();
  return workload => {
    const { namespace } = workload.meta;
    const known = owners.get(namespace) ?? ownersIn(world.namespace(namespace));
    owners.set(namespace, known);
    return !goesWith(workload, gone, known);
  };
}

/**
 * Servers that a policy's new owner opens: the garbage collector deletes the policy when all of its owners are gone, so that is judged as its deletion,
 * but for servers that go with the same owners. A further owner beside those that it had makes nothing go sooner.
 */
function* judgeNewOwners(judge: Judge, world: World, change: Change, { among, memory }: Scope): Generator<Step> {
  const { before, after } = change;
  if (before === undefined || after === undefined || !isPolicy(before) || !isPolicy(after)) return;
  const [old, next] = [ownerIdentities(before.meta.owners), ownerIdentities(after.meta.owners)];
  if (next.size === 0 || (old.size > 0 && old.isSubsetOf(next))) return;
  const isLeft = staysWithout(after.meta.owners, world);
  const stays: Affects = workload => among(workload) && isLeft(workload);
  const collected = { before };
  yield* judgeOthers(judge, changedWorlds(world, collected), collected, { among: stays, memory }, true);
}

/** What the change itself opens is said as such; for the others, what its new owners will. */
function* judgeObject(
  judge: Judge,
  world: World,
  change: Change,
  worlds: ChangedWorlds,
  scope: Scope,
): Generator<Step> {
  const later = new Map<string, ServerStep>();
  for (const server of judgeNewOwners(judge, world, change, scope)) {
    if (server !== undefined && server.brought.length > 0) later.set(refText(server.after.subject), server);
    yield undefined;
  }
  for (const server of judgeOthers(judge, worlds, change, scope)) {
    const isOpened = server === undefined || server.brought.length > 0;
    yield isOpened ? server : (later.get(refText(server.after.subject)) ?? server);
  }
}

/**
 * As {@link judgeChange}, workload by workload: whoever asks may do something else between two of them, or stop. `undefined` is a step that tells of no
 * server. `worked`: takes what is worked out. `memory`: tells what it costs.
 */
export function* judgeChangeInSteps(
  judge: Judge,
  world: World,
  change: Change,
  among: (workload: Workload) => boolean = () => true,
  worked: WorkedOut = workedOut(world, change),
  memory: PolicyMemory = judge.memory(statesOf(change), worked.traffic),
): Generator<Step> {
  const anyState = change.before ?? change.after;
  if (anyState === undefined) return;
  if (isWorkload(anyState)) yield* judgeWorkload(judge, world, change, worked.traffic);
  else yield* judgeObject(judge, world, change, worked.worlds, { among, memory });
}

/** What is said of a server. */
function toldServer({ before, after, brought, remaining }: ServerStep): AffectedServer {
  const told = toldOf(after.subject);
  const old = before();
  return {
    before: old && toldDecision(old),
    after: toldDecision(after),
    brought: brought.map(told),
    remaining: remaining.map(told),
  };
}

/**
 * Judges a change by the servers that it may affect, before and after. A server is told once: what a controller made as it is, and what was closed
 * with it, is told as the controller.
 * What was wrong already and stays as it was is `remaining`: an old fault never stops an unrelated edit.
 * `world` may hold the changed object in either state, or not at all. `among`: workloads beside the changed one that are looked at; absent: all.
 */
export function judgeChange(
  judge: Judge,
  world: World,
  change: Change,
  among: (workload: Workload) => boolean = () => true,
): ChangeJudgement {
  const servers = [...judgeChangeInSteps(judge, world, change, among)].flatMap(server =>
    server ? toldServer(server) : [],
  );
  return {
    servers,
    brought: servers.flatMap(server => server.brought),
    remaining: servers.flatMap(server => server.remaining),
    causes: servers.flatMap(({ before, after }) => (before?.verdict === 'undetermined' ? [] : after.causes)),
  };
}
