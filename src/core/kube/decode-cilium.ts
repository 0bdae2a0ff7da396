import type { CiliumDirection, CiliumRule, CiliumSpec, Unjudged } from './cilium.ts';
import { tiersOf } from './cilium-tiers.ts';
import { decodeCiliumPeers, PEER_FIELDS } from './decode-cilium-peers.ts';
import { decodeCiliumPorts } from './decode-cilium-ports.ts';
import { decodeSubject } from './decode-cilium-selector.ts';
import type { CidrReader } from './decode-peers.ts';
import type { ReadTiers, TierObject, TierReader } from './decode-tier-rules.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import type { Direction } from './types.ts';

const POLICY_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'specs', 'status']);
const SPEC_FIELDS = new Set([
  'endpointSelector',
  'nodeSelector',
  'ingress',
  'ingressDeny',
  'egress',
  'egressDeny',
  'enableDefaultDeny',
  'labels',
  'description',
  'log',
]);
const REQUIRES: Readonly<Record<Direction, string>> = { ingress: 'fromRequires', egress: 'toRequires' };
const ANY_PORT = { ports: { kind: 'any' }, others: true } as const;

/** Which of the two lists of a direction a rule stands in. */
interface RuleList {
  readonly direction: Direction;
  readonly isDeny: boolean;
}

function ruleFields({ direction, isDeny }: RuleList): ReadonlySet<string> {
  const both = ['toPorts', 'icmps', REQUIRES[direction], ...PEER_FIELDS[direction].keys()];
  const allowed = isDeny ? both.filter(key => key !== 'toFQDNs') : [...both, 'authentication'];
  return new Set(allowed);
}

/** Fields that no version is known to have: what one says may narrow the rule. */
function unknownFields(rule: Fields, place: At, known: ReadonlySet<string>): readonly Unjudged[] {
  return Object.keys(rule)
    .filter(key => !known.has(key) && own(rule, key) !== undefined)
    .map(key => ({ field: pathText(at(place, key)), why: 'is not known here' }));
}

/** A handshake that is asked for is made by the agents; one that always fails lets nothing through. */
function authenticationOf(rule: Fields, place: At, reading: Reading): readonly Unjudged[] {
  const fields = reading.object(rule, 'authentication', place);
  const mode = fields && reading.string(fields, 'mode', at(place, 'authentication'));
  if (mode !== 'test-always-fail') return [];
  return [{ field: pathText(at(at(place, 'authentication'), 'mode')), why: 'fails every connection, for tests' }];
}

function decodeRule(
  item: unknown,
  place: At,
  list: RuleList,
  reading: Reading,
  readCidr: CidrReader,
): readonly CiliumRule[] {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return [];
  const known = ruleFields(list);
  reading.knownFields(fields, known, place);
  const named = decodeCiliumPeers(fields, place, list.direction, reading, readCidr);
  const { ports, others } = decodeCiliumPorts(fields, place, list.isDeny, reading);
  // A rule that says nothing of peers and nothing of ports matches nobody: it is there to isolate.
  const peers = named === 'any' && ports.kind === 'any' ? [] : named;
  const unjudged = [...unknownFields(fields, place, known), ...authenticationOf(fields, place, reading)];
  return [{ path: pathText(place), peers, ports, others, unjudged }];
}

/**
 * `fromRequires` and `toRequires` narrow the rules of every policy of the same endpoints up to Cilium 1.18, and are no fields from 1.19 on: as what may
 * be denied, whichever version it is.
 */
function requirements(
  items: readonly unknown[],
  place: At,
  { direction }: RuleList,
  reading: Reading,
): readonly CiliumRule[] {
  const key = REQUIRES[direction];
  return items.flatMap((item, index) => {
    const fields = reading.fields(item ?? {}, at(place, index)) ?? {};
    if (reading.list(fields, key, at(place, index)).length === 0) return [];
    const path = pathText(at(at(place, index), key));
    const why = 'narrows other rules up to Cilium 1.18, and nothing from 1.19 on';
    return [{ path, peers: 'any' as const, ...ANY_PORT, unjudged: [{ field: path, why }] }];
  });
}

function decodeDirection(
  spec: Fields,
  up: At,
  direction: Direction,
  reading: Reading,
  readCidr: CidrReader,
): CiliumDirection {
  const rules = (
    key: string,
    isDeny: boolean,
  ): { items: readonly unknown[]; rules: readonly CiliumRule[]; required: readonly CiliumRule[] } => {
    const items = reading.list(spec, key, up);
    const list = { direction, isDeny };
    const place = at(up, key);
    return {
      items,
      rules: items.flatMap((item, index) => decodeRule(item, at(place, index), list, reading, readCidr)),
      required: requirements(items, place, list, reading),
    };
  };
  const allow = rules(direction, false);
  const deny = rules(`${direction}Deny`, true);
  const defaults = reading.object(spec, 'enableDefaultDeny', up);
  const switched = defaults && reading.boolean(defaults, direction, at(up, 'enableDefaultDeny'));
  // The switch turns isolation off, and never on: without rules there is nothing that it could be a default of.
  const isolates = switched !== false && allow.items.length + deny.items.length > 0;
  return { isolates, allow: allow.rules, deny: [...deny.rules, ...allow.required, ...deny.required] };
}

function decodeSpec(spec: Fields, place: At, namespace: string, reading: Reading, readCidr: CidrReader): CiliumSpec {
  reading.knownFields(spec, SPEC_FIELDS, place);
  const subject = decodeSubject(spec, place, namespace, reading);
  const nodeSelector = reading.object(spec, 'nodeSelector', place);
  const given = ['endpointSelector', 'nodeSelector'].filter(key => (own(spec, key) ?? null) !== null);
  if (given.length !== 1)
    reading.error('invalid-spec', place, 'exactly one of endpointSelector and nodeSelector is required');
  if (nodeSelector !== undefined && namespace !== '')
    reading.error(
      'invalid-spec',
      at(place, 'nodeSelector'),
      'nodeSelector is for CiliumClusterwideNetworkPolicies alone',
    );
  return {
    path: pathText(place),
    subject,
    directions: {
      ingress: decodeDirection(spec, place, 'ingress', reading, readCidr),
      egress: decodeDirection(spec, place, 'egress', reading, readCidr),
    },
  };
}

/** Whom it may select: what one selector says of it; several, and what they have in common is not worked out. */
function selectedBy([spec, ...more]: readonly CiliumSpec[]): Pick<ReadTiers, 'podSelector' | 'namespaceSelector'> {
  const subject = more.length === 0 ? spec?.subject : undefined;
  if (subject === undefined) return { podSelector: undefined, namespaceSelector: undefined };
  const { pods, namespaces } = subject;
  return { podSelector: pods, namespaceSelector: namespaces.length === 0 ? undefined : namespaces };
}

function decodeSpecs(fields: Fields, namespace: string, { reading, readCidr }: TierObject): readonly CiliumSpec[] {
  const spec = reading.object(fields, 'spec', undefined);
  const place = at(undefined, 'specs');
  const more = reading.list(fields, 'specs', undefined).flatMap((item, index) => {
    const one = reading.fields(item ?? {}, at(place, index));
    return one === undefined ? [] : [[one, at(place, index)] as const];
  });
  const all = [...(spec === undefined ? [] : [[spec, at(undefined, 'spec')] as const]), ...more];
  if (all.length === 0) reading.error('invalid-spec', at(undefined, 'spec'), 'spec or specs is required');
  return all.map(([one, where]) => decodeSpec(one, where, namespace, reading, readCidr));
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/**
 * cilium.io/v2 CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy: `spec`, `specs`, or both.
 * Source: https://docs.cilium.io/en/stable/network/kubernetes/policy/
 */
export const readCiliumPolicy: TierReader = {
  versions: ['v2'],
  isWhole: true,
  read: (fields, object) => {
    object.reading.knownFields(fields, POLICY_FIELDS, undefined);
    const specs = decodeSpecs(fields, object.source.namespace, object);
    const says = tiersOf(specs, object.source);
    const directions = DIRECTIONS.filter(direction => says.some(({ policy }) => policy[direction] !== undefined));
    return { ...selectedBy(specs), directions, says };
  },
};
