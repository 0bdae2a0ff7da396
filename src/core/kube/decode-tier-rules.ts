import { type CidrReader, isPortNumber } from './decode-peers.ts';
import { decodeSelector } from './decode-selector.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import type { PlacedPolicy, PodExpression, TierAction, TierPeer, TierPorts, TierRule, TierRules } from './tiers.ts';
import type { BlockPeer, Direction, ObjectRef, PolicyPort, Selector } from './types.ts';

/** What the APIs of tiers (policy.networking.k8s.io, networking.k8s.aws) have in common, and in what they differ. */
export interface TierDialect {
  /** By their names in the API. */
  readonly actions: ReadonlyMap<string, TierAction>;
  /** Peers of egress beside `namespaces` and `pods`. */
  readonly egressPeers: readonly ('networks' | 'nodes' | 'domainNames')[];
  /** Actions of rules that may name hosts. */
  readonly domainActions: readonly TierAction[];
  /** The most rules in a direction, peers in a rule and entries of a list of ports, inclusive. */
  readonly most: number;
  /** Selectors that `pods` must have; the other one, absent, selects everything. */
  readonly neededSelectors: readonly ('namespaceSelector' | 'podSelector')[];
  /** Field of a rule that holds its ports. */
  readonly portsField: 'ports' | 'protocols';
  readonly readPort: (item: Fields, place: At, reading: Reading) => readonly PolicyPort[] | undefined;
}

/** The most blocks in one list. */
const MOST_NETWORKS = 25;
const PEERS_FIELD: Readonly<Record<Direction, string>> = { ingress: 'from', egress: 'to' };
const SPEC: At = at(undefined, 'spec');

/** A list that must hold something where it is there. */
function filledList(fields: Fields, key: string, up: At, most: number, reading: Reading): readonly unknown[] {
  const items = reading.list(fields, key, up);
  if (items.length > most)
    reading.error('too-many', at(up, key), `has ${items.length} items, more than ${most}: the API server refuses it`);
  if (own(fields, key) !== undefined && items.length === 0 && Array.isArray(own(fields, key)))
    reading.error('required', at(up, key), 'must not be empty: the API server refuses it');
  return items;
}

const selectorAt = (fields: Fields, key: string, up: At, reading: Reading): Selector | undefined => {
  const selector = reading.object(fields, key, up);
  return selector && decodeSelector(selector, at(up, key), reading);
};

/** `pods`: a selector that may be absent selects everything then. */
function decodePods(
  fields: Fields,
  up: At,
  { neededSelectors }: TierDialect,
  reading: Reading,
): { namespaces: Selector; pods: Selector } | undefined {
  const pods = reading.object(fields, 'pods', up);
  if (pods === undefined) return undefined;
  const place = at(up, 'pods');
  reading.knownFields(pods, new Set(['namespaceSelector', 'podSelector']), place);
  for (const key of neededSelectors) {
    if ((own(pods, key) ?? null) === null)
      reading.error('required', at(place, key), 'is required: the API server refuses the policy');
  }
  return {
    namespaces: selectorAt(pods, 'namespaceSelector', place, reading) ?? [],
    pods: selectorAt(pods, 'podSelector', place, reading) ?? [],
  };
}

/** Which pods a policy is for. */
interface Subject {
  readonly namespaces: Selector | undefined;
  /** `undefined`: all of the namespaces. */
  readonly pods: Selector | undefined;
  readonly where: PodExpression;
}

/** Exactly one of `namespaces` and `pods`. Pods in the host's network are never meant. */
function decodeSubject(spec: Fields, dialect: TierDialect, reading: Reading): Subject {
  const place = at(SPEC, 'subject');
  const fields = reading.object(spec, 'subject', SPEC) ?? {};
  reading.knownFields(fields, new Set(['namespaces', 'pods']), place);
  const byNamespace = selectorAt(fields, 'namespaces', place, reading);
  const byPods = decodePods(fields, place, dialect, reading);
  if ((byNamespace === undefined) === (byPods === undefined))
    reading.error('invalid-subject', place, 'takes exactly one of namespaces and pods: the API server refuses it');
  const namespaces = byNamespace ?? byPods?.namespaces;
  const pods = byNamespace === undefined ? byPods?.pods : undefined;
  const where: PodExpression = {
    kind: 'all',
    of: [
      ...(namespaces === undefined ? [] : [{ kind: 'namespace' as const, selector: namespaces }]),
      ...(pods === undefined ? [] : [{ kind: 'labels' as const, selector: pods }]),
    ],
  };
  return { namespaces, pods, where };
}

function decodeNetworks(
  fields: Fields,
  up: At,
  reading: Reading,
  readCidr: CidrReader,
): readonly BlockPeer[] | undefined {
  if (own(fields, 'networks') === undefined) return undefined;
  const place = at(up, 'networks');
  filledList(fields, 'networks', up, MOST_NETWORKS, reading);
  return reading.strings(fields, 'networks', up).flatMap((text, index) => {
    const cidr = readCidr(text);
    const isClear = cidr.problems.every(problem => problem === 'host-bits');
    if (cidr.range === undefined || !isClear)
      return (
        reading.error('invalid-cidr', at(place, index), `"${cidr.text}" is no CIDR block: the API server refuses it`) ??
        []
      );
    return {
      kind: 'block' as const,
      path: pathText(at(place, index)),
      cidr,
      except: [],
      specified: cidr.range,
      worst: cidr.range,
    };
  });
}

/** A name of a host, or of all below it. */
export const DOMAIN = /^(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9-]{1,63}\.?$/;

/** `domainNames` of a peer; `undefined`: it has none. `domainActions`: those of rules that may have them. */
export function decodeDomains(
  fields: Fields,
  up: At,
  action: TierAction,
  domainActions: readonly TierAction[],
  reading: Reading,
): readonly TierPeer[] | undefined {
  if (own(fields, 'domainNames') === undefined) return undefined;
  const place = at(up, 'domainNames');
  filledList(fields, 'domainNames', up, Number.POSITIVE_INFINITY, reading);
  const domains = reading.strings(fields, 'domainNames', up);
  domains.forEach((domain, index) => {
    if (!DOMAIN.test(domain))
      reading.error('invalid-domain', at(place, index), `"${domain}" is no domain name: the API server refuses it`);
  });
  if (!domainActions.includes(action))
    reading.error('invalid-peer', place, 'no rule that denies takes names of hosts: the API server refuses it');
  return [{ kind: 'domains', path: pathText(place), domains }];
}

/** One item of `from` or `to`; no peers at all: it has no field that is known, which a newer version of the API may have. */
function decodePeer(
  item: unknown,
  place: At,
  direction: Direction,
  action: TierAction,
  { dialect, readCidr, reading }: RuleReader,
): readonly TierPeer[] {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return [];
  const further = direction === 'egress' ? dialect.egressPeers : [];
  const known = new Set(['namespaces', 'pods', ...further]);
  const path = pathText(place);
  const namespaces = selectorAt(fields, 'namespaces', place, reading);
  const pods = decodePods(fields, place, dialect, reading);
  const nodes = further.includes('nodes') ? selectorAt(fields, 'nodes', place, reading) : undefined;
  const kinds: readonly (readonly TierPeer[] | undefined)[] = [
    namespaces && [{ kind: 'pods', path, namespaces, pods: [] }],
    pods && [{ kind: 'pods', path, ...pods }],
    further.includes('networks') ? decodeNetworks(fields, place, reading, readCidr) : undefined,
    nodes && [{ kind: 'nodes', path, nodes }],
    further.includes('domainNames') ? decodeDomains(fields, place, action, dialect.domainActions, reading) : undefined,
  ];
  const given = kinds.filter(kind => kind !== undefined);
  if (given.length > 1)
    reading.error('invalid-peer', place, 'a peer has exactly one field: the API server refuses more');
  reading.knownFields(fields, known, place);
  if (given.length === 0) {
    const effect = action === 'Allow' ? 'the rule matches nothing' : 'the rule denies everything in its direction';
    reading.warn('unknown-peer', place, `none of ${[...known].join(', ')} is given: as the API has it, ${effect}`);
  }
  return given.flat();
}

/** What one object is read with. */
interface RuleReader {
  readonly dialect: TierDialect;
  readonly readCidr: CidrReader;
  readonly reading: Reading;
}

const NAMELESS: ReadonlySet<TierPeer['kind']> = new Set(['block', 'nodes', 'domains']);

function decodeTierPorts(
  fields: Fields,
  place: At,
  peers: readonly TierPeer[],
  { dialect, reading }: RuleReader,
): TierPorts {
  const { portsField, most, readPort } = dialect;
  const items = filledList(fields, portsField, place, most, reading);
  if (items.length === 0) return { kind: 'any' };
  const listPlace = at(place, portsField);
  const ports = items.flatMap((item, index) => {
    const port = reading.fields(item ?? {}, at(listPlace, index));
    return (port && readPort(port, at(listPlace, index), reading)) ?? [];
  });
  const isNamed = ports.some(({ kind }) => kind === 'named');
  if (isNamed && peers.some(({ kind }) => NAMELESS.has(kind)))
    reading.error('invalid-port', listPlace, 'a port by name is a port of a pod: beside addresses it is refused');
  return { kind: 'only', ports };
}

const ANYBODY = { kind: 'any' } as const;
const LONGEST_NAME = 100;

/** `name` of a rule: at most 100 characters; it decides nothing. */
function checkName(rule: Fields, place: At, reading: Reading): void {
  const name = reading.string(rule, 'name', place) ?? '';
  if (name.length > LONGEST_NAME)
    reading.error(
      'too-long',
      at(place, 'name'),
      `is longer than ${LONGEST_NAME} characters: the API server refuses it`,
    );
}

/** A text that is one of some; `undefined` after an issue. */
export function decodeChoice<Value>(
  fields: Fields,
  key: string,
  up: At,
  choices: ReadonlyMap<string, Value>,
  code: string,
  reading: Reading,
): Value | undefined {
  if ((own(fields, key) ?? undefined) === undefined) return reading.error('required', at(up, key), 'is required');
  const written = reading.string(fields, key, up);
  const choice = choices.get(written ?? '');
  if (choice !== undefined || written === undefined) return choice;
  const known = [...choices.keys()];
  const not = known.length === 2 ? `neither ${known.join(' nor ')}` : `none of ${known.join(', ')}`;
  return reading.error(code, at(up, key), `"${written}" is ${not}`);
}

function decodeRule(item: unknown, place: At, direction: Direction, reader: RuleReader): TierRule | undefined {
  const { dialect, reading } = reader;
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  const peersField = PEERS_FIELD[direction];
  reading.knownFields(fields, new Set(['name', 'action', peersField, dialect.portsField]), place);
  checkName(fields, place, reading);
  const action = decodeChoice(fields, 'action', place, dialect.actions, 'invalid-action', reading);
  if (action === undefined) return undefined;
  const items = filledList(fields, peersField, place, dialect.most, reading);
  if (own(fields, peersField) === undefined)
    reading.error('required', at(place, peersField), 'is required: the API server refuses the policy');
  const peersPlace = at(place, peersField);
  const peers = items.map((peer, index) => decodePeer(peer, at(peersPlace, index), direction, action, reader));
  const path = pathText(place);
  const ports = decodeTierPorts(fields, place, peers.flat(), reader);
  if (!peers.some(kinds => kinds.length === 0)) return { path, action, peers: peers.flat(), ports };
  // A peer that is not known may stand for anybody: the API has such a rule fail closed.
  return action === 'Allow'
    ? { path, action, peers: [], ports }
    : { path, action: 'Deny', peers: [{ ...ANYBODY, path: pathText(peersPlace) }], ports: ANYBODY };
}

/** `undefined`: the policy says nothing of the direction. */
function decodeTierRules(spec: Fields, direction: Direction, reader: RuleReader): TierRules | undefined {
  const items = reader.reading.list(spec, direction, SPEC);
  if (items.length > reader.dialect.most)
    reader.reading.error(
      'too-many',
      at(SPEC, direction),
      `has ${items.length} rules, more than ${reader.dialect.most}: the API server refuses it`,
    );
  const place = at(SPEC, direction);
  const rules = items.flatMap((item, index) => decodeRule(item, at(place, index), direction, reader) ?? []);
  return items.length === 0 ? undefined : { rules, otherwise: 'Pass' };
}

/** `spec.priority`: 0 to 1000, the lowest first. */
function decodePriority(spec: Fields, reading: Reading): number {
  const priority = reading.integer(spec, 'priority', SPEC);
  const place = at(SPEC, 'priority');
  if (priority === undefined) {
    if (own(spec, 'priority') === undefined) reading.error('required', place, 'is required');
    return 0;
  }
  if (priority < 0 || priority > 1000)
    reading.error('invalid-priority', place, `${priority} is not between 0 and 1000: the API server refuses it`);
  return priority;
}

/** A port number of a field; `undefined` after an issue. */
export function decodePortNumber(fields: Fields, key: string, up: At, reading: Reading): number | undefined {
  const port = reading.integer(fields, key, up);
  if (port !== undefined && isPortNumber(port)) return port;
  if (port === undefined && own(fields, key) !== undefined) return undefined;
  return reading.error(
    'invalid-port',
    at(up, key),
    port === undefined ? 'is required' : `${port} is not between 1 and 65535`,
  );
}

/** `start` to `end`, both inclusive. */
export function decodePortRange(
  range: Fields,
  place: At,
  reading: Reading,
): { readonly first: number; readonly last: number } | undefined {
  reading.knownFields(range, new Set(['start', 'end', 'protocol']), place);
  const first = decodePortNumber(range, 'start', place, reading);
  const last = decodePortNumber(range, 'end', place, reading);
  if (first === undefined || last === undefined) return undefined;
  if (first > last) return reading.error('invalid-port', at(place, 'end'), `${last} is less than ${first}`);
  return { first, last };
}

/** A port that the destination pod calls so, of whichever protocol it is there. */
export const namedPort = (name: string): readonly PolicyPort[] =>
  (['TCP', 'UDP', 'SCTP'] as const).map(protocol => ({ kind: 'named', protocol, name }));

/** The object whose spec is read. */
export interface TierObject {
  readonly source: ObjectRef;
  readonly reading: Reading;
  readonly readCidr: CidrReader;
}

/** What a policy of tiers says, and whom it is for. */
export interface ReadTiers {
  readonly podSelector: Selector | undefined;
  readonly namespaceSelector: Selector | undefined;
  readonly directions: readonly Direction[];
  readonly says: readonly PlacedPolicy[];
}

/** How one kind is read. */
export interface TierReader {
  /** Versions that are read alike; of another one nothing is judged. */
  readonly versions: readonly string[];
  readonly read: (spec: Fields, object: TierObject) => ReadTiers;
  /** It is given the whole object, not its `spec`. Absent: no. */
  readonly isWhole?: true;
}

const TIERS: ReadonlyMap<string, PlacedPolicy['tier']> = new Map([
  ['Admin', 'Admin'],
  ['Baseline', 'Baseline'],
]);

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** What a kind does with the tier of its policies: `tier` is read from that field; a Baseline that is the only one has no priority. */
export function decodeTiersOf(
  spec: Fields,
  { source, reading, readCidr }: TierObject,
  dialect: TierDialect,
  tierOf: PlacedPolicy['tier'] | 'tier',
): ReadTiers {
  const isOnly = tierOf === 'Baseline';
  reading.knownFields(
    spec,
    new Set([...(tierOf === 'tier' ? ['tier'] : []), ...(isOnly ? [] : ['priority']), 'subject', 'ingress', 'egress']),
    SPEC,
  );
  if (isOnly && source.name !== 'default')
    reading.error('invalid-name', at(at(undefined, 'metadata'), 'name'), 'must be default: the API server refuses it');
  const tier =
    tierOf === 'tier' ? (decodeChoice(spec, 'tier', SPEC, TIERS, 'invalid-tier', reading) ?? 'Admin') : tierOf;
  const order = isOnly ? 0 : decodePriority(spec, reading);
  const { namespaces, pods, where } = decodeSubject(spec, dialect, reading);
  const reader = { dialect, readCidr, reading };
  const [ingress, egress] = DIRECTIONS.map(direction => decodeTierRules(spec, direction, reader));
  const policy = { source, order, subject: where, ...(ingress && { ingress }), ...(egress && { egress }) };
  return {
    podSelector: pods,
    namespaceSelector: namespaces,
    directions: DIRECTIONS.filter(direction => policy[direction] !== undefined),
    says: [{ tier, policy }],
  };
}
