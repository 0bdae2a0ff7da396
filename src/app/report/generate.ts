import type { Decision, Finding } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy, WritingPolicy } from '../../core/gate/types.ts';
import { createDecoder, type Decoder } from '../../core/kube/decode.ts';
import type { NetworkPolicyManifest } from '../../core/kube/syntax.ts';
import type { NetworkPolicy, ObjectRef, Workload } from '../../core/kube/types.ts';
import { byName } from '../../core/order.ts';
import {
  type CorrectPolicy,
  correctPolicy,
  correctPolicyFor,
  type Directions,
  inDirections,
  lackingDirections,
  type NoPolicy,
} from '../../core/remedy/correct-policy.ts';
import type { Dialect } from '../../core/remedy/dialect.ts';
import { type DialectManifest, dialectNamed } from '../../core/remedy/dialect-policy.ts';
import { freeName } from '../../core/remedy/policy-name.ts';
import { type ReadPolicies, readWritten } from '../../core/remedy/read-written.ts';
import {
  gatewaysSeenIn,
  isGatewayUnknown,
  NAME_THE_GATEWAY,
  type SettleGateways,
} from '../../core/remedy/seen-gateways.ts';
import { WRITTEN_ANNOTATION, writtenFor, writtenMark } from '../../core/remedy/written-mark.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import { overlay } from '../../core/world/overlay.ts';
import { objectKey, refOf } from '../../core/world/refs.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import { atOnce, type Steps, stepEach } from '../steps.ts';
import { alternativesOf } from './alternatives.ts';
import { type JudgedInput, refKey } from './check.ts';
import { once } from './merge-worlds.ts';

/** A policy for one server. */
export interface GeneratedPolicy extends CorrectPolicy {
  readonly subject: ObjectRef;
  /** One of the same name, written before and not edited since, whose place it takes. */
  readonly replaces?: ObjectRef;
}

/** What is to be said of the gateway of a server, where the configuration names none. */
export interface GatewayNote {
  readonly subject: ObjectRef;
  /** Nobody is known: a policy of its own admits no gateway, and where it has one already, none can be added. */
  readonly isUnknown: boolean;
  readonly says: string;
}

/** What can be done for the servers that lack a policy. Each list is in the order of the decisions. */
export interface GeneratedPolicies {
  readonly policies: readonly GeneratedPolicy[];
  /** Servers that lack a policy, where none can be written. */
  readonly skipped: readonly { readonly subject: ObjectRef; readonly reason: string }[];
  /** What was taken for the gateway of a server where none is configured, and whom nothing was found for. */
  readonly gateways: readonly GatewayNote[];
  /** Servers that stay denied with what is printed, and for what: another policy opens them, a Service publishes them. */
  readonly remaining: readonly { readonly subject: ObjectRef; readonly findings: readonly Finding[] }[];
}

/** Whether the manifest of a server names its namespace; where it does not, neither does the policy, so that both go to the same one. */
type NamesNamespace = (subject: ObjectRef) => boolean;

/** No policy governs pods in the network of their node, so that nothing else is found lacking. */
const isOutOfReach = ({ findings }: Decision): boolean =>
  findings.some(({ rule, messageId }) => rule === 'host-network' && messageId === 'host-network');

interface Draft {
  readonly policy: WritingPolicy;
  /** The server as it is judged; for one that the input holds as its policy alone, what that policy stands for. */
  readonly workload: Workload;
  readonly written: CorrectPolicy | NoPolicy;
}

/** How policies are written. */
interface WritingChoices {
  readonly settle: SettleGateways;
  /** Of the policies that stand beside them; `undefined`: there are none. */
  readonly dialect: Dialect | undefined;
}

function draftForPolicy(
  existing: NetworkPolicy,
  decision: Decision,
  world: World,
  { settle, dialect }: WritingChoices,
): Draft {
  const workload = virtualServer(existing);
  const policy = settle(workload);
  const { namespace, name } = existing.meta;
  if (existing.podSelector.length === 0)
    return { policy, workload, written: { reason: 'its selector is empty: say which pods are the server' } };
  const target = {
    namespace,
    name,
    podSelector: existing.podSelector,
    containerPorts: workload.containers.flatMap(({ ports }) => ports),
  };
  const labels = namespaceLabels(world.namespace(namespace));
  return {
    policy,
    workload,
    written: correctPolicyFor(target, decision.mcp.ports, labels, policy, dialect),
  };
}

function draftFor(decision: Decision, world: World, choices: WritingChoices): Draft | undefined {
  const { settle, dialect } = choices;
  const { subject, mcp } = decision;
  const content = world.namespace(subject.namespace);
  const key = objectKey({ kind: subject.kind, meta: subject });
  if (subject.kind === 'NetworkPolicy') {
    const existing = content.policies.get(key);
    return existing && draftForPolicy(existing, decision, world, choices);
  }
  const workload = content.workloads.get(key);
  if (workload === undefined) return undefined;
  const policy = settle(workload);
  return {
    policy,
    workload,
    written: correctPolicy(workload, mcp, namespaceLabels(content), policy, dialect),
  };
}

/** Says who is let in as the gateway, where that is not configured. */
function gatewayNote(subject: ObjectRef, { gateways }: WritingPolicy): GatewayNote | undefined {
  if (gateways.kind === 'configured') return undefined;
  const [first] = gateways.grants;
  if (first === undefined)
    return { subject, isUnknown: true, says: `no gateway is configured, and none was found: ${NAME_THE_GATEWAY}` };
  const seen = gateways.grants.map(({ name, reason }) => `${name} (${reason})`).join(', ');
  const says = `no gateway is configured, so what looks like it is let in: ${seen}; ${NAME_THE_GATEWAY}`;
  return { subject, isUnknown: false, says };
}

/** The directions to write a policy for: none for a gateway that is shut out and that nobody can name. */
function directionsFor(decision: Decision, policy: WritingPolicy): Directions {
  const lacking = lackingDirections(decision);
  if (!isGatewayUnknown(policy)) return lacking;
  return { ...lacking, ingress: decision.findings.some(({ rule }) => rule === 'ingress-not-isolated') };
}

const isDeny = ({ level }: Finding): boolean => level === 'deny';

/** The policy and what stands beside it by another name. */
function named({ manifest, notes, beside }: CorrectPolicy, { namespace }: ObjectRef, name: string): CorrectPolicy {
  return {
    manifest: { ...manifest, metadata: { ...manifest.metadata, name } },
    notes,
    ...(beside && { beside: dialectNamed(beside, namespace, name) }),
  };
}

function withoutNamespace<Manifest extends NetworkPolicyManifest | DialectManifest>(manifest: Manifest): Manifest {
  const { namespace: _, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}

interface Trial extends WritingChoices {
  readonly judge: Judge;
  readonly decode: Decoder;
  readonly world: World;
  readonly ownPolicyOf: OwnPolicyOf;
  /** Worlds in which the policies are tried out as well: objects are there as other documents of theirs say. */
  readonly others: readonly World[];
}

/** What the server is denied for once the policies are there. */
function denialsWith(
  { all }: ReadPolicies,
  workload: Workload,
  { subject, mcp }: Decision,
  { judge }: Trial,
  world: World,
): readonly Finding[] {
  const tried = all.reduce((before, object) => overlay(before, { after: object }), world);
  const after = judge.evaluateServer(tried, workload, mcp, subject);
  return after.findings.filter(isDeny);
}

const decodedPolicies = ({ manifest, beside }: CorrectPolicy, { decode }: Trial): ReadPolicies | NoPolicy =>
  readWritten(beside ? [manifest, beside] : [manifest], decode);

/** The denials that stay in the other worlds. */
function denialsElsewhere(tried: ReadPolicies, decision: Decision, trial: Trial): readonly Finding[] {
  return trial.others.flatMap(world => {
    const draft = draftFor(decision, world, trial);
    return draft === undefined ? [] : denialsWith(tried, draft.workload, decision, trial, world);
  });
}

/** What becomes of one server. */
interface Answer {
  readonly policy?: CorrectPolicy;
  readonly replaces?: ObjectRef | undefined;
  readonly gateway?: GatewayNote | undefined;
  readonly skipped?: string;
  /** What it stays denied for. */
  readonly denials: readonly Finding[];
}

/** The policy with the mark by which it is known again. */
function marked(manifest: NetworkPolicyManifest, subject: ObjectRef, decoded: NetworkPolicy): NetworkPolicyManifest {
  const annotations = { [WRITTEN_ANNOTATION]: writtenMark(subject, decoded) };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** What was written for a server before and says the same still: the first by name. What a person has edited since is his. */
type OwnPolicyOf = (subject: ObjectRef) => NetworkPolicy | undefined;

function ownPoliciesIn(world: World): OwnPolicyOf {
  const byNamespace = new Map<string, ReadonlyMap<string, NetworkPolicy>>();
  const writtenIn = (namespace: string): ReadonlyMap<string, NetworkPolicy> => {
    const untouched = [...world.namespace(namespace).policies.values()].flatMap(policy => {
      const written = writtenFor(policy);
      return written?.isUntouched ? [[written.server, policy] as const] : [];
    });
    // Of two for one server, the first by name is put in last.
    return new Map(untouched.sort(([, a], [, b]) => byName(b, a)));
  };
  return ({ kind, namespace, name }) => {
    const written = byNamespace.get(namespace) ?? writtenIn(namespace);
    byNamespace.set(namespace, written);
    return written.get(`${kind}/${name}`);
  };
}

/**
 * The policy that takes the place of one that was written before, where the configuration or the server has changed since. Gateways that are only seen
 * are no reason to change one with which nothing is wrong: it may have been written with a configuration. Nothing where nobody is known to be the gateway.
 */
function rewrite(own: NetworkPolicy, draft: Draft, decision: Decision, trial: Trial): Answer | undefined {
  const { policy, written, workload } = draft;
  if ('reason' in written || isGatewayUnknown(policy)) return undefined;
  const isOwn = ({ object, level, messageId }: Finding): boolean =>
    (level === 'deny' && refKey(object) === refKey(refOf(own))) || messageId === 'locked-out';
  if (policy.gateways.kind === 'seen' && !decision.findings.some(isOwn)) return undefined;
  const lacking = lackingDirections(decision);
  const part = inDirections(written, {
    ingress: lacking.ingress || own.ingress.isolates,
    egress: lacking.egress || own.egress.isolates,
  });
  const renamed = named(part, decision.subject, own.meta.name);
  const decoded = decodedPolicies(renamed, trial);
  if ('reason' in decoded) return undefined;
  if (writtenMark(decision.subject, decoded.policy) === own.meta.annotations.get(WRITTEN_ANNOTATION)) return undefined;
  const denials = once([
    ...denialsWith(decoded, workload, decision, trial, trial.world),
    ...denialsElsewhere(decoded, decision, trial),
  ]);
  const answer = { ...renamed, manifest: marked(renamed.manifest, decision.subject, decoded.policy) };
  return { policy: answer, replaces: refOf(own), gateway: gatewayNote(decision.subject, policy), denials };
}

function answerFor(decision: Decision, trial: Trial, isTaken: (name: string) => boolean): Answer {
  const { subject } = decision;
  const denials = decision.findings.filter(isDeny);
  const lacking = lackingDirections(decision);
  const isLacking = lacking.ingress || lacking.egress || isOutOfReach(decision);
  const own = trial.ownPolicyOf(subject);
  const draft = isLacking || own ? draftFor(decision, trial.world, trial) : undefined;
  if (draft === undefined) return { denials };
  if ('reason' in draft.written) return isLacking ? { skipped: draft.written.reason, denials: [] } : { denials };
  if (own !== undefined) {
    const rewritten = rewrite(own, draft, decision, trial);
    if (rewritten !== undefined) return rewritten;
  }
  const directions = directionsFor(decision, draft.policy);
  const gateway = lacking.ingress ? gatewayNote(subject, draft.policy) : undefined;
  if (!directions.ingress && !directions.egress) return { gateway, denials };
  const written = inDirections(draft.written, directions);
  const name = freeName(written.manifest.metadata.name, subject, 'person', isTaken);
  const renamed = named(written, subject, name);
  const decoded = decodedPolicies(renamed, trial);
  if ('reason' in decoded) return { skipped: decoded.reason, denials: [] };
  const left = denialsWith(decoded, draft.workload, decision, trial, trial.world);
  const policy = { ...renamed, manifest: marked(renamed.manifest, subject, decoded.policy) };
  return { policy, gateway, denials: once([...left, ...denialsElsewhere(decoded, decision, trial)]) };
}

/**
 * The correct policy for every server that lacks one, each tried out before it is given: for the directions that lack it, so that what is closed
 * already stays as closed as it is. Nothing that is in the world is replaced.
 */
function* generatePolicies(
  trial: Trial,
  decisions: readonly Decision[],
  namesNamespace: NamesNamespace,
): Steps<GeneratedPolicies> {
  const taken = new Set<string>();
  const answers = yield* stepEach(decisions, decision => {
    const { subject } = decision;
    const { policies } = trial.world.namespace(subject.namespace);
    const isTaken = (name: string): boolean =>
      taken.has(`${subject.namespace}/${name}`) || policies.has(`NetworkPolicy/${name}`);
    const answer = answerFor(decision, trial, isTaken);
    if (answer.policy) taken.add(`${subject.namespace}/${answer.policy.manifest.metadata.name}`);
    return { subject, ...answer };
  });
  return {
    policies: answers.flatMap(({ subject, policy, replaces }) => {
      if (policy === undefined) return [];
      const { notes, manifest } = policy;
      const keeps = namesNamespace(replaces ?? subject);
      const written = keeps ? manifest : withoutNamespace(manifest);
      const beside = policy.beside && (keeps ? policy.beside : withoutNamespace(policy.beside));
      return [{ subject, notes, manifest: written, ...(beside && { beside }), ...(replaces && { replaces }) }];
    }),
    skipped: answers.flatMap(({ subject, skipped }) => (skipped === undefined ? [] : [{ subject, reason: skipped }])),
    gateways: answers.flatMap(({ gateway }) => gateway ?? []),
    remaining: answers.flatMap(({ subject, denials }) => (denials.length > 0 ? [{ subject, findings: denials }] : [])),
  };
}

/** Writes policies for servers of one world, in steps. What is written for one depends on the others of its namespace alone. */
export type GeneratePolicies = (decisions: readonly Decision[]) => Steps<GeneratedPolicies>;

/** As {@link generatePolicies}, for an input as `check` judged it: a policy names its namespace where the manifest of its server does. `dialect`: of what stands beside them. */
export function createGenerator(judged: JudgedInput, policy: GatePolicy, dialect?: Dialect): GeneratePolicies {
  const names: NamesNamespace = subject => judged.objects.get(refKey(subject))?.namesNamespace ?? false;
  const others = (alternativesOf(judged) ?? []).map(({ world }) => world);
  const { world, decisions } = judged;
  const servers = new Set(decisions.map(({ subject }) => refKey(subject)));
  const settle = gatewaysSeenIn(world, 'input', policy, workload => servers.has(refKey(refOf(workload))));
  const tools = { judge: createJudge(policy), decode: createDecoder(), ownPolicyOf: ownPoliciesIn(world) };
  const trial: Trial = { ...tools, world, others, settle, dialect };
  return some => generatePolicies(trial, some, names);
}

/** The same for all its servers. */
export const generateForInput = (judged: JudgedInput, policy: GatePolicy, dialect?: Dialect): GeneratedPolicies =>
  atOnce(createGenerator(judged, policy, dialect)(judged.decisions));

/** The same for several worlds; a policy or a reason that two of them share is there once. */
export function generateForWorlds(
  worlds: readonly JudgedInput[],
  policy: GatePolicy,
  dialect: Dialect | undefined,
): GeneratedPolicies {
  const all = worlds.map(judged => generateForInput(judged, policy, dialect));
  return {
    policies: once(all.flatMap(({ policies }) => policies)),
    skipped: once(all.flatMap(({ skipped }) => skipped)),
    gateways: once(all.flatMap(({ gateways }) => gateways)),
    remaining: once(all.flatMap(({ remaining }) => remaining)),
  };
}
