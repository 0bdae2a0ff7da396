import type { Decision, Finding } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder, type Decoder } from '../../core/kube/decode.ts';
import type { NetworkPolicy, ObjectRef, Workload } from '../../core/kube/types.ts';
import {
  type CorrectPolicy,
  correctPolicy,
  correctPolicyFor,
  inDirections,
  lackingDirections,
  type NoPolicy,
} from '../../core/remedy/correct-policy.ts';
import { freeName } from '../../core/remedy/policy-name.ts';
import type { NetworkPolicyManifest } from '../../core/remedy/syntax.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import { namespaceLabels, objectKey, overlay, type World } from '../../core/world.ts';
import { alternativesOf } from './alternatives.ts';
import { type JudgedInput, refKey } from './check.ts';
import { once } from './merge-worlds.ts';

/** A policy for one server. */
export interface GeneratedPolicy extends CorrectPolicy {
  readonly subject: ObjectRef;
}

/** What can be done for the servers that lack a policy. Each list is in the order of the decisions. */
export interface GeneratedPolicies {
  readonly policies: readonly GeneratedPolicy[];
  /** Servers that lack a policy, where none can be written. */
  readonly skipped: readonly { readonly subject: ObjectRef; readonly reason: string }[];
  /** Servers that stay denied with the policy in place, and for what: another policy opens them, a Service publishes them. */
  readonly remaining: readonly { readonly subject: ObjectRef; readonly findings: readonly Finding[] }[];
}

/** Whether the manifest of a server names its namespace; where it does not, neither does the policy, so that both go to the same one. */
type NamesNamespace = (subject: ObjectRef) => boolean;

/** No policy governs pods in the network of their node, so that nothing else is found lacking. */
const isOutOfReach = ({ findings }: Decision): boolean =>
  findings.some(({ rule, messageId }) => rule === 'host-network' && messageId === 'host-network');

interface Draft {
  /** The server as it is judged; for one that the input holds as its policy alone, what that policy stands for. */
  readonly workload: Workload;
  readonly written: CorrectPolicy | NoPolicy;
}

function draftForPolicy(existing: NetworkPolicy, decision: Decision, world: World, policy: GatePolicy): Draft {
  const workload = virtualServer(existing);
  const { namespace, name } = existing.meta;
  if (existing.podSelector.length === 0)
    return { workload, written: { reason: 'its selector is empty: say which pods are the server' } };
  const target = {
    namespace,
    name,
    podSelector: existing.podSelector,
    containerPorts: workload.containers.flatMap(({ ports }) => ports),
  };
  const labels = namespaceLabels(world.namespace(namespace));
  return { workload, written: correctPolicyFor(target, decision.mcp.ports, labels, policy) };
}

function draftFor(decision: Decision, world: World, policy: GatePolicy): Draft | undefined {
  const { subject, mcp } = decision;
  const content = world.namespace(subject.namespace);
  const key = objectKey({ kind: subject.kind, meta: subject });
  if (subject.kind === 'NetworkPolicy') {
    const existing = content.policies.get(key);
    return existing && draftForPolicy(existing, decision, world, policy);
  }
  const workload = content.workloads.get(key);
  return workload && { workload, written: correctPolicy(workload, mcp, namespaceLabels(content), policy) };
}

function named(manifest: NetworkPolicyManifest, name: string): NetworkPolicyManifest {
  return { ...manifest, metadata: { ...manifest.metadata, name } };
}

function withoutNamespace(manifest: NetworkPolicyManifest): NetworkPolicyManifest {
  return { ...manifest, metadata: { name: manifest.metadata.name } };
}

interface Trial {
  readonly judge: Judge;
  readonly decode: Decoder;
  readonly world: World;
}

/** The denials that stay in worlds where objects are as other documents of theirs say. */
function denialsElsewhere(
  manifest: NetworkPolicyManifest,
  decision: Decision,
  worlds: readonly World[],
  trial: Trial,
): readonly Finding[] {
  return worlds.flatMap(world => {
    const draft = draftFor(decision, world, trial.judge.policy);
    const denials = draft && denialsWith(manifest, draft.workload, decision, { ...trial, world });
    return denials === undefined || 'reason' in denials ? [] : denials;
  });
}

/** What the server is denied for once the policy is there; the reason where the policy would be refused. */
function denialsWith(
  manifest: NetworkPolicyManifest,
  workload: Workload,
  { subject, mcp }: Decision,
  { judge, decode, world }: Trial,
): readonly Finding[] | NoPolicy {
  const decoded = decode({ ...manifest });
  const fault = decoded.kind === 'other' ? undefined : decoded.issues.find(({ severity }) => severity === 'error');
  if (decoded.kind !== 'object' || fault !== undefined)
    return { reason: `its policy would be refused: ${fault?.message ?? 'it cannot be read'}` };
  const after = judge.evaluateServer(overlay(world, { after: decoded.object }), workload, mcp, subject);
  return after.findings.filter(({ level }) => level === 'deny');
}

/**
 * The correct policy for every server that lacks one, each tried out before it is given: for the directions that lack it, so that what is closed
 * already stays as closed as it is. Nothing that is in the world is replaced.
 * `names`: absent, every policy names its namespace. `others`: worlds in which the policies are tried out as well.
 */
function generatePolicies(
  world: World,
  decisions: readonly Decision[],
  policy: GatePolicy,
  names: NamesNamespace = () => true,
  others: readonly World[] = [],
): GeneratedPolicies {
  const trial: Trial = { judge: createJudge(policy), decode: createDecoder(), world };
  const policies: GeneratedPolicy[] = [];
  const skipped: { subject: ObjectRef; reason: string }[] = [];
  const remaining: { subject: ObjectRef; findings: readonly Finding[] }[] = [];
  const taken = new Set<string>();
  for (const decision of decisions) {
    const { subject } = decision;
    const lacking = lackingDirections(decision);
    if (!lacking.ingress && !lacking.egress && !isOutOfReach(decision)) continue;
    const draft = draftFor(decision, world, policy);
    if (draft === undefined) continue;
    const { workload } = draft;
    if ('reason' in draft.written) {
      skipped.push({ subject, reason: draft.written.reason });
      continue;
    }
    const written = inDirections(draft.written, lacking);
    const existing = world.namespace(subject.namespace).policies;
    const name = freeName(
      written.manifest.metadata.name,
      subject,
      'person',
      one => taken.has(`${subject.namespace}/${one}`) || existing.has(`NetworkPolicy/${one}`),
    );
    const manifest = named(written.manifest, name);
    const denials = denialsWith(manifest, workload, decision, trial);
    if ('reason' in denials) {
      skipped.push({ subject, reason: denials.reason });
      continue;
    }
    taken.add(`${subject.namespace}/${name}`);
    policies.push({ subject, notes: written.notes, manifest: names(subject) ? manifest : withoutNamespace(manifest) });
    const findings = once([...denials, ...denialsElsewhere(manifest, decision, others, trial)]);
    if (findings.length > 0) remaining.push({ subject, findings });
  }
  return { policies, skipped, remaining };
}

/** As {@link generatePolicies}, for an input as `check` judged it: a policy names its namespace where the manifest of its server does. */
export function generateForInput(judged: JudgedInput, policy: GatePolicy): GeneratedPolicies {
  const names: NamesNamespace = subject => judged.objects.get(refKey(subject))?.namesNamespace ?? false;
  const others = (alternativesOf(judged) ?? []).map(({ world }) => world);
  return generatePolicies(judged.world, judged.decisions, policy, names, others);
}

/** The same for several worlds; a policy or a reason that two of them share is there once. */
export function generateForWorlds(worlds: readonly JudgedInput[], policy: GatePolicy): GeneratedPolicies {
  const all = worlds.map(judged => generateForInput(judged, policy));
  return {
    policies: once(all.flatMap(({ policies }) => policies)),
    skipped: once(all.flatMap(({ skipped }) => skipped)),
    remaining: once(all.flatMap(({ remaining }) => remaining)),
  };
}
