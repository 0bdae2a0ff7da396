import { selectorOf } from '../kube/selector.ts';
import { portManifests, selectorManifest } from '../kube/syntax.ts';
import type { Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { type Dialect, dialectKind } from './dialect.ts';
import { ciliumRules } from './dialect-cilium.ts';
import { protocolManifest } from './guardrail-tiers.ts';
import type { ServedGrants } from './served-grants.ts';

/** Fields of a spec beside its rules. */
type OtherFields = Readonly<Record<string, unknown>>;

/** A policy of another API as it is written beside a NetworkPolicy, to which it only adds. */
export interface DialectManifest {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent namespace: the one that the manifest is applied to, or none for a kind of the whole cluster. */
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: OtherFields & { readonly ingress?: readonly object[]; readonly egress?: readonly object[] };
}

/** The pods that a policy is written for, and its name. */
export interface DialectTarget {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: Selector;
}

/** Rules by direction, at least one; `undefined`: there is nothing to add to a NetworkPolicy. */
type Rules = Pick<DialectManifest['spec'], 'ingress' | 'egress'> | undefined;

interface Writing {
  readonly rules: (grants: ServedGrants) => Rules;
  /** What of the spec stands before its rules. */
  readonly subject: (target: DialectTarget) => OtherFields;
}

/** After the guardrail, whose denials it must not open. */
const PRIORITY = 10;

type RuleOf = (domains: readonly string[], ports: readonly object[] | undefined) => object;

/** A rule of egress for each destination that names hosts. */
const byName =
  (ruleOf: RuleOf) =>
  ({ named }: ServedGrants): Rules =>
    named.length === 0
      ? undefined
      : { egress: named.map(({ domains = [], ports }) => ruleOf(domains, portManifests(ports))) };

const gkeRule: RuleOf = (domains, ports) => ({
  matches: domains.map(domain => (domain.startsWith('*.') ? { pattern: domain } : { name: domain })),
  ...(ports && { ports }),
});

const awsRule: RuleOf = (domainNames, ports) => ({ to: [{ domainNames }], ...(ports && { ports }) });

const upstreamRules = ({ named }: ServedGrants): Rules =>
  named.length === 0
    ? undefined
    : {
        egress: named.map(({ name, domains, ports }) => ({
          name: name.slice(0, 100),
          action: 'Accept',
          to: [{ domainNames: domains }],
          ...(ports.kind === 'only' && { protocols: ports.ports.map(protocolManifest) }),
        })),
      };

const podsIn = ({ namespace, podSelector }: DialectTarget): object => ({
  namespaceSelector: selectorManifest(selectorOf(new Map([[NAMESPACE_NAME_LABEL, namespace]]))),
  podSelector: selectorManifest(podSelector),
});

const WRITINGS: Readonly<Record<Dialect, Writing>> = {
  cilium: {
    rules: ciliumRules,
    subject: ({ podSelector }) => ({ endpointSelector: selectorManifest(podSelector) }),
  },
  gke: {
    rules: byName(gkeRule),
    subject: ({ podSelector }) => ({ podSelector: selectorManifest(podSelector) }),
  },
  aws: {
    rules: byName(awsRule),
    subject: ({ podSelector }) => ({ podSelector: selectorManifest(podSelector), policyTypes: ['Egress'] }),
  },
  upstream: {
    rules: upstreamRules,
    subject: target => ({ tier: 'Admin', priority: PRIORITY, subject: { pods: podsIn(target) } }),
  },
};

/**
 * The policy that adds to a NetworkPolicy what that cannot say on a dataplane: hosts by name and, on Cilium, nodes and API servers, which no block matches
 * there. `undefined`: nothing is to be added. One of the whole cluster bears the namespace in its name.
 */
export function dialectPolicy(
  target: DialectTarget,
  grants: ServedGrants,
  dialect: Dialect,
): DialectManifest | undefined {
  const { rules: rulesOf, subject } = WRITINGS[dialect];
  const rules = rulesOf(grants);
  if (rules === undefined) return undefined;
  const { namespace, name } = target;
  const metadata = dialect === 'upstream' ? { name } : { name, namespace };
  return dialectNamed({ ...dialectKind(dialect), metadata, spec: { ...subject(target), ...rules } }, namespace, name);
}

/** The same by the name of the policy of this namespace that it stands beside. */
export function dialectNamed(manifest: DialectManifest, namespace: string, name: string): DialectManifest {
  const { metadata } = manifest;
  const isOfCluster = metadata.namespace === undefined;
  return { ...manifest, metadata: { ...metadata, name: isOfCluster ? `${namespace}.${name}` : name } };
}

/** The part that governs these directions; `undefined`: none of it does. */
export function dialectPart(
  manifest: DialectManifest,
  directions: Readonly<Record<'ingress' | 'egress', boolean>>,
): DialectManifest | undefined {
  const { ingress, egress, ...rest } = manifest.spec;
  const kept = {
    ...(directions.ingress && ingress && { ingress }),
    ...(directions.egress && egress && { egress }),
  };
  return Object.keys(kept).length === 0 ? undefined : { ...manifest, spec: { ...rest, ...kept } };
}
