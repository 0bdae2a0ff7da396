import type { CalicoEntity, CalicoNetworkSet, CalicoPolicy, CalicoRule, CalicoTier } from '../../kube/calico.ts';
import { type Expression, holds, NAME_LABEL, NAMESPACE_LABEL, NAMESPACE_PREFIX } from '../../kube/calico-expression.ts';
import { DEFAULT_TIER, OWN_TIERS } from '../../kube/decode-calico.ts';
import type { Tier, TierPeer, TierPolicy, TierRule, TierRules, UnknownPart } from '../../kube/tiers.ts';
import type { BlockPeer, Direction, Labels } from '../../kube/types.ts';
import { unionAddresses } from '../../net/addresses.ts';
import { compare } from '../../order.ts';
import { podExpression } from './calico-pods.ts';

/** What Calico's selectors find beside pods. */
export interface CalicoSets {
  readonly sets: readonly CalicoNetworkSet[];
  /** Labels of a namespace by its name. */
  readonly namespaceLabels: (name: string) => Labels;
}

/** The labels by which selectors find a set of networks: its own, and where it is in a namespace those of that. */
function labelsOf({ meta }: CalicoNetworkSet, { namespaceLabels }: CalicoSets): Labels {
  if (meta.namespace === '') return meta.labels;
  const inherited = Array.from(
    namespaceLabels(meta.namespace),
    ([key, value]) => [NAMESPACE_PREFIX + key, value] as const,
  );
  return new Map([
    ...inherited,
    [NAMESPACE_PREFIX + NAME_LABEL, meta.namespace],
    ...meta.labels,
    [NAMESPACE_LABEL, meta.namespace],
  ]);
}

/** The addresses of all sets that a selector finds, as one block. */
function foundSets(selector: Expression, path: string, facts: CalicoSets): readonly TierPeer[] {
  const found = facts.sets.filter(set => holds(selector, labelsOf(set, facts)));
  if (found.length === 0) return [];
  const specified = unionAddresses(found.map(({ nets }) => nets));
  const text = `the networks of ${found.map(({ kind, meta }) => `${kind} ${meta.name}`).join(', ')}`;
  const block: BlockPeer = {
    ...{ kind: 'block', path, except: [], specified, worst: specified },
    cidr: { text, range: specified, problems: [] },
  };
  return [block];
}

/** Pods and sets of networks that a selector finds. */
const found = (selector: Expression, path: string, facts: CalicoSets): readonly TierPeer[] => [
  { kind: 'expression', path, where: podExpression(selector) },
  ...foundSets(selector, path, facts),
];

/** Whom an end of a rule means; `undefined`: everybody. */
function peersOf(
  { path, nets, selector, notSelector, domains }: CalicoEntity,
  facts: CalicoSets,
): readonly TierPeer[] | undefined {
  const besides: readonly TierPeer[] = [
    ...(nets === undefined ? [] : [nets]),
    ...(notSelector === undefined
      ? []
      : [{ kind: 'none' as const, path: `${path}.notSelector`, of: found(notSelector, `${path}.notSelector`, facts) }]),
    ...(domains === undefined ? [] : [{ kind: 'domains' as const, path: `${path}.domains`, domains }]),
  ];
  const selected = selector && found(selector, path, facts);
  if (selected === undefined) return besides.length === 0 ? undefined : [allOf(path, besides)];
  return besides.length === 0 ? selected : selected.map(one => allOf(path, [one, ...besides]));
}

function allOf(path: string, of: readonly TierPeer[]): TierPeer {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: 'all', path, of };
}

/** A set that a selector of the rule finds and that may hold more than is known. */
function incompleteSet({ source, destination }: CalicoRule, facts: CalicoSets): UnknownPart | undefined {
  for (const { path, selector, notSelector } of [source, destination]) {
    const selectors = [selector, notSelector].flatMap(one => one ?? []);
    const set = facts.sets
      .filter(({ incomplete }) => incomplete)
      .find(one => selectors.some(selector => holds(selector, labelsOf(one, facts))));
    if (set !== undefined)
      return { path, why: `${set.kind} ${set.meta.name} holds more than addresses that can be read` };
  }
  return undefined;
}

function ruleOf(rule: CalicoRule, direction: Direction, facts: CalicoSets): TierRule {
  const [own, other] = direction === 'ingress' ? [rule.destination, rule.source] : [rule.source, rule.destination];
  const ownPeers = peersOf(own, facts);
  const unknown = rule.unknown ?? incompleteSet(rule, facts);
  return {
    ...{ path: rule.path, action: rule.action, ports: rule.ports },
    peers: peersOf(other, facts) ?? [{ kind: 'any', path: rule.path }],
    ...(ownPeers && { own: ownPeers }),
    ...(unknown && { unknown }),
  };
}

/** Kinds that a kind of Kubernetes is called like are told with their group. */
const sourceOf = ({ kind, apiVersion, meta }: CalicoPolicy): TierPolicy['source'] => ({
  kind: kind === 'NetworkPolicy' ? `${kind}.${apiVersion.split('/')[0]}` : kind,
  namespace: meta.namespace,
  name: meta.name || meta.generateName,
});

/** May match, whoever it is, and may allow or deny it. */
const anything = (unknown: UnknownPart): readonly TierRule[] =>
  (['Allow', 'Deny'] as const).map(action => ({
    ...{ path: unknown.path, action, ports: { kind: 'any' as const }, unknown },
    peers: [{ kind: 'any', path: unknown.path }],
  }));

function policyOf(policy: CalicoPolicy, otherwise: TierRules['otherwise'], facts: CalicoSets): TierPolicy {
  const rules = (direction: Direction, written: readonly CalicoRule[]): TierRules => ({
    rules: [
      ...(policy.unknown ? anything(policy.unknown) : []),
      ...written.map(rule => ruleOf(rule, direction, facts)),
    ],
    otherwise,
  });
  return {
    source: sourceOf(policy),
    order: policy.order,
    subject: podExpression(policy.subject),
    ...(policy.ingress && { ingress: rules('ingress', policy.ingress) }),
    ...(policy.egress && { egress: rules('egress', policy.egress) }),
  };
}

/** A tier with the order that Calico evaluates it in. */
interface OrderedTier extends Tier {
  readonly order: number;
}

/** Where a tier stands that is not among the facts, nobody knows: its policies may decide before all others, or never. */
function unplaced(policy: CalicoPolicy): CalicoPolicy {
  const unknown = { path: 'spec.tier', why: `Tier ${policy.tier} is not there: its order is not known` };
  return { ...policy, ...(policy.ingress && { ingress: [] }), ...(policy.egress && { egress: [] }), unknown };
}

const UNKNOWN_TIER = { order: Number.NEGATIVE_INFINITY };

/** The tiers of other APIs that Calico has too, each with its order. */
const UPSTREAM_TIERS: ReadonlyMap<string, string> = new Map([
  ['Admin', 'kube-admin'],
  ['Baseline', 'kube-baseline'],
]);

/** Gives the policies of Calico a meaning. */
export interface CalicoReader {
  /** What a policy means: the same object each time. */
  meaningOf(policy: CalicoPolicy): TierPolicy;
  /**
   * The tiers of some policies in the order in which Calico evaluates them; those without an order last, equal ones by name. `networkPolicies`:
   * Kubernetes' own, which stand in the default tier with the order 1000; what they do not allow falls to the rest of it. `upstream`: tiers of other APIs.
   */
  tiersOf(
    policies: readonly CalicoPolicy[],
    networkPolicies: readonly TierPolicy[],
    upstream: readonly Tier[],
  ): readonly Tier[];
}

/** A reader for one world: it works out what each policy means once. */
export function calicoReader(tiers: readonly CalicoTier[], sets: CalicoSets): CalicoReader {
  const known = new Map<string, Pick<CalicoTier, 'order' | 'defaultAction'>>([
    ...OWN_TIERS,
    ...tiers.map(tier => [tier.meta.name, tier] as const),
  ]);
  const lowered = new Map<CalicoPolicy, TierPolicy>();
  const lower = (policy: CalicoPolicy): TierPolicy => {
    const tier = known.get(policy.tier);
    const found =
      lowered.get(policy) ??
      (tier === undefined ? policyOf(unplaced(policy), 'Pass', sets) : policyOf(policy, tier.defaultAction, sets));
    lowered.set(policy, found);
    return found;
  };
  return {
    meaningOf: lower,
    tiersOf: (policies, networkPolicies, upstream) => {
      const byTier = Map.groupBy(policies, ({ tier }) => tier);
      const own = [...new Set([...byTier.keys(), DEFAULT_TIER])].map((name): OrderedTier => {
        const ofTier = (byTier.get(name) ?? []).map(lower);
        const all = name === DEFAULT_TIER ? [...networkPolicies, ...ofTier] : ofTier;
        return { name, order: (known.get(name) ?? UNKNOWN_TIER).order, ties: 'by-name', policies: all };
      });
      const others = upstream.map((tier): OrderedTier => {
        const name = UPSTREAM_TIERS.get(tier.name) ?? tier.name;
        return { ...tier, order: known.get(name)?.order ?? Number.POSITIVE_INFINITY };
      });
      return [...others, ...own].toSorted((a, b) => compare(a.order, b.order) || compare(a.name, b.name));
    },
  };
}
