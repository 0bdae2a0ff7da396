import { type Cause, type Decision, type Finding, findingKey, verdictOf } from './decision.ts';
import { findingOf, type Judge } from './evaluate.ts';
import { applyListed } from './exceptions.ts';
import { refText } from './explain.ts';
import type { KubeObject, NetworkPolicy, Workload } from './kube/types.ts';
import { strongSignsOptedOut } from './mcp/declared.ts';
import { maySelect, podLabelsOf } from './netpol/selects.ts';
import { goesWith, makerOf, ownersIn, ownerUids, stepsFromOwner } from './owner.ts';
import { createPolicyMemory } from './policy-memory.ts';
import { type Affects, destinationsOf } from './publication.ts';
import type { ChangeContext } from './rule.ts';
import { policyRemoval } from './rules/policy-removal.ts';
import { serverOptedOut } from './rules/server-opted-out.ts';
import {
  type Change,
  isEndpoints,
  isNetworkPolicy,
  isRoute,
  isService,
  isWorkload,
  objectKey,
  overlay,
  refOf,
  type World,
} from './world.ts';

/** One server that a change may affect. */
export interface AffectedServer {
  /** `undefined`: it was not there before the change. */
  readonly before: Decision | undefined;
  readonly after: Decision;
  /** Denials that the change brings: no (rule, server, object) like them was there before. */
  readonly brought: readonly Finding[];
  /** Denials that were there already. */
  readonly remaining: readonly Finding[];
}

export interface ChangeJudgement {
  readonly servers: readonly AffectedServer[];
  readonly brought: readonly Finding[];
  readonly remaining: readonly Finding[];
  /** Why a server that could be judged before cannot be judged after, or not at all. */
  readonly causes: readonly Cause[];
}

const policyAffects =
  (policy: NetworkPolicy): Affects =>
  workload =>
    maySelect(policy.podSelector, podLabelsOf(workload));

/** Which workloads one state of the changed object bears on, by namespace. */
function affectedBy(object: KubeObject, world: World): ReadonlyMap<string, readonly Affects[]> {
  if (isRoute(object) || isService(object) || isEndpoints(object)) return destinationsOf(object, world);
  if (object.kind === 'Namespace') return new Map([[object.meta.name, [() => true]]]);
  const { namespace } = object.meta;
  if (isNetworkPolicy(object)) return new Map([[namespace, [policyAffects(object)]]]);
  return new Map([[namespace, [() => true]]]);
}

const statesOf = ({ before, after }: Change): readonly KubeObject[] => [before, after].flatMap(state => state ?? []);

/** Workloads that may be opened or closed by the change, as they stand after it, by namespace. A deleted workload is not among them. */
function affectedWorkloads(world: World, change: Change): ReadonlyMap<string, readonly Workload[]> {
  const states = statesOf(change).map(state => affectedBy(state, world));
  const names = new Set(states.flatMap(state => [...state.keys()]));
  return new Map(
    [...names].map(name => {
      const tests = states.flatMap(state => state.get(name) ?? []);
      const workloads = [...world.namespace(name).workloads.values()];
      return [name, workloads.filter(workload => tests.some(test => test(workload)))];
    }),
  );
}

const denies = (decision: Decision | undefined): readonly Finding[] =>
  decision?.findings.filter(finding => finding.level === 'deny') ?? [];

function removalFinding(context: ChangeContext, judge: Judge): readonly Finding[] {
  return policyRemoval
    .check(context)
    .flatMap(report => findingOf(policyRemoval, report, context.after.subject, judge.policy) ?? [])
    .filter(finding => finding.level === 'deny');
}

function compare(
  before: Decision | undefined,
  after: Decision,
  change: Change,
  judge: Judge,
  isCollected = false,
): AffectedServer {
  const known = new Set(denies(before).map(findingKey));
  const brought = denies(after).filter(finding => !known.has(findingKey(finding)));
  const remaining = denies(after).filter(finding => known.has(findingKey(finding)));
  const changed = change.after ?? change.before;
  const context = changed && { change, changed: refOf(changed), before, after, brought, isCollected };
  const removal = applyListed(context ? removalFinding(context, judge) : [], judge.policy);
  const excepted = [...after.excepted, ...removal.excepted];
  const said = removal.excepted.length === 0 ? after : { ...after, excepted };
  return { before, after: said, brought: [...brought, ...removal.findings], remaining };
}

/** A workload that was a server and is none by its labels. Nothing of its traffic is judged any more: that is what is said of it. */
function judgeFormerServer(judge: Judge, before: Decision, after: Decision, change: Change): readonly AffectedServer[] {
  const context = { change, changed: after.subject, before, after, brought: [], isCollected: false };
  const all = serverOptedOut
    .check(context)
    .flatMap(report => findingOf(serverOptedOut, report, after.subject, judge.policy) ?? []);
  if (all.length === 0) return [];
  const { findings, excepted } = applyListed(all, judge.policy);
  const said = { ...after, verdict: verdictOf(findings, []), findings, excepted };
  return [{ before, after: said, brought: denies(said), remaining: [] }];
}

/**
 * A workload is judged by what stands beside it in the world, so nothing needs to be laid over it. A deleted one opens nothing.
 * One that is created with an opt-out against strong signs is among them, without findings: it is believed, and told.
 */
function judgeWorkload(judge: Judge, world: World, change: Change): readonly AffectedServer[] {
  const { before, after } = change;
  if (after === undefined || !isWorkload(after)) return [];
  const decision = judge.evaluate(world, after);
  const old = before && isWorkload(before) ? judge.evaluate(world, before) : undefined;
  if (decision.mcp.standing !== 'no') return [compare(old, decision, change, judge)];
  const isNewlyOptedOut = before === undefined && strongSignsOptedOut(decision.mcp).length > 0;
  if (isNewlyOptedOut) return [{ before: undefined, after: decision, brought: [], remaining: [] }];
  return old === undefined || old.mcp.standing === 'no' ? [] : judgeFormerServer(judge, old, decision, change);
}

/** Controllers before what they make. */
const byOwner = (a: Workload, b: Workload): number => stepsFromOwner(a) - stepsFromOwner(b);

/** What came of one workload that was looked at; `undefined`: it is no server, or its controller answers for it. */
type Step = AffectedServer | undefined;

/** Any other object is judged by the servers that it bears on, in the world without the change and with it. */
function* judgeOthers(
  judge: Judge,
  world: World,
  change: Change,
  anyState: KubeObject,
  among: Affects,
  isCollected = false,
): Generator<Step> {
  const baseline = overlay(world, { before: anyState, ...(change.before && { after: change.before }) });
  const changed = overlay(baseline, change);
  const memory = createPolicyMemory();
  for (const [name, affected] of affectedWorkloads(changed, change)) {
    const owners = ownersIn(changed.namespace(name));
    const judged = new Map<string, Decision | undefined>();
    for (const workload of affected.filter(among).sort(byOwner)) {
      // A controller that was closed, by whatever labels its Pods may get, answers for them: what opens one of them opens it too. One that was
      // open does not: what closed a single Pod may have gone.
      const maker = makerOf(workload, owners);
      const answer = maker && judged.get(objectKey(maker));
      if (answer?.verdict === 'allow') {
        judged.set(objectKey(workload), answer);
        yield undefined;
        continue;
      }
      const after = judge.evaluate(changed, workload, memory);
      const isServer = after.mcp.standing !== 'no';
      const before = isServer ? judge.evaluate(baseline, workload, memory) : undefined;
      judged.set(objectKey(workload), before);
      yield isServer ? compare(before, after, change, judge, isCollected) : undefined;
    }
  }
}

/**
 * Servers that a policy's new owner opens: the garbage collector deletes the policy when all of its owners are gone, so that is judged as its deletion,
 * but for servers that go with the same owners. A further owner beside those that it had makes nothing go sooner.
 */
function* judgeNewOwners(judge: Judge, world: World, change: Change, among: Affects): Generator<Step> {
  const { before, after } = change;
  if (before === undefined || after === undefined || !isNetworkPolicy(before) || !isNetworkPolicy(after)) return;
  const [old, uids] = [ownerUids(before.meta.owners), ownerUids(after.meta.owners)];
  if (uids.size === 0 || (old.size > 0 && old.isSubsetOf(uids))) return;
  const owners = ownersIn(world.namespace(after.meta.namespace));
  const stays: Affects = workload => among(workload) && !goesWith(workload, uids, owners);
  yield* judgeOthers(judge, world, { before }, before, stays, true);
}

/** What the change itself opens is said as such; for the others, what its new owners will. */
function* judgeObject(
  judge: Judge,
  world: World,
  change: Change,
  anyState: KubeObject,
  among: Affects,
): Generator<Step> {
  const later = new Map<string, AffectedServer>();
  for (const server of judgeNewOwners(judge, world, change, among)) {
    if (server !== undefined && server.brought.length > 0) later.set(refText(server.after.subject), server);
    yield undefined;
  }
  for (const server of judgeOthers(judge, world, change, anyState, among)) {
    const isOpened = server === undefined || server.brought.length > 0;
    yield isOpened ? server : (later.get(refText(server.after.subject)) ?? server);
  }
}

/**
 * As {@link judgeChange}, workload by workload: whoever asks may do something else between two of them, or stop. `undefined` is a step that tells of no
 * server.
 */
export function* judgeChangeInSteps(
  judge: Judge,
  world: World,
  change: Change,
  among: (workload: Workload) => boolean = () => true,
): Generator<AffectedServer | undefined> {
  const anyState = change.before ?? change.after;
  if (anyState === undefined) return;
  if (isWorkload(anyState)) yield* judgeWorkload(judge, world, change);
  else yield* judgeObject(judge, world, change, anyState, among);
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
  const servers = [...judgeChangeInSteps(judge, world, change, among)].filter(server => server !== undefined);
  return {
    servers,
    brought: servers.flatMap(server => server.brought),
    remaining: servers.flatMap(server => server.remaining),
    causes: servers.flatMap(({ before, after }) => (before?.verdict === 'undetermined' ? [] : after.causes)),
  };
}
