import { podSelectorOf, subjectIn } from './decode-application-network-policy.ts';
import { decodePorts } from './decode-peers.ts';
import { DOMAIN, type ReadTiers, type TierObject, type TierReader } from './decode-tier-rules.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import { NETWORK_POLICY_ORDER, type TierPolicy, type TierRule, type UnknownPart } from './tiers.ts';

const SPEC: At = at(undefined, 'spec');
const EGRESS: At = at(SPEC, 'egress');

const ISOLATION: UnknownPart = {
  path: 'spec.egress',
  why: 'whether it isolates the egress where no NetworkPolicy does is not documented',
};

/** One item of `matches`: a whole name, or a pattern of which `*` stands for one label. */
function nameOf(item: unknown, place: At, reading: Reading): readonly string[] {
  const fields = reading.fields(item, place);
  if (fields === undefined) return [];
  reading.knownFields(fields, new Set(['name', 'pattern']), place);
  const given = ['name', 'pattern'].filter(key => own(fields, key) !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1)
    return reading.error('invalid-peer', place, 'takes exactly one of name and pattern') ?? [];
  const name = reading.string(fields, key, place);
  if (name === undefined) return [];
  if (key === 'name' && (name.includes('*') || !DOMAIN.test(name)))
    return (
      reading.error('invalid-domain', at(place, key), `"${name}" is no domain name: the API server refuses it`) ?? []
    );
  return [name];
}

function ruleOf(item: unknown, place: At, reading: Reading): readonly TierRule[] {
  const fields = reading.fields(item, place);
  if (fields === undefined) return [];
  reading.knownFields(fields, new Set(['matches', 'ports']), place);
  const matchesPlace = at(place, 'matches');
  const items = reading.list(fields, 'matches', place);
  if (items.length === 0) reading.error('required', matchesPlace, 'names at least one host');
  const domains = items.flatMap((match, index) => nameOf(match, at(matchesPlace, index), reading));
  const ports = decodePorts(fields, place, reading).value;
  const peers = [{ kind: 'domains' as const, path: pathText(matchesPlace), domains }];
  return [{ path: pathText(place), action: 'Allow', peers, ports }];
}

function read(spec: Fields, { source, reading }: TierObject): ReadTiers {
  reading.knownFields(spec, new Set(['podSelector', 'egress']), SPEC);
  const podSelector = podSelectorOf(spec, reading);
  const rules = reading.list(spec, 'egress', SPEC).flatMap((item, index) => ruleOf(item, at(EGRESS, index), reading));
  const shared = { source, order: NETWORK_POLICY_ORDER, subject: subjectIn(source.namespace, podSelector) };
  const allows: TierPolicy = { ...shared, egress: { rules, otherwise: 'Pass' } };
  const mayIsolate: TierPolicy = { ...shared, doubt: ISOLATION, egress: { rules: [], otherwise: 'Deny' } };
  return {
    ...{ podSelector, namespaceSelector: undefined, directions: ['egress'] },
    says: [allows, mayIsolate].map(policy => ({ tier: 'NetworkPolicy', policy })),
  };
}

/**
 * networking.gke.io/v1alpha1 FQDNNetworkPolicy: hosts by name that pods are let out to, beside what NetworkPolicies allow.
 * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/fqdn-network-policies
 */
export const readFqdnNetworkPolicy: TierReader = { versions: ['v1alpha1'], read };
