import { decodePeer, decodePorts } from './decode-peers.ts';
import { decodeSelector } from './decode-selector.ts';
import { decodeChoice, type ReadTiers, type TierObject, type TierReader } from './decode-tier-rules.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import { selectorOf } from './selector.ts';
import type { PodExpression, TierAction, TierPeer, TierPolicy, TierPorts, TierRule, UnknownPart } from './tiers.ts';
import type { Direction, Selector } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

const SPEC: At = at(undefined, 'spec');
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
const PEERS_FIELD: Readonly<Record<Direction, string>> = { ingress: 'from', egress: 'to' };

const ACTIONS: ReadonlyMap<string, TierAction> = new Map([
  ['Allow', 'Allow'],
  ['Drop', 'Deny'],
  ['Reject', 'Deny'],
  ['Pass', 'Pass'],
]);

/** The tiers that are always there, by their names in small letters: the lowest number is evaluated first. Source: docs/antrea-network-policy.md. */
const TIER_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['emergency', 50],
  ['securityops', 100],
  ['networkops', 150],
  ['platform', 200],
  ['application', 250],
  ['baseline', 253],
]);
const DEFAULT_TIER = 'application';
const BASELINE_TIER = 'baseline';
/** More than any priority of a policy, which is 10,000 at the most. */
const TIER_STEP = 100_000;

const NOT_READ = 'is not judged: what it selects is not among the facts';
const inNamespace = (name: string): Selector => selectorOf(new Map([[NAMESPACE_NAME_LABEL, name]]));
const podsWhere = (namespaces: Selector | undefined, pods: Selector | undefined): PodExpression => ({
  kind: 'all',
  of: [
    ...(namespaces === undefined ? [] : [{ kind: 'namespace' as const, selector: namespaces }]),
    ...(pods === undefined ? [] : [{ kind: 'labels' as const, selector: pods }]),
  ],
});

/** What an entry of `appliedTo` or a peer means, or why that is not judged. */
type Meant<Value> = { readonly value: Value } | { readonly unknown: UnknownPart };

const notRead = (field: string, place: At): { readonly unknown: UnknownPart } => ({
  unknown: { path: pathText(at(place, field)), why: NOT_READ },
});

function selectorAt(fields: Fields, key: string, place: At, reading: Reading): Selector | undefined {
  const selector = reading.object(fields, key, place);
  return selector && decodeSelector(selector, at(place, key), reading);
}

/** `serviceAccount`: by name and namespace. */
function accountAt(fields: Fields, place: At, reading: Reading): PodExpression | undefined {
  const account = reading.object(fields, 'serviceAccount', place);
  if (account === undefined) return undefined;
  const name = reading.string(account, 'name', at(place, 'serviceAccount')) ?? '';
  const namespace = reading.string(account, 'namespace', at(place, 'serviceAccount')) ?? '';
  const named: PodExpression = { kind: 'service-account', names: new Set([name]) };
  return { kind: 'all', of: [{ kind: 'namespace', selector: inNamespace(namespace) }, named] };
}

const APPLIED_FIELDS = new Set([
  ...['podSelector', 'namespaceSelector', 'serviceAccount'],
  ...['externalEntitySelector', 'group', 'nodeSelector', 'service'],
]);

/** One entry of `appliedTo`. `home`: the namespace of the policy; empty: all. */
function appliedTo(fields: Fields, place: At, home: string, reading: Reading): Meant<PodExpression> {
  reading.knownFields(fields, APPLIED_FIELDS, place);
  const account = accountAt(fields, place, reading);
  if (account !== undefined) return { value: account };
  const unread = ['group', 'service', 'externalEntitySelector'].find(key => own(fields, key) !== undefined);
  if (unread !== undefined) return notRead(unread, place);
  // Policies of nodes have no pod as their subject.
  if (own(fields, 'nodeSelector') !== undefined) return { value: { kind: 'any', of: [] } };
  const namespaces = home === '' ? selectorAt(fields, 'namespaceSelector', place, reading) : inNamespace(home);
  return { value: podsWhere(namespaces, selectorAt(fields, 'podSelector', place, reading)) };
}

const PEER_FIELDS = new Set([
  ...['podSelector', 'namespaceSelector', 'namespaces', 'ipBlock', 'fqdn', 'nodeSelector', 'serviceAccount'],
  ...['externalEntitySelector', 'group', 'scope'],
]);

/** `namespaces`: `match: Self` means that of the policy's own pod. */
function matchesSelf(fields: Fields, place: At, reading: Reading): boolean {
  const namespaces = reading.object(fields, 'namespaces', place);
  return namespaces !== undefined && own(namespaces, 'match') === 'Self';
}

function podPeer(fields: Fields, place: At, { source, reading }: TierObject): TierPeer {
  const given = selectorAt(fields, 'namespaceSelector', place, reading);
  const isOwn = matchesSelf(fields, place, reading) || (given === undefined && source.namespace !== '');
  const pods = selectorAt(fields, 'podSelector', place, reading) ?? [];
  return { kind: 'pods', path: pathText(place), namespaces: isOwn ? 'own' : (given ?? []), pods };
}

/** One item of `from` or `to`. */
function peerOf(fields: Fields, place: At, object: TierObject): Meant<readonly TierPeer[]> {
  const { reading, readCidr } = object;
  const path = pathText(place);
  reading.knownFields(fields, PEER_FIELDS, place);
  const isSelf = own(fields, 'namespaces') === undefined || matchesSelf(fields, place, reading);
  const isAbroad = own(fields, 'scope') === 'ClusterSet';
  const unread = [
    ...['group', 'externalEntitySelector'],
    ...(isAbroad ? ['scope'] : []),
    ...(isSelf ? [] : ['namespaces']),
  ];
  const field = unread.find(key => own(fields, key) !== undefined);
  if (field !== undefined) return notRead(field, place);
  if (own(fields, 'ipBlock') !== undefined) {
    const block = decodePeer({ ipBlock: own(fields, 'ipBlock') }, place, reading, readCidr);
    return { value: block === undefined ? [] : [block] };
  }
  const name = reading.string(fields, 'fqdn', place);
  if (name !== undefined) return { value: [{ kind: 'domains', path, domains: [name.toLowerCase()] }] };
  const nodes = selectorAt(fields, 'nodeSelector', place, reading);
  if (nodes !== undefined) return { value: [{ kind: 'nodes', path, nodes }] };
  const where = accountAt(fields, place, reading);
  return { value: [where === undefined ? podPeer(fields, place, object) : { kind: 'expression', path, where }] };
}

/** `ports` and `protocols`: none of both are everything. A port of the source narrows what is not known of a connection. */
function portsOf(rule: Fields, place: At, reading: Reading): Meant<TierPorts> {
  const entries = reading.objects(rule, 'ports', place);
  const others = reading.list(rule, 'protocols', place).length > 0;
  const narrowed = entries.find(([entry]) =>
    ['sourcePort', 'sourceEndPort'].some(key => own(entry, key) !== undefined),
  );
  if (narrowed !== undefined) return notRead('sourcePort', narrowed[1]);
  const { value } = decodePorts(rule, place, reading);
  if (value.kind === 'only') return { value: { ...value, other: others } };
  return { value: others ? { kind: 'only', ports: [], other: true } : value };
}

const EITHER_WAY = ['name', 'action', 'ports', 'protocols', 'appliedTo', 'enableLogging', 'logLabel', 'l7Protocols'];
const RULE_FIELDS: Readonly<Record<Direction, ReadonlySet<string>>> = {
  ingress: new Set([...EITHER_WAY, 'from']),
  egress: new Set([...EITHER_WAY, 'to', 'toServices']),
};

/** Whom some entries mean together; `unknown`: the first that is not judged. */
function together<Value>(all: readonly Meant<Value>[]): {
  readonly values: readonly Value[];
  readonly unknown?: UnknownPart;
} {
  const values = all.flatMap(one => ('value' in one ? [one.value] : []));
  const [unknown] = all.flatMap(one => ('unknown' in one ? [one.unknown] : []));
  return { values, ...(unknown && { unknown }) };
}

/** A rule as it is judged, and once more for what of it is not: that may match anybody. */
function ruleOf(fields: Fields, place: At, direction: Direction, object: TierObject): readonly TierRule[] {
  const { source, reading } = object;
  reading.knownFields(fields, RULE_FIELDS[direction], place);
  const action = decodeChoice(fields, 'action', place, ACTIONS, 'invalid-action', reading);
  if (action === undefined) return [];
  const path = pathText(place);
  const items = reading.objects(fields, PEERS_FIELD[direction], place).map(([peer, up]) => peerOf(peer, up, object));
  const services = own(fields, 'toServices') === undefined ? [] : [notRead('toServices', place)];
  const peers = together([...items, ...services]);
  const applied = together(
    reading.objects(fields, 'appliedTo', place).map(([entry, up]) => appliedTo(entry, up, source.namespace, reading)),
  );
  const ports = portsOf(fields, place, reading);
  const anybody: TierPeer = { kind: 'any', path };
  const isForAll = items.length + services.length === 0;
  const isForSome = own(fields, 'appliedTo') !== undefined;
  const known: TierRule = {
    ...{ path, action },
    ports: 'value' in ports ? ports.value : { kind: 'any' },
    peers: isForAll ? [anybody] : peers.values.flat(),
    ...('unknown' in ports && { unknown: ports.unknown }),
  };
  const subject = isForSome && { own: applied.values.map(where => ({ kind: 'expression' as const, path, where })) };
  return [
    { ...known, ...subject },
    ...(peers.unknown ? [{ ...known, ...subject, peers: [anybody], unknown: peers.unknown }] : []),
    ...(applied.unknown
      ? [{ ...known, peers: peers.unknown ? [anybody] : known.peers, unknown: applied.unknown }]
      : []),
  ];
}

/** `spec.priority`: 1 to 10,000, parts of whole numbers too. */
function priorityOf(spec: Fields, reading: Reading): number {
  const place = at(SPEC, 'priority');
  const priority = own(spec, 'priority');
  if (typeof priority === 'number' && priority >= 1 && priority <= 10_000) return priority;
  reading.error('invalid-priority', place, priority === undefined ? 'is required' : 'is not between 1 and 10000');
  return 0;
}

/** Where a policy stands; a tier of one's own has a priority that is not among the facts. */
function tierOf(
  spec: Fields,
  reading: Reading,
): { readonly name: string; readonly priority: number; readonly doubt?: UnknownPart } {
  const name = (reading.string(spec, 'tier', SPEC) ?? DEFAULT_TIER).toLowerCase();
  const priority = TIER_PRIORITIES.get(name);
  if (priority !== undefined) return { name, priority };
  const why = `the priority of tier ${name} is not read: which policies it is asked before is not known`;
  return { name, priority: 0, doubt: { path: 'spec.tier', why } };
}

/** Every pod that the policy, or one of its rules, is for. */
function subjectOf(
  spec: Fields,
  { source, reading }: TierObject,
): { readonly where: PodExpression; readonly doubt?: UnknownPart } {
  const { values, unknown } = together(
    reading
      .objects(spec, 'appliedTo', SPEC)
      .map(([entry, place]) => appliedTo(entry, place, source.namespace, reading)),
  );
  if (unknown === undefined && values.length > 0) return { where: { kind: 'any', of: values } };
  const where = podsWhere(source.namespace === '' ? undefined : inNamespace(source.namespace), undefined);
  return { where, ...(unknown && { doubt: unknown }) };
}

const SPEC_FIELDS = new Set(['tier', 'priority', 'appliedTo', 'ingress', 'egress']);

function read(spec: Fields, object: TierObject): ReadTiers {
  const { source, reading } = object;
  reading.knownFields(spec, SPEC_FIELDS, SPEC);
  const tier = tierOf(spec, reading);
  const subject = subjectOf(spec, object);
  const rulesOf = (direction: Direction): readonly TierRule[] =>
    reading.objects(spec, direction, SPEC).flatMap(([rule, place]) => ruleOf(rule, place, direction, object));
  const [ingress = [], egress = []] = DIRECTIONS.map(rulesOf);
  const doubt = tier.doubt ?? subject.doubt;
  const policy: TierPolicy = {
    ...{ source, order: tier.priority * TIER_STEP + priorityOf(spec, reading), subject: subject.where },
    ...(doubt && { doubt }),
    ...(ingress.length > 0 && { ingress: { rules: ingress, otherwise: 'Pass' } }),
    ...(egress.length > 0 && { egress: { rules: egress, otherwise: 'Pass' } }),
  };
  return {
    ...{ podSelector: undefined, namespaceSelector: undefined },
    directions: DIRECTIONS.filter(direction => policy[direction] !== undefined),
    says: [{ tier: tier.name === BASELINE_TIER ? 'Antrea baseline' : 'Antrea', policy }],
  };
}

/**
 * crd.antrea.io/v1beta1 NetworkPolicy and ClusterNetworkPolicy: rules in order in tiers of their own, before NetworkPolicies and, in the tier baseline, after
 * them. They isolate nobody. Source: docs/antrea-network-policy.md and pkg/apis/crd/v1beta1/types.go in antrea-io/antrea.
 */
export const readAntreaPolicy: TierReader = { versions: ['v1beta1'], read };
