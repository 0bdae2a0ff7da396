import { decodePeers, decodePorts } from '../../kube/decode-peers.ts';
import { decodeSelector } from '../../kube/decode-selector.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading } from '../../kube/reading.ts';
import type { BlockPeer, Peer, PodPeer, Selector } from '../../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../kube/well-known-labels.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  toCidrs,
  unionAddresses,
} from '../../net/addresses.ts';
import { specifiedByAny } from '../../net/cidr.ts';
import { domainProblem } from '../domain-names.ts';
import type { GatePolicy, GatewayProduct, Gateways, Grant, ProtectedNetworks } from '../types.ts';
import { type DocumentReading, placeOf, readObjects, readOneOf, readText } from './read-fields.ts';
import { checkUnambiguous } from './resolve-networks.ts';

/** One list of grants in the document. */
interface GrantList {
  readonly key: 'gateways' | 'allowedClients' | 'allowedDestinations';
  readonly peers: 'from' | 'to';
  readonly check: (peers: readonly Peer[], place: At, reading: Reading) => void;
}

const isBlock = (peer: Peer): peer is BlockPeer => peer.kind === 'block';
const isPods = (peer: Peer): peer is PodPeer => peer.kind === 'pods';

function checkBlocks(peers: readonly Peer[], reading: Reading): void {
  for (const { path, cidr, except } of peers.filter(isBlock)) {
    const place = at(placeOf(path), 'ipBlock');
    checkUnambiguous(cidr, at(place, 'cidr'), reading);
    for (const [index, one] of except.entries()) checkUnambiguous(one, at(at(place, 'except'), index), reading);
  }
}

/** Hosts by name: outside, and of somebody. */
function readDomains(fields: Fields, up: At, reading: Reading): readonly string[] {
  const place = at(up, 'domains');
  const domains = reading.strings(fields, 'domains', up);
  domains.forEach((domain, index) => {
    const problem = domainProblem(domain);
    if (problem !== undefined) reading.error('bad-domain', at(place, index), `"${domain}" ${problem}`);
  });
  return domains;
}

function readGrant(fields: Fields, list: GrantList, place: At, reading: DocumentReading): Grant {
  const name = readText(fields, 'name', place, reading);
  const reason = readText(fields, 'reason', place, reading);
  const serves = reading.object(fields, 'servesNamespaces', place);
  const servesNamespaces: Selector =
    serves === undefined ? [] : decodeSelector(serves, at(place, 'servesNamespaces'), reading);
  const peers = decodePeers(fields, list.peers, place, reading, text => reading.cidr(text));
  const domains = list.key === 'allowedDestinations' ? readDomains(fields, place, reading) : [];
  if (peers.value.kind === 'any' && !peers.lossy && (domains.length === 0 || own(fields, list.peers) !== undefined))
    reading.error('no-peer', at(place, list.peers), 'at least one peer is required: empty would mean everybody');
  const listed = peers.value.kind === 'any' ? [] : peers.value.peers;
  checkBlocks(listed, reading);
  list.check(listed, at(place, list.peers), reading);
  const { value: ports } = decodePorts(fields, place, reading);
  return { name, reason, servesNamespaces, peers: listed, ports, ...(domains.length > 0 && { domains }) };
}

function readGrants(spec: Fields, list: GrantList, up: At, reading: DocumentReading): readonly Grant[] {
  const names = new Map<string, At>();
  return readObjects(spec, list.key, up, reading).map(({ fields, place }) => {
    const grant = readGrant(fields, list, place, reading);
    const first = names.get(grant.name);
    if (first === undefined) names.set(grant.name, place);
    else if (grant.name !== '') {
      reading.error('duplicate-name', at(place, 'name'), `"${grant.name}" is also the name of ${pathText(first)}`);
    }
    return grant;
  });
}

/** Whether the selector holds a namespace by the one label that nobody can forge. */
function namesNamespaces(selector: Selector): boolean {
  return selector.some(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
}

/** Whether every address of a family is in the set. */
function isWholeFamily(set: AddressSet): boolean {
  return (
    containsAddresses(set, { v4: ALL_ADDRESSES.v4, v6: [] }) || containsAddresses(set, { v4: [], v6: ALL_ADDRESSES.v6 })
  );
}

/** Blocks by what the specification makes of them; text that is refused for its own sake is left out. */
const readableBlocks = (peers: readonly Peer[]): readonly BlockPeer[] =>
  peers.filter(isBlock).filter(({ cidr }) => cidr.range !== undefined);

/** Peers that may call servers: not everybody, and not whoever can set a label on a namespace. */
function checkCallers(peers: readonly Peer[], place: At, reading: Reading): void {
  if (isWholeFamily(unionAddresses(readableBlocks(peers).map(peer => peer.specified))))
    reading.error(
      'everybody',
      place,
      'these blocks are every address: then nothing stands between a server and anybody',
    );
  for (const peer of peers.filter(isPods)) {
    if (peer.namespaces === 'own' || namesNamespaces(peer.namespaces)) continue;
    const selector = at(placeOf(peer.path), 'namespaceSelector');
    if (peer.namespaces.length === 0 && peer.pods.length === 0)
      reading.error('everybody', selector, 'this is every pod of the cluster: then nothing stands between servers');
    else
      reading.warn(
        'forgeable-namespace',
        selector,
        `whoever may label a namespace can make it match: use ${NAMESPACE_NAME_LABEL}, which nobody can forge`,
      );
  }
}

/** The metadata service hands out credentials to whoever reaches it: no configuration can grant it to a server. */
function checkDestinations(networks: ProtectedNetworks): GrantList['check'] {
  const { metadata, linkLocal, credentials } = networks;
  const services = specifiedByAny(credentials.map(({ cidr }) => cidr));
  const anyLinkLocal = unionAddresses([linkLocal, metadata]);
  return (peers, _place, reading) => {
    for (const peer of readableBlocks(peers)) {
      const place = at(at(placeOf(peer.path), 'ipBlock'), 'cidr');
      const [first] = toCidrs(intersectAddresses(peer.specified, metadata));
      if (first !== undefined)
        reading.error(
          'metadata-granted',
          place,
          `includes the cloud's metadata address ${first}, which cannot be granted`,
        );
      else if (containsAddresses(anyLinkLocal, peer.specified))
        checkCredentials(peer.specified, services, place, reading);
    }
  };
}

/**
 * Of a block that is there for link-local addresses alone: one that holds an address where the provider hands out credentials (`services`) is judged as
 * meant for those, which takes a grant of exactly that address. A policy that is written from the block would be denied.
 */
function checkCredentials(specified: AddressSet, services: AddressSet, place: At, reading: Reading): void {
  const held = toCidrs(intersectAddresses(specified, services));
  const [block, ...more] = toCidrs(specified);
  if (held.length === 0 || (block === held[0] && more.length === 0)) return;
  reading.error(
    'credentials-granted',
    place,
    `holds ${held.join(', ')}, where the provider hands out credentials to pods: grant exactly that address and its port, or leave it out by except`,
  );
}

/** Text of the built-in data; what is no text there is a bug, and left out. */
const textsOf = (fields: Fields, key: string): readonly string[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];
};

function productOf(entry: Fields, grants: readonly Grant[]): GatewayProduct {
  const [name, ofGateway] = [String(own(entry, 'name')), own(entry, 'ofGateway')];
  const labels = isFields(ofGateway) ? own(ofGateway, 'labels') : undefined;
  return {
    name,
    speaksMcp: own(entry, 'speaksMcp') === true,
    peers: grants.find(grant => grant.name === name)?.peers ?? [],
    images: textsOf(entry, 'images'),
    names: textsOf(entry, 'names'),
    ingressClasses: textsOf(entry, 'ingressClasses'),
    ofGateway: isFields(ofGateway)
      ? {
          namespace: String(own(ofGateway, 'namespace')),
          labels: new Map(isFields(labels) ? Object.entries(labels).map(([key, value]) => [key, String(value)]) : []),
        }
      : undefined,
  };
}

/** `spec.gateways`: absent, the documented ones are assumed; an empty list says that there is none. */
export function resolveGateways(spec: Fields, up: At, builtin: readonly Fields[], reading: DocumentReading): Gateways {
  const list: GrantList = { key: 'gateways', peers: 'from', check: checkCallers };
  if (own(spec, 'gateways') !== undefined) return { kind: 'configured', grants: readGrants(spec, list, up, reading) };
  const documented = builtin.filter(entry => own(entry, 'from') !== undefined);
  const grants = readGrants({ gateways: documented }, list, up, reading);
  return { kind: 'assumed', grants, products: builtin.map(entry => productOf(entry, grants)) };
}

/** `spec.allowedClients`: absent and empty are none. */
export function resolveClients(spec: Fields, up: At, reading: DocumentReading): readonly Grant[] {
  return readGrants(spec, { key: 'allowedClients', peers: 'from', check: checkCallers }, up, reading);
}

/** The distribution whose DNS policies are written with where nothing says another. */
const USUAL_DNS = 'kube-dns';

/**
 * `spec.allowedDestinations` and `spec.clusterDNS`: the first, given, replaces cluster DNS (an empty list grants none), and the second adds that of one
 * distribution. Without either it is the usual one, and that of every other is assumed.
 */
export function resolveDestinations(
  spec: Fields,
  up: At,
  builtin: readonly Fields[],
  networks: ProtectedNetworks,
  reading: DocumentReading,
): Pick<GatePolicy, 'allowedDestinations' | 'assumedDestinations'> {
  const list: GrantList = { key: 'allowedDestinations', peers: 'to', check: checkDestinations(networks) };
  const distributions = readGrants({ allowedDestinations: builtin }, { ...list, check: () => {} }, up, reading);
  const isMetadata = ({ peers }: Grant): boolean =>
    readableBlocks(peers).some(({ specified }) => !isNoAddress(intersectAddresses(specified, networks.metadata)));
  const isGiven = own(spec, 'allowedDestinations') !== undefined;
  const given = readGrants(spec, list, up, reading);
  const names = distributions.filter(grant => !isMetadata(grant)).map(({ name }) => name);
  const chosen = readOneOf(spec, 'clusterDNS', up, names, reading) ?? (isGiven ? undefined : USUAL_DNS);
  const isAssumed = !isGiven && own(spec, 'clusterDNS') === undefined;
  return {
    allowedDestinations: [...distributions.filter(({ name }) => name === chosen), ...given],
    assumedDestinations: isAssumed ? distributions.filter(({ name }) => names.includes(name) && name !== chosen) : [],
  };
}
