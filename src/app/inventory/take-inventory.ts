import type { Decision, McpJudgement } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import { MODE_LABEL, postureOf } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, SignalField } from '../../core/gate/types.ts';
import type { ObjectRef, Route, RouteParent, Workload } from '../../core/kube/types.ts';
import { type Approval, approvalOf } from '../../core/mcp/approval.ts';
import { transportOf } from '../../core/mcp/transport.ts';
import { type Guarded, guardedOf } from '../../core/netpol/guarded.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { type PublicationContext, publicationOf } from '../../core/publication.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import { isNetworkPolicy, isWorkload } from '../../core/world/object-kinds.ts';
import { objectKey, refOf } from '../../core/world/refs.ts';
import { type NamespaceContent, namespaceLabels } from '../../core/world/world.ts';
import { type JudgedInput, refKey, sourceOf } from '../report/check.ts';
import { authenticationOf } from './authentication.ts';
import type { FoundBy, InventoryDates, InventoryImage, InventoryServer, Registration } from './inventory.ts';
import { ownerOf } from './owner.ts';
import { notJudgedOf, trafficOf } from './traffic.ts';

/** Digests of the images that the containers of a Pod run, by the container's name. */
type DigestsOf = (namespace: string, pod: string) => ReadonlyMap<string, string> | undefined;

/** What an inventory is taken of. */
export interface InventoryInput {
  readonly judged: JudgedInput;
  /** That it was judged by. */
  readonly policy: GatePolicy;
  /** Empty: files. */
  readonly context: string;
  readonly digestsOf: DigestsOf;
  readonly datesOf: (server: ObjectRef) => InventoryDates;
}

/** The Pods of each workload of a namespace, by its key: those that it made by one step or several. */
function podsOf(content: NamespaceContent): ReadonlyMap<string, readonly Workload[]> {
  const owners = ownersIn(content);
  const pods = content.workloads.values().filter(({ kind }) => kind === 'Pod');
  return Map.groupBy(pods, pod => objectKey(lineage(pod, owners).at(-1) ?? pod));
}

const DIGEST = /@(sha256:[0-9a-f]{64})$/;

function imagesOf(subject: Workload, pods: readonly Workload[], digestsOf: DigestsOf): readonly InventoryImage[] {
  const running = pods.flatMap(({ meta }) => digestsOf(meta.namespace, meta.name) ?? []);
  return subject.containers.map(({ name, image }) => {
    const written = DIGEST.exec(image)?.[1];
    const seen = running.flatMap(digests => digests.get(name) ?? []);
    return { container: name, image, digests: written === undefined ? [...new Set(seen)].sort() : [written] };
  });
}

const BY_EVIDENCE: ReadonlyMap<string, FoundBy> = new Map([
  ['operator', 'operator'],
  ['named', 'reference'],
  ['declared', 'label'],
]);

/** By the first sign, which is the surest. */
function foundBy(
  { kind }: { readonly kind: string },
  { evidence }: McpJudgement,
  fields: ReadonlyMap<string, SignalField>,
): FoundBy {
  if (kind === 'NetworkPolicy') return 'policy';
  const [first] = evidence;
  if (first === undefined) return 'signs';
  return BY_EVIDENCE.get(first.signal) ?? (fields.get(first.signal) === 'owner' ? 'operator' : 'signs');
}

const parentText = ({ kind, namespace, name }: RouteParent): string =>
  kind === 'IngressClass'
    ? `ingress class ${name === '' ? 'of the cluster' : name}`
    : refText({ kind, namespace, name });

function routeText(route: Route): string {
  const through = route.through.map(parentText);
  return `${refText(refOf(route))}${through.length === 0 ? '' : ` through ${through.join(', ')}`}`;
}

/** What leads to a server; what only names it as one leads nowhere. */
function publicationTexts(context: PublicationContext) {
  const { routes, services } = publicationOf(context);
  const serviceText = (key: string): string => {
    const [namespace = '', name = ''] = key.split('/');
    const type = context.world.namespace(namespace).services.get(`Service/${name}`)?.type;
    return `Service ${key}${type === undefined ? '' : ` (${type})`}`;
  };
  const sure = [...services].filter(([, leading]) => leading === 'leads').map(([key]) => serviceText(key));
  const leading = [...routes].filter(([, one]) => one === 'leads').map(([route]) => routeText(route));
  return { services: sure.sort(compare), routes: leading.sort(compare) };
}

function registrationOf(approval: Approval | undefined): Registration {
  if (approval === undefined) return 'unknown';
  const isDeleted = approval.approved.some(({ entry }) => entry.status === 'deleted');
  return approval.unapproved.length === 0 && !isDeleted ? 'registered' : 'unregistered';
}

const rulesAt = ({ findings }: Decision, level: 'deny' | 'warn'): readonly string[] =>
  [...new Set(findings.filter(one => one.level === level).map(({ rule }) => rule))].sort(compare);

/** The workload that a decision is about; of a policy that is written for a server alone, the one that it stands for. */
function subjectOf({ subject, mcp }: Decision, { objects }: JudgedInput): Workload | undefined {
  const object = objects.get(refKey(subject))?.object;
  if (object === undefined || mcp.standing === 'no') return undefined;
  if (isWorkload(object)) return object;
  return isNetworkPolicy(object) ? virtualServer(object) : undefined;
}

/** What follows from the policy and the world alone. */
interface Ground {
  readonly input: InventoryInput;
  readonly guarded: Guarded;
  readonly judge: Judge;
  readonly fields: ReadonlyMap<string, SignalField>;
  readonly podsIn: (content: NamespaceContent) => ReturnType<typeof podsOf>;
}

function createGround(input: InventoryInput): Ground {
  const { protectedNetworks, detection } = input.policy;
  const pods = new Map<string, ReturnType<typeof podsOf>>();
  const podsIn = (content: NamespaceContent): ReturnType<typeof podsOf> => {
    const known = pods.get(content.name) ?? podsOf(content);
    pods.set(content.name, known);
    return known;
  };
  const fields = new Map(detection.signals.map(({ id, field }) => [id, field] as const));
  return { input, guarded: guardedOf(protectedNetworks), judge: createJudge(input.policy), fields, podsIn };
}

/** What it is, and where it runs. */
function identityOf(decision: Decision, subject: Workload, content: NamespaceContent, ground: Ground) {
  const { judged, policy, context, digestsOf } = ground.input;
  const { subject: ref, mcp } = decision;
  const approval = policy.registry && approvalOf(subject, mcp, policy.registry);
  const pods = subject.kind === 'Pod' ? [subject] : (ground.podsIn(content).get(objectKey(subject)) ?? []);
  return {
    ...{ context, namespace: ref.namespace, kind: ref.kind, name: ref.name },
    file: context === '' ? (sourceOf(judged, decision)?.file ?? '') : '',
    registration: registrationOf(approval),
    foundBy: foundBy(ref, mcp, ground.fields),
    evidence: mcp.evidence,
    owner: ownerOf(subject, content, approval?.approved.map(({ entry }) => entry) ?? []),
    images: imagesOf(subject, pods, digestsOf).filter(({ image }) => image !== ''),
    transport: transportOf(subject, mcp.ports.length > 0),
    ports: mcp.ports.map(({ protocol, number }) => `${protocol} ${number}`),
  };
}

function serverOf(decision: Decision, ground: Ground): readonly InventoryServer[] {
  const { judged, policy } = ground.input;
  const subject = subjectOf(decision, judged);
  const { standing } = decision.mcp;
  if (subject === undefined || standing === 'no') return [];
  const content = judged.world.namespace(decision.subject.namespace);
  const labels = namespaceLabels(content);
  const context = { subject, world: judged.world, content, guarded: ground.guarded };
  const { ingress, egress, isTooLarge } = trafficOf(subject, judged.world, ground.judge);
  return [
    {
      ...identityOf(decision, subject, content, ground),
      ...ground.input.datesOf(decision.subject),
      standing,
      ...publicationTexts(context),
      authentication: authenticationOf(context),
      ...{ ingress, egress, notJudged: notJudgedOf(decision, isTooLarge) },
      mode: postureOf(labels, policy).mode,
      modeByLabel: labels.has(MODE_LABEL),
      exceptions: decision.excepted.map(({ rule, exception }) => ({ rule, ...exception })),
      verdict: decision.verdict,
      denied: rulesAt(decision, 'deny'),
      warned: rulesAt(decision, 'warn'),
    },
  ];
}

/** The servers of one input, in the order of its decisions. */
export function takeInventory(input: InventoryInput): readonly InventoryServer[] {
  const ground = createGround(input);
  return input.judged.decisions.flatMap(decision => serverOf(decision, ground));
}
