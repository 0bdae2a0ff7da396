import { type AddressSet, containsAddresses, subtractAddresses, unionAddresses } from '../net/addresses.ts';
import { type Cidr, specifiedBy } from '../net/cidr.ts';
import { type CiliumPeer, ENTITIES, type Entity } from './cilium.ts';
import { decodeEndpointSelector, RESERVED_SOURCE, splitKey } from './decode-cilium-selector.ts';
import type { CidrReader } from './decode-peers.ts';
import { decodeSelector } from './decode-selector.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading } from './reading.ts';
import type { Direction } from './types.ts';

const CIDR_FIELDS = new Set(['cidr', 'cidrGroupRef', 'cidrGroupSelector', 'except']);
const SERVICE_FIELDS = new Set(['k8sService', 'k8sServiceSelector']);
const NAME_FIELDS = new Set(['matchName', 'matchPattern']);
const DOMAIN_NAME = /^[-a-zA-Z0-9_.]+$/;
const DOMAIN_PATTERN = /^[-a-zA-Z0-9_.*]+$/;

/** One item of one list of peers; `undefined` where it cannot be read. */
type PeerReader = (item: unknown, place: At, reading: Reading, readCidr: CidrReader) => CiliumPeer | undefined;

const isEntity = (text: string): text is Entity => ENTITIES.some(entity => entity === text);

/** A selector of nothing but a reserved label is the entity that bears it: `reserved:host`. */
function reservedEntity(fields: Fields): Entity | undefined {
  const labels = own(fields, 'matchLabels');
  const [key, ...more] = isFields(labels) ? Object.keys(labels) : [];
  if (key === undefined || more.length > 0 || own(fields, 'matchExpressions') !== undefined) return undefined;
  const { source, key: name } = splitKey(key);
  return source === RESERVED_SOURCE && isEntity(name) ? name : undefined;
}

const endpoints: PeerReader = (item, place, reading) => {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  const path = pathText(place);
  const entity = reservedEntity(fields);
  if (entity !== undefined) return { kind: 'entity', path, entity };
  const selector = decodeEndpointSelector(fields, place, reading);
  if (selector.pods.some(({ key }) => splitKey(key).source === RESERVED_SOURCE))
    return { kind: 'unjudged', path, why: 'asks for reserved labels among others' };
  return { kind: 'endpoints', path, selector };
};

const entities: PeerReader = (item, place, reading) => {
  if (typeof item === 'string' && isEntity(item)) return { kind: 'entity', path: pathText(place), entity: item };
  const text = typeof item === 'string' ? `"${item}"` : 'this';
  return reading.error('invalid-entity', place, `${text} is none of ${ENTITIES.join(', ')}`);
};

function checkedCidr(text: string, place: At, reading: Reading, readCidr: CidrReader): Cidr {
  const cidr = readCidr(text);
  if (cidr.range === undefined) {
    const why = cidr.reason === undefined ? '' : ` (${cidr.reason})`;
    reading.error('invalid-cidr', place, `"${cidr.text}" is no CIDR block${why}: the API server refuses it`);
  }
  return cidr;
}

const block: PeerReader = (item, place, reading, readCidr) => {
  if (typeof item !== 'string') return reading.error('invalid-cidr', place, 'expected a CIDR block, a string');
  const cidr = checkedCidr(item, place, reading, readCidr);
  return { kind: 'block', path: pathText(place), cidr, addresses: specifiedBy(cidr) };
};

function exceptsOf(
  fields: Fields,
  within: Cidr | undefined,
  place: At,
  reading: Reading,
  readCidr: CidrReader,
): AddressSet {
  const texts = reading.strings(fields, 'except', place);
  const sets = texts.map((text, index) => {
    const at_ = at(at(place, 'except'), index);
    const { range } = checkedCidr(text, at_, reading, readCidr);
    if (range !== undefined && within?.range !== undefined && !containsAddresses(within.range, range))
      reading.error('invalid-except', at_, `${text} is not inside ${within.text}: the Cilium agent refuses the policy`);
    return range;
  });
  return unionAddresses(sets.flatMap(set => set ?? []));
}

const cidrSet: PeerReader = (item, place, reading, readCidr) => {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, CIDR_FIELDS, place);
  const path = pathText(place);
  const text = reading.string(fields, 'cidr', place);
  const name = reading.string(fields, 'cidrGroupRef', place);
  const labels = reading.object(fields, 'cidrGroupSelector', place);
  if ([text, name, labels].filter(given => given !== undefined).length !== 1)
    return reading.error('invalid-cidr', place, 'exactly one of cidr, cidrGroupRef and cidrGroupSelector is required');
  if (text !== undefined) {
    const cidr = checkedCidr(text, at(place, 'cidr'), reading, readCidr);
    const except = exceptsOf(fields, cidr, place, reading, readCidr);
    return { kind: 'block', path, cidr, addresses: subtractAddresses(specifiedBy(cidr), except) };
  }
  const except = exceptsOf(fields, undefined, place, reading, readCidr);
  if (name !== undefined) return { kind: 'cidr-groups', path, groups: { name }, except };
  const selector = decodeSelector(
    labels ?? {},
    at(place, 'cidrGroupSelector'),
    reading,
    written => splitKey(written).key,
  );
  const plain = selector.map(requirement => ({ ...requirement, key: splitKey(requirement.key).key }));
  return { kind: 'cidr-groups', path, groups: { labels: plain }, except };
};

const services: PeerReader = (item, place, reading) => {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, SERVICE_FIELDS, place);
  const path = pathText(place);
  const byName = reading.object(fields, 'k8sService', place);
  const byLabels = reading.object(fields, 'k8sServiceSelector', place);
  const given = byLabels ?? byName;
  if (given === undefined)
    return reading.error('invalid-service', place, 'k8sService or k8sServiceSelector is required');
  const key = byLabels === undefined ? 'k8sService' : 'k8sServiceSelector';
  const namespace = reading.string(given, 'namespace', at(place, key)) ?? '';
  if (byLabels === undefined)
    return {
      kind: 'services',
      path,
      namespace,
      services: { name: reading.string(given, 'serviceName', at(place, key)) ?? '' },
    };
  const selector = reading.object(byLabels, 'selector', at(place, key));
  if (selector === undefined)
    return reading.error('invalid-service', at(at(place, key), 'selector'), 'a selector is required');
  const labels = decodeSelector(selector, at(at(place, key), 'selector'), reading, written => splitKey(written).key);
  const plain = labels.map(requirement => ({ ...requirement, key: splitKey(requirement.key).key }));
  return { kind: 'services', path, namespace, services: { labels: plain } };
};

const names: PeerReader = (item, place, reading) => {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, NAME_FIELDS, place);
  const name = reading.string(fields, 'matchName', place) ?? '';
  const pattern = reading.string(fields, 'matchPattern', place) ?? '';
  const written = [name, pattern].filter(text => text !== '');
  if (written.length === 0) return reading.error('invalid-name', place, 'matchName or matchPattern is required');
  if ((name !== '' && !DOMAIN_NAME.test(name)) || (pattern !== '' && !DOMAIN_PATTERN.test(pattern)))
    return reading.error(
      'invalid-name',
      place,
      `"${written.join('", "')}" is no domain name: the Cilium agent refuses it`,
    );
  return { kind: 'names', path: pathText(place), names: written };
};

const unjudged =
  (why: string): PeerReader =>
  (_, place) => ({ kind: 'unjudged', path: pathText(place), why });

const nodes = unjudged('selects nodes by their labels, which are not among the facts');
const groups = unjudged('names groups of a cloud, which are not among the facts');

interface PeerField {
  readonly read: PeerReader;
  /** Whether a list that is there and empty means nobody; else it is as if it were absent (pkg/policy/utils/parserules.go). */
  readonly emptyIsNobody: boolean;
}

const field = (read: PeerReader, emptyIsNobody = true): PeerField => ({ read, emptyIsNobody });

/** The fields of a rule that hold peers. */
export const PEER_FIELDS: Readonly<Record<Direction, ReadonlyMap<string, PeerField>>> = {
  ingress: new Map([
    ['fromEndpoints', field(endpoints)],
    ['fromEntities', field(entities)],
    ['fromCIDR', field(block)],
    ['fromCIDRSet', field(cidrSet)],
    ['fromNodes', field(nodes)],
    ['fromGroups', field(groups, false)],
  ]),
  egress: new Map([
    ['toEndpoints', field(endpoints)],
    ['toEntities', field(entities)],
    ['toCIDR', field(block)],
    ['toCIDRSet', field(cidrSet)],
    ['toServices', field(services, false)],
    ['toFQDNs', field(names, false)],
    ['toNodes', field(nodes)],
    ['toGroups', field(groups, false)],
  ]),
};

/** A list that is there, though it may be empty. */
const isThere = (rule: Fields, key: string, { emptyIsNobody }: PeerField): boolean => {
  const value = own(rule, key);
  return value !== undefined && (emptyIsNobody || !Array.isArray(value) || value.length > 0);
};

/** The peers of a rule; `any` where it names none. The Cilium agent takes one kind of them in one rule. */
export function decodeCiliumPeers(
  rule: Fields,
  place: At,
  direction: Direction,
  reading: Reading,
  readCidr: CidrReader,
): 'any' | readonly CiliumPeer[] {
  const given = [...PEER_FIELDS[direction]].filter(([key, peers]) => isThere(rule, key, peers));
  const filled = given.filter(([key]) => reading.list(rule, key, place).length > 0).map(([key]) => key);
  if (filled.length > 1)
    reading.error('invalid-rule', place, `${filled.join(' and ')} in one rule: the Cilium agent refuses the policy`);
  if (given.length === 0) return 'any';
  if (given.length > filled.length) return [];
  return given.flatMap(([key, { read }]) =>
    reading
      .list(rule, key, place)
      .flatMap((item, index) => read(item, at(at(place, key), index), reading, readCidr) ?? []),
  );
}
