import { decodePeer, decodePorts } from './decode-peers.ts';
import { decodePolicyTypes } from './decode-policy.ts';
import { decodeSelector } from './decode-selector.ts';
import { decodeDomains, type ReadTiers, type TierObject, type TierReader } from './decode-tier-rules.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading } from './reading.ts';
import { selectorOf } from './selector.ts';
import { NETWORK_POLICY_ORDER, type TierPeer, type TierPolicy, type TierRule, type TierRules } from './tiers.ts';
import type { Direction, Selector } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

const SPEC: At = at(undefined, 'spec');
const SPEC_FIELDS = new Set(['podSelector', 'policyTypes', 'ingress', 'egress']);
const PEERS_FIELD: Readonly<Record<Direction, string>> = { ingress: 'from', egress: 'to' };

/** The pods of a namespace that a selector of labels means, as the subject of a policy. */
export const subjectIn = (namespace: string, pods: Selector): TierPolicy['subject'] => ({
  kind: 'all',
  of: [
    { kind: 'namespace', selector: selectorOf(new Map([[NAMESPACE_NAME_LABEL, namespace]])) },
    { kind: 'labels', selector: pods },
  ],
});

/** `podSelector` of a spec; absent and empty are every pod of the namespace. */
export function podSelectorOf(spec: Fields, reading: Reading): Selector {
  const selector = reading.object(spec, 'podSelector', SPEC);
  return selector === undefined ? [] : decodeSelector(selector, at(SPEC, 'podSelector'), reading);
}

/** A peer of a NetworkPolicy, or names of hosts. */
function peersOf(
  item: unknown,
  place: At,
  direction: Direction,
  { reading, readCidr }: TierObject,
): readonly TierPeer[] {
  const namesHosts = direction === 'egress' && isFields(item) && own(item, 'domainNames') !== undefined;
  if (!namesHosts) return [decodePeer(item, place, reading, readCidr)].flatMap(peer => peer ?? []);
  const other = ['podSelector', 'namespaceSelector', 'ipBlock'].find(key => own(item, key) !== undefined);
  if (other !== undefined)
    return (
      reading.error('invalid-peer', at(place, other), 'stands beside names of hosts: what both mean is not told') ?? []
    );
  reading.knownFields(item, new Set(['domainNames']), place);
  return decodeDomains(item, place, 'Allow', ['Allow'], reading) ?? [];
}

function ruleOf(item: unknown, place: At, direction: Direction, object: TierObject): readonly TierRule[] {
  const { reading } = object;
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return [];
  const key = PEERS_FIELD[direction];
  reading.knownFields(fields, new Set([key, 'ports']), place);
  const items = reading.list(fields, key, place);
  const peers = items.flatMap((peer, index) => peersOf(peer, at(at(place, key), index), direction, object));
  const path = pathText(place);
  const ports = decodePorts(fields, place, reading).value;
  return [{ path, action: 'Allow', peers: items.length === 0 ? [{ kind: 'any', path }] : peers, ports }];
}

function directionOf(spec: Fields, direction: Direction, object: TierObject): TierRules {
  const place = at(SPEC, direction);
  const rules = object.reading
    .list(spec, direction, SPEC)
    .flatMap((item, index) => ruleOf(item, at(place, index), direction, object));
  return { rules, otherwise: 'Deny' };
}

function read(spec: Fields, object: TierObject): ReadTiers {
  const { source, reading } = object;
  reading.knownFields(spec, SPEC_FIELDS, SPEC);
  const podSelector = podSelectorOf(spec, reading);
  const types = decodePolicyTypes(spec, reading);
  const [ingress, egress] = [directionOf(spec, 'ingress', object), directionOf(spec, 'egress', object)];
  const policy: TierPolicy = {
    ...{ source, order: NETWORK_POLICY_ORDER, subject: subjectIn(source.namespace, podSelector) },
    ...(types.has('Ingress') && { ingress }),
    ...(types.has('Egress') && { egress }),
  };
  return {
    ...{ podSelector, namespaceSelector: undefined },
    directions: (['ingress', 'egress'] as const).filter(direction => policy[direction] !== undefined),
    says: [{ tier: 'NetworkPolicy', policy }],
  };
}

/**
 * networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy of EKS Auto Mode: a NetworkPolicy whose egress names hosts too. It isolates as one, and its rules
 * are united with theirs. Source: https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
 */
export const readApplicationNetworkPolicy: TierReader = { versions: ['v1alpha1'], read };
