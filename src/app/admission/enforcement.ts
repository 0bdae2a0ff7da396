import { type Finding, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import { type Posture, postureOf } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, Grant } from '../../core/gate/types.ts';
import { matches } from '../../core/kube/selector.ts';
import type { Labels } from '../../core/kube/types.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import type { Action } from '../controller/action.ts';
import { permittedActions } from '../controller/permitted-actions.ts';
import { planPolicies } from '../controller/plan-policies.ts';
import type { JudgedServer } from './judge-review.ts';
import { namesOf, subjectsText } from './title.ts';

/** How many workloads the controller's policies are worked out for: each is judged again, with the policies that would be there then. */
const MAX_PLANNED = 200;

type PlannedPolicy = Extract<Action, { readonly kind: 'apply-policy' }>;

const IN_ENFORCE = 'In mode enforce,';

/** A server, as far as it is told what enforce does to it. */
type Judged = Pick<JudgedServer, 'decision'>;

const denials = ({ decision }: Judged): readonly Finding[] => decision.findings.filter(({ level }) => level === 'deny');

const lacksPolicy = (server: Judged): boolean => denials(server).some(isAbsence);

/** Something refuses its Pods that no further policy mends. */
const isRefusedAnyway = (server: Judged): boolean =>
  server.decision.verdict === 'undetermined' || denials(server).some(finding => !isAbsence(finding));

const named = (what: string, grants: readonly Grant[]): readonly string[] => {
  const names = grants.map(({ name }) => name);
  if (names.length === 0) return [];
  return [`${what}${names.length === 1 ? '' : 's'} ${names.join(', ')}`];
};

/** Whom the correct policy of this namespace admits. */
function admittedText({ gateways, allowedClients }: GatePolicy, labels: Labels, isGatewaySeen: boolean): string {
  const serving = (grants: readonly Grant[]): readonly Grant[] =>
    grants.filter(({ servesNamespaces }) => matches(servesNamespaces, labels));
  const usual = isGatewaySeen ? ['the usual gateways that run here (none is configured)'] : [];
  const admitted = [
    ...(gateways.kind === 'assumed' ? usual : named('gateway', serving(gateways.grants))),
    ...named('allowed client', serving(allowedClients)),
  ];
  return admitted.length === 0 ? 'nobody' : `only ${admitted.join(' and ')}`;
}

/** What the policies that are written come to, for policies that govern the same directions. */
function cutText(specs: readonly PlannedPolicy['manifest']['spec'][], policy: GatePolicy, labels: Labels): string {
  const [it, they] = specs.length === 1 ? ['it', 'it'] : ['them', 'they'];
  const clients = policy.allowedClients.filter(({ servesNamespaces }) => matches(servesNamespaces, labels)).length;
  const isGatewaySeen = specs.every(({ ingress }) => ingress !== undefined && ingress.length > clients);
  const ingress = `${admittedText(policy, labels, isGatewaySeen)} can connect to ${it}`;
  const egress = `${they} can connect only to allowed destinations and the internet`;
  const types = new Set(specs.flatMap(({ policyTypes }) => policyTypes));
  const parts = [...(types.has('Ingress') ? [ingress] : []), ...(types.has('Egress') ? [egress] : [])];
  return parts.join(', and ');
}

function writtenText(planned: readonly PlannedPolicy[], policy: GatePolicy, labels: Labels): readonly string[] {
  const byTypes = Map.groupBy(planned, ({ manifest }) => manifest.spec.policyTypes.join());
  return [...byTypes.values()].map(group => {
    const policies = subjectsText(group.map(({ manifest }) => manifest.metadata.name));
    const servers = subjectsText(group.map(({ server }) => refText(server)));
    const specs = group.map(({ manifest }) => manifest.spec);
    const cut = cutText(specs, policy, labels);
    return `${IN_ENFORCE} the controller writes NetworkPolicy ${policies} for ${servers} at once, for Pods that run too: then ${cut}.`;
  });
}

function plannedPolicies(judge: Judge, world: World, namespace: string): readonly PlannedPolicy[] {
  const permitted = permittedActions(world.namespace(namespace), judge);
  return planPolicies(world, namespace, judge, permitted).filter(action => action.kind === 'apply-policy');
}

/** New Pods of these servers are refused; what runs goes on. */
function refusedText(refused: readonly JudgedServer[]): readonly string[] {
  if (refused.length === 0) return [];
  return [
    `${IN_ENFORCE} new Pods of ${subjectsText(namesOf(refused))} are refused until what is said below is mended.`,
  ];
}

function waitingText(waiting: readonly JudgedServer[], isCreating: boolean): readonly string[] {
  if (waiting.length === 0) return [];
  const which = isCreating ? 'which you have to write, since the controller cannot' : 'which you have to write';
  return [`${IN_ENFORCE} new Pods of ${subjectsText(namesOf(waiting))} wait for a NetworkPolicy, ${which}.`];
}

/** What becomes of the servers of a namespace that comes to enforce. */
export interface EnforcementEffects<Server extends Judged> {
  /** New Pods of these are refused. */
  readonly refused: readonly Server[];
  /** New Pods of these wait for a policy that somebody has to write. */
  readonly waiting: readonly Server[];
  /** Policies that the controller writes at once. */
  readonly planned: readonly PlannedPolicy[];
  /** The controller writes policies, and which was not worked out. */
  readonly isTooMany: boolean;
}

/** What becomes of servers once their namespace enforces, as it does in this world. `servers`: those of the namespace, judged in it. */
export function enforcementEffects<Server extends Judged>(
  judge: Judge,
  world: World,
  namespace: string,
  servers: readonly Server[],
): EnforcementEffects<Server> {
  const { absentPolicy } = postureOf(namespaceLabels(world.namespace(namespace)), judge.policy);
  const lacking = servers.filter(lacksPolicy);
  const isCreating = absentPolicy === 'create' && lacking.length > 0;
  const isTooMany = isCreating && world.namespace(namespace).workloads.size > MAX_PLANNED;
  const planned = isCreating && !isTooMany ? plannedPolicies(judge, world, namespace) : [];
  const written = writtenFor(planned);
  const isCovered = ({ decision }: Server): boolean => isTooMany || written.has(refText(decision.subject));
  return {
    refused: servers.filter(server => isRefusedAnyway(server) || (absentPolicy === 'reject' && lacksPolicy(server))),
    waiting: lacking.filter(server => absentPolicy !== 'reject' && !isRefusedAnyway(server) && !isCovered(server)),
    planned,
    isTooMany,
  };
}

const writtenFor = (planned: readonly PlannedPolicy[]): ReadonlySet<string> =>
  new Set(planned.map(({ server }) => refText(server)));

/** What follows where a namespace comes to enforce. */
export interface Enforcement {
  /** Whole sentences, in the order in which they matter. */
  readonly texts: readonly string[];
  /** Servers that get their policies from the controller, by name: that they lack them is nothing to mend. */
  readonly written: ReadonlySet<string>;
}

/**
 * What follows at once where a namespace comes to enforce, in whole sentences: whose new Pods are refused, whose wait, which policies the controller
 * writes, and whom those leave. `world`: with the change. `servers`: those of the namespace.
 */
export function enforcementOf(
  judge: Judge,
  world: World,
  namespace: string,
  servers: readonly JudgedServer[],
): Enforcement {
  const labels = namespaceLabels(world.namespace(namespace));
  const { absentPolicy } = postureOf(labels, judge.policy);
  const { refused, waiting, planned, isTooMany } = enforcementEffects(judge, world, namespace, servers);
  const tooMany = `${IN_ENFORCE} the controller writes the policies that are absent; which, is not worked out for more than ${MAX_PLANNED} workloads.`;
  const texts = [
    ...refusedText(refused),
    ...waitingText(waiting, absentPolicy === 'create'),
    ...(isTooMany ? [tooMany] : writtenText(planned, judge.policy, labels)),
  ];
  return { texts, written: writtenFor(planned) };
}

/** Whether the servers of a namespace fare differently from now on because it enforces, or because of what comes of absent policies. */
export const comesToEnforce = (before: Posture, after: Posture): boolean =>
  after.mode === 'enforce' && (before.mode !== 'enforce' || before.absentPolicy !== after.absentPolicy);
