import type { Decision, Finding, McpJudgement } from '../decision.ts';
import { formatPath } from '../field-path.ts';
import type { WritingPolicy } from '../gate/types.ts';
import { type NetworkPolicyManifest, selectorManifest } from '../kube/syntax.ts';
import type { ContainerPort, Direction, Labels, Selector, Workload } from '../kube/types.ts';
import { policyFor } from '../operated.ts';
import type { Dialect } from './dialect.ts';
import { type DialectManifest, dialectPart, dialectPolicy } from './dialect-policy.ts';
import { egressRules, type internetRules } from './egress-rules.ts';
import { ingressRules } from './ingress-rules.ts';
import { policyName } from './policy-name.ts';
import { isGatewayUnknown } from './seen-gateways.ts';
import { servedGrants } from './served-grants.ts';
import { stableSelector } from './stable-selector.ts';

/** A policy as it is to be written, with what to say of its parts. */
export interface CorrectPolicy {
  readonly manifest: NetworkPolicyManifest;
  /** By field path: of a rule, or of one entry of an `except` list. Words from the configuration, so they are to be made visible text. */
  readonly notes: ReadonlyMap<string, string>;
  /** Stands beside it, and adds what a NetworkPolicy cannot say. Absent: there is nothing to add, or no dialect to say it in. */
  readonly beside?: DialectManifest;
}

/** Why there can be no policy. */
export interface NoPolicy {
  readonly reason: string;
}

/** The pods that a policy is written for. */
export interface PolicyTarget {
  readonly namespace: string;
  readonly name: string;
  /** Not empty: that would be every pod of the namespace. */
  readonly podSelector: Selector;
  readonly containerPorts: readonly ContainerPort[];
}

/** The policy for pods that are known by a selector, under the name that a person gives it; see {@link correctPolicy}. `dialect`: of what stands beside it. `internet`: see {@link egressRules}. */
export function correctPolicyFor(
  target: PolicyTarget,
  ports: McpJudgement['ports'],
  namespaceLabels: Labels,
  policy: WritingPolicy,
  dialect?: Dialect,
  internet?: typeof internetRules,
): CorrectPolicy {
  const ingress = ingressRules(policy, namespaceLabels, { mcp: ports, declared: target.containerPorts });
  const named = { ...target, name: policyName(target.name, 'person') };
  const grants = dialect && servedGrants(policy, namespaceLabels, dialect);
  const beside = dialect && grants && dialectPolicy(named, grants, dialect);
  const egress = egressRules(policy, namespaceLabels, grants !== undefined && grants.named.length > 0, internet);
  const notes = new Map<string, string>();
  if (ingress.length === 0 && isGatewayUnknown(policy))
    notes.set(formatPath(['spec', 'ingress']), 'no gateway is known: nobody is admitted');
  ingress.forEach(({ note }, index) => {
    notes.set(formatPath(['spec', 'ingress', index]), note);
  });
  egress.forEach(({ note, exceptNotes }, index) => {
    notes.set(formatPath(['spec', 'egress', index]), note);
    exceptNotes.forEach((exceptNote, entry) => {
      notes.set(formatPath(['spec', 'egress', index, 'to', 0, 'ipBlock', 'except', entry]), exceptNote);
    });
  });
  const manifest: NetworkPolicyManifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: policyName(target.name, 'person'), namespace: target.namespace },
    spec: {
      podSelector: selectorManifest(target.podSelector),
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingress.map(({ rule }) => rule),
      egress: egress.map(({ rule }) => rule),
    },
  };
  return { manifest, notes, ...(beside && { beside }) };
}

/** The directions that a policy governs, or is to govern. */
export type Directions = Readonly<Record<Direction, boolean>>;

/** The part of a policy that governs these directions alone. Policies only add traffic: one that governed a closed direction too would open it further. */
export function inDirections({ manifest, notes, beside }: CorrectPolicy, directions: Directions): CorrectPolicy {
  const { podSelector, ingress, egress } = manifest.spec;
  const spec: NetworkPolicyManifest['spec'] = {
    podSelector,
    policyTypes: manifest.spec.policyTypes.filter(type => directions[type === 'Ingress' ? 'ingress' : 'egress']),
    ...(directions.ingress && ingress && { ingress }),
    ...(directions.egress && egress && { egress }),
  };
  const part = beside && dialectPart(beside, directions);
  const isKept = (path: string): boolean => directions[path.startsWith('spec.ingress') ? 'ingress' : 'egress'];
  return {
    manifest: { ...manifest, spec },
    notes: new Map([...notes].filter(([path]) => isKept(path))),
    ...(part && { beside: part }),
  };
}

/**
 * The policy that puts a server behind its gateway: it admits the gateways that serve the namespace, on the ports where the server serves
 * (all that are granted where that is not known), and the allowed clients; it lets out to the allowed destinations and to the internet,
 * to nothing that is protected. IPv6 stays closed unless a configured class has IPv6 ranges. Everything in it is granted by the
 * configuration, so that it stays allowed whichever other pods of the namespace it selects too. Where no gateway is known it admits none. `dialect`: in
 * which another policy adds what this cannot say; absent: in none. `internet`: see {@link egressRules}.
 */
export function correctPolicy(
  subject: Workload,
  mcp: McpJudgement,
  namespaceLabels: Labels,
  policy: WritingPolicy,
  dialect?: Dialect,
  internet?: typeof internetRules,
): CorrectPolicy | NoPolicy {
  if (subject.hostNetwork)
    return { reason: 'its pods run in the network of the node, where no NetworkPolicy applies: remove hostNetwork' };
  const podSelector = stableSelector(subject);
  if (podSelector.length === 0) {
    return {
      reason:
        'its pods have no label of their own that stays, so that only a policy for the whole namespace would select them: give them a label',
    };
  }
  const { namespace, name, generateName } = subject.meta;
  const named = name || generateName.replace(/-$/, '');
  return correctPolicyFor(
    {
      namespace,
      name: subject.part === '' ? named : `${named}-${subject.part}`,
      podSelector,
      containerPorts: subject.containers.flatMap(({ ports }) => ports),
    },
    mcp.ports,
    namespaceLabels,
    policyFor(subject, policy),
    dialect,
    internet,
  );
}

/** The directions in which another policy would mend the server: none isolates it there, or its own gateway is shut out. */
export function lackingDirections({ findings }: Pick<Decision, 'findings'>): Directions {
  const isLockedOut = ({ rule, messageId }: Finding): boolean =>
    rule === 'gateway-locked-out' && messageId === 'locked-out';
  return {
    ingress: findings.some(finding => finding.rule === 'ingress-not-isolated' || isLockedOut(finding)),
    egress: findings.some(({ rule }) => rule === 'egress-not-isolated'),
  };
}
