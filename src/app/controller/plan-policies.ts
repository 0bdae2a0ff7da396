import { type Decision, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { createDecoder, type Decoder } from '../../core/kube/decode.ts';
import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { maySelect, podLabelsOf } from '../../core/netpol/selects.ts';
import { byKey, byName } from '../../core/order.ts';
import { awaitsOwner, isJudgedThroughOwner, isOwnedBy, ownersIn } from '../../core/owner.ts';
import { type Directions, lackingDirections } from '../../core/remedy/correct-policy.ts';
import type { Dialect } from '../../core/remedy/dialect.ts';
import { freeName } from '../../core/remedy/policy-name.ts';
import { gatewaysSeenIn, isGatewayUnknown, type SettleGateways } from '../../core/remedy/seen-gateways.ts';
import { objectKey } from '../../core/world/refs.ts';
import type { NamespaceContent, World } from '../../core/world/world.ts';
import type { NamespaceIndex } from '../namespace-index.ts';
import { type Action, workloadRef } from './action.ts';
import { isMade, SERVER_ANNOTATION, takenOverBy, type WantedPolicy } from './made-policy.ts';
import type { PermittedActions } from './permitted-actions.ts';
import { planBeside, type WantedBeside } from './plan-beside.ts';
import { createPlanMemory, type PlanMemory, type PolicyChange } from './plan-memory.ts';

/** What is planned so far. `planned` holds it as if it were done, so that one policy for two servers is written once. */
interface Plan {
  readonly planned: NamespaceIndex;
  readonly actions: Action[];
  /** Names of the policies that are put right. */
  readonly healed: Set<string>;
  /** What is to stand beside policies, by their names. */
  readonly beside: Map<string, WantedBeside>;
}

/** What does not change while a namespace is planned. */
interface Planning {
  /** As it is now, before anything of the plan is done. */
  readonly now: NamespaceIndex;
  readonly memory: PlanMemory;
  readonly decode: Decoder;
  readonly permitted: PermittedActions;
  readonly content: NamespaceContent;
  readonly settle: SettleGateways;
  /** Of what stands beside policies; `undefined`: nothing does. */
  readonly dialect: Dialect | undefined;
  /** Policies that the controller made, by the server that they were made for, sorted by name. */
  readonly made: ReadonlyMap<string, readonly NetworkPolicy[]>;
  /** Those that it made and somebody else has written since. */
  readonly takenOver: ReadonlyMap<string, readonly NetworkPolicy[]>;
}

/** One MCP server that is judged by itself. */
interface Server {
  readonly subject: Workload;
  readonly decision: Decision;
}

function byServer(
  { policies }: NamespaceContent,
  isOne: (policy: NetworkPolicy) => boolean,
): ReadonlyMap<string, readonly NetworkPolicy[]> {
  const chosen = [...policies.values()].filter(policy => isOne(policy) && !policy.meta.terminating).sort(byName);
  return Map.groupBy(chosen, ({ meta }) => meta.annotations.get(SERVER_ANNOTATION) ?? '');
}

/** The servers of a namespace: not what goes, and not what another workload stands for. */
function serversOf({ content, now, memory }: Planning): readonly Server[] {
  const owners = ownersIn(content);
  return [...content.workloads]
    .sort(byKey)
    .filter(([, { meta }]) => !meta.terminating)
    .filter(([, subject]) => !isJudgedThroughOwner(subject, owners) && !awaitsOwner(subject, owners))
    .map(([, subject]) => ({ subject, decision: memory.decide(subject, now) }))
    .filter(({ decision }) => decision.mcp.standing !== 'no');
}

const lacksIsolation = ({ findings }: Decision): boolean =>
  findings.some(finding => finding.level === 'deny' && isAbsence(finding));

/** Whether the change opens no server: now, and with the plan done as far as it goes, since any of it may be done first, or not at all. */
const opensNothing = ({ planned }: Plan, { now, memory }: Planning, change: PolicyChange): boolean =>
  [now, planned].every(index => memory.opensNothing(change, index));

/** The workloads that a policy selects, or may select. */
function selectedBy(policy: NetworkPolicy, { now }: Planning): readonly Workload[] {
  return now.selectedBy([policy]).filter(workload => maySelect(policy.podSelector, podLabelsOf(workload)));
}

const isServer = (workload: Workload, { now, memory }: Planning): boolean => memory.isServer(workload, now);

/**
 * A Pod that the policy would isolate although it is no server, and not the server's own: whoever may create workloads, and no NetworkPolicies,
 * would close other people's Pods by a server with their labels.
 */
function bystanderOf({ policy }: WantedPolicy, { subject }: Server, planning: Planning): Workload | undefined {
  const owners = ownersIn(planning.content);
  return selectedBy(policy, planning).find(
    workload =>
      workload.kind === 'Pod' &&
      !workload.meta.terminating &&
      !isOwnedBy(workload, subject, owners) &&
      !isServer(workload, planning),
  );
}

function planApply(plan: Plan, { subject }: Server, wanted: WantedPolicy, healed: NetworkPolicy | undefined): void {
  plan.planned.put(wanted.policy);
  plan.beside.set(wanted.policy.meta.name, { server: subject, manifest: wanted.beside });
  const heals = healed?.meta.uid;
  plan.actions.push({ kind: 'apply-policy', manifest: wanted.manifest, server: workloadRef(subject), heals });
}

/** Puts right one of the policies that were made for the server. Not one that closes others as it is now. */
function heal(plan: Plan, planning: Planning, server: Server, wanted: WantedPolicy, made: readonly NetworkPolicy[]) {
  for (const policy of made) {
    const right = planning.memory.named(wanted, policy.meta.name);
    if (!opensNothing(plan, planning, { before: policy, after: right.policy })) continue;
    plan.healed.add(policy.meta.name);
    planApply(plan, server, right, policy);
    return true;
  }
  return false;
}

/** Adds the policy by a name that nobody has. */
function create(plan: Plan, planning: Planning, server: Server, usual: WantedPolicy): void {
  const { decision } = server;
  const name = freeName(usual.manifest.metadata.name, decision.subject, 'controller', plan.planned.hasPolicy);
  const wanted = planning.memory.named(usual, name);
  if (opensNothing(plan, planning, { after: wanted.policy })) planApply(plan, server, wanted, undefined);
  else reportImpossible(plan, server, 'the policy that would close it opens another server');
}

function reportImpossible({ actions }: Plan, { subject }: Server, reason: string): void {
  const note = `no NetworkPolicy can be written: ${reason}`;
  actions.push({ kind: 'event', about: workloadRef(subject), reason: 'NoPolicyPossible', note });
}

/**
 * The directions that lack a policy, and those that ours governs already. A direction that others have closed is not opened by a correct policy
 * for it; one that ours governs stays with it, so that a policy of somebody else's beside it does not take the gateway away.
 */
function wantedDirections(decision: Decision, made: readonly NetworkPolicy[]): Directions {
  const lacking = lackingDirections(decision);
  return {
    ingress: lacking.ingress || made.some(({ ingress }) => ingress.isolates),
    egress: lacking.egress || made.some(({ egress }) => egress.isolates),
  };
}

const GIVE_LABEL = 'give the server a label of its own in its selector, or write its policy yourself';

/** Says of each policy that was taken over whose it is now. It is judged like anybody's. */
function reportTakenOver({ actions }: Plan, { subject }: Server, { takenOver }: Planning): void {
  for (const policy of takenOver.get(objectKey(subject)) ?? []) {
    const note = `NetworkPolicy ${policy.meta.name} is written by ${takenOverBy(policy).join(', ')}: the controller leaves it alone`;
    actions.push({ kind: 'event', about: workloadRef(subject), reason: 'PolicyTakenOver', note });
  }
}

const admittedBy = ({ ingress }: NetworkPolicy): number => (ingress.isolates ? ingress.rules.length : 0);

/** Without a gateway the server is closed to everybody, which is safe and of no use: somebody has to name it. */
function reportUnknownGateway({ actions }: Plan, { subject }: Server): void {
  if (subject.containers.every(({ ports }) => ports.length === 0)) return;
  const note =
    'its NetworkPolicy admits no gateway: none is configured, and no usual one runs here. Name yours under gateways of the GatePolicy';
  actions.push({ kind: 'event', about: workloadRef(subject), reason: 'GatewayUnknown', note });
}

function planServer(plan: Plan, planning: Planning, server: Server): void {
  const { memory, decode, permitted, content, dialect } = planning;
  const { subject, decision } = server;
  const made = planning.made.get(objectKey(subject)) ?? [];
  reportTakenOver(plan, server, planning);
  if (made.length === 0 && !permitted.create) return;
  const planned = memory.decide(subject, plan.planned);
  const isLacking = permitted.create && lacksIsolation(planned);
  if (made.length === 0 && !isLacking) return;
  const directions = wantedDirections(planned, made);
  const policy = planning.settle(subject);
  const wanted = memory.wanted(subject, decision.mcp, content, { policy, decode, directions, dialect });
  if ('reason' in wanted) {
    if (isLacking) reportImpossible(plan, server, wanted.reason);
    return;
  }
  if (directions.ingress && isGatewayUnknown(policy)) {
    // A gateway that has gone for a while finds its way in when it comes back.
    if (planned.verdict === 'allow' && made.some(one => admittedBy(one) > admittedBy(wanted.policy))) return;
    reportUnknownGateway(plan, server);
  }
  putInPlace(plan, planning, { ...server, isLacking }, wanted);
}

/** Sees to it that a server that lacks the policy, or has another of ours, gets it. */
function putInPlace(
  plan: Plan,
  planning: Planning,
  server: Server & { readonly isLacking: boolean },
  wanted: WantedPolicy,
): void {
  const { subject, isLacking } = server;
  const { permitted, memory } = planning;
  const made = planning.made.get(objectKey(subject)) ?? [];
  const right = made.find(policy => memory.saysAsWanted(policy, wanted));
  if (right !== undefined) {
    plan.beside.set(right.meta.name, { server: subject, manifest: memory.named(wanted, right.meta.name).beside });
    return;
  }
  const bystander = bystanderOf(wanted, server, planning);
  if (bystander !== undefined) {
    const { namespace, name } = bystander.meta;
    reportImpossible(
      plan,
      server,
      `its selector matches Pod ${namespace}/${name} too, which is no server; ${GIVE_LABEL}`,
    );
    return;
  }
  if (permitted.heal && heal(plan, planning, server, wanted, made)) return;
  if (isLacking) create(plan, planning, server, wanted);
}

/**
 * What was made goes once it closes no server: as long as one Pod of a server runs, it may be what closes it. A Pod whose controller is gone goes
 * too, and what it was can no longer be told.
 */
function planCollection(plan: Plan, planning: Planning): void {
  const owners = ownersIn(planning.content);
  for (const policy of [...planning.made.values()].flat().sort(byName)) {
    const { namespace, name, uid } = policy.meta;
    const isNeeded = selectedBy(policy, planning).some(
      workload => awaitsOwner(workload, owners) || isServer(workload, planning),
    );
    if (!isNeeded && !plan.healed.has(name)) plan.actions.push({ kind: 'delete-policy', namespace, name, uid });
  }
}

/** Names of the policies of ours that are there once the plan is done. */
function keptNames({ actions, beside }: Plan, { made }: Planning): ReadonlySet<string> {
  const gone = new Set(actions.flatMap(action => (action.kind === 'delete-policy' ? action.name : [])));
  const names = [...made.values()].flat().map(({ meta }) => meta.name);
  return new Set([...beside.keys(), ...names.filter(name => !gone.has(name))]);
}

/**
 * The policies of a namespace that are to be made, put right and taken away. Whatever somebody else wrote or owns stays as it is. `dialect`: of what stands
 * beside them. `memory`: of this namespace and this judge.
 */
export function planPolicies(
  world: World,
  namespace: string,
  judge: Judge,
  permitted: PermittedActions,
  dialect?: Dialect,
  memory: PlanMemory = createPlanMemory(world.namespace(namespace), judge),
): readonly Action[] {
  const content = world.namespace(namespace);
  const planning: Planning = {
    now: memory.now(world),
    memory,
    decode: createDecoder(),
    permitted,
    content,
    settle: gatewaysSeenIn(world, 'cluster', judge.policy),
    dialect,
    made: byServer(content, isMade),
    takenOver: byServer(content, policy => takenOverBy(policy).length > 0),
  };
  const plan: Plan = { planned: memory.planned(world), actions: [], healed: new Set(), beside: new Map() };
  for (const server of serversOf(planning)) planServer(plan, planning, server);
  if (permitted.collect) planCollection(plan, planning);
  return [...plan.actions, ...planBeside(plan.beside, keptNames(plan, planning), planning)];
}
