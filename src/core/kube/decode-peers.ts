import { containsAddresses, subtractAddresses, unionAddresses } from '../net/addresses.ts';
import { type Cidr, mayAllow, parseCidr, specifiedBy, surelyExcepts } from '../net/cidr.ts';
import { PROTOCOLS, type Protocol } from '../net/ports.ts';
import { decodeSelector } from './decode-selector.ts';
import { type At, at, type Fields, NO_ITEMS, own, pathText, type Reading } from './reading.ts';
import type { BlockPeer, Peer, Peers, PodPeer, PolicyPort, PolicyPorts } from './types.ts';

/** Reads CIDR text; a decoder keeps some results, since the same few blocks stand in thousands of policies. */
export type CidrReader = (text: string) => Cidr;

/** The longest text of a block: IPv6 with a dotted tail (45 characters), a slash and a prefix length. */
const MAX_REMEMBERED_LENGTH = 49;
/** Texts that are remembered. Beyond this the memory is emptied: the common ones are soon known again. */
const MAX_REMEMBERED = 4096;

/** A reader that remembers what it has read, within a bound: the texts are strangers', and no end of them can be sent. */
export function createCidrReader(): CidrReader & { readonly remembered: () => number } {
  const known = new Map<string, Cidr>();
  const read = (text: string): Cidr => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const cidr = parseCidr(text);
    if (cidr.range === undefined || text.length > MAX_REMEMBERED_LENGTH) return cidr;
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(text, cidr);
    return cidr;
  };
  return Object.assign(read, { remembered: () => known.size });
}

const PEER_FIELDS = new Set(['podSelector', 'namespaceSelector', 'ipBlock']);
const BLOCK_FIELDS = new Set(['cidr', 'except']);
const PORT_FIELDS = new Set(['protocol', 'port', 'endPort']);
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;

function checkCidr(cidr: Cidr, place: At, reading: Reading): void {
  if (cidr.range !== undefined) return;
  const why = cidr.reason === undefined ? '' : ` (${cidr.reason})`;
  reading.error('invalid-cidr', place, `"${cidr.text}" is no CIDR block${why}: the API server refuses it`);
}

function checkExcept(block: Cidr, except: Cidr, place: At, reading: Reading): void {
  checkCidr(except, place, reading);
  if (block.range === undefined || except.range === undefined) return;
  if (!containsAddresses(block.range, except.range) || containsAddresses(except.range, block.range)) {
    reading.error(
      'invalid-except',
      place,
      `${except.text} is no strict subset of ${block.text}: the API server refuses it`,
    );
  }
}

function decodeBlock(fields: Fields, place: At, path: string, reading: Reading, readCidr: CidrReader): BlockPeer {
  reading.knownFields(fields, BLOCK_FIELDS, place);
  const text = reading.string(fields, 'cidr', place);
  if (text === undefined) reading.error('invalid-cidr', at(place, 'cidr'), 'a CIDR block is required');
  const cidr = readCidr(text ?? '');
  if (text !== undefined) checkCidr(cidr, at(place, 'cidr'), reading);
  const exceptPlace = at(place, 'except');
  const except = reading.strings(fields, 'except', place).map((item, index) => {
    const read = readCidr(item);
    checkExcept(cidr, read, at(exceptPlace, index), reading);
    return read;
  });
  const specified = subtractAddresses(specifiedBy(cidr), unionAddresses(except.flatMap(one => one.range ?? [])));
  const safe = [cidr, ...except].every(one => one.problems.length === 0);
  const worst = safe ? specified : subtractAddresses(mayAllow(cidr), unionAddresses(except.map(surelyExcepts)));
  return { kind: 'block', path, cidr, except, specified, worst };
}

/** One item of `from` or `to`; `undefined` after an issue. */
export function decodePeer(item: unknown, place: At, reading: Reading, readCidr: CidrReader): Peer | undefined {
  if (item === null) return reading.error('invalid-peer', place, 'an empty peer is refused by the API server');
  const fields = reading.fields(item, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, PEER_FIELDS, place);
  const path = pathText(place);
  const block = reading.object(fields, 'ipBlock', place);
  const namespaces = reading.object(fields, 'namespaceSelector', place);
  const pods = reading.object(fields, 'podSelector', place);
  if (block !== undefined) {
    if (namespaces !== undefined || pods !== undefined) {
      reading.error(
        'invalid-peer',
        place,
        'ipBlock stands alone: with a selector beside it the API server refuses the policy',
      );
    }
    return decodeBlock(block, at(place, 'ipBlock'), path, reading, readCidr);
  }
  if (namespaces === undefined && pods === undefined) {
    return reading.error(
      'invalid-peer',
      place,
      'a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it',
    );
  }
  return {
    kind: 'pods',
    path,
    namespaces: namespaces === undefined ? 'own' : decodeSelector(namespaces, at(place, 'namespaceSelector'), reading),
    pods: pods === undefined ? NO_ITEMS : decodeSelector(pods, at(place, 'podSelector'), reading),
  } satisfies PodPeer;
}

/** Result of reading a list whose emptiness means "any" although unreadable items must not turn into that. */
export interface Readable<T> {
  readonly value: T;
  /** An item could not be read and was left out. */
  readonly lossy: boolean;
}

const listOf = <T>(first: T, rest: readonly T[]): readonly [T, ...T[]] =>
  rest.length === 0 ? [first] : [first, ...rest];

/** `from` or `to`: absent, null and empty mean any peer. A list of which nothing could be read is `lossy` and any. */
export function decodePeers(
  fields: Fields,
  key: string,
  up: At,
  reading: Reading,
  readCidr: CidrReader,
): Readable<Peers> {
  const items = reading.list(fields, key, up);
  const peers = items.flatMap((item, index) => decodePeer(item, at(at(up, key), index), reading, readCidr) ?? []);
  const [first, ...rest] = peers;
  const lossy = peers.length < items.length;
  return { value: first === undefined ? { kind: 'any' } : { kind: 'only', peers: listOf(first, rest) }, lossy };
}

function decodeProtocol(fields: Fields, place: At, reading: Reading): Protocol | undefined {
  const written = reading.string(fields, 'protocol', place) ?? 'TCP';
  const protocol = PROTOCOLS.find(known => known === written);
  return protocol ?? reading.error('invalid-port', at(place, 'protocol'), `"${written}" is none of TCP, UDP, SCTP`);
}

export const isPortNumber = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 65535;

function decodeRange(
  port: number,
  endPort: number | undefined,
  protocol: Protocol,
  place: At,
  reading: Reading,
): PolicyPort | undefined {
  if (!isPortNumber(port))
    return reading.error('invalid-port', at(place, 'port'), `${port} is not between 1 and 65535`);
  const last = endPort ?? port;
  if (!isPortNumber(last) || last < port) {
    return reading.error(
      'invalid-port',
      at(place, 'endPort'),
      `${last} is not between ${port} and 65535: the API server refuses it`,
    );
  }
  return { kind: 'range', protocol, first: port, last };
}

function decodePort(item: unknown, place: At, reading: Reading): PolicyPort | undefined {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, PORT_FIELDS, place);
  const protocol = decodeProtocol(fields, place, reading);
  if (protocol === undefined) return undefined;
  const port = own(fields, 'port');
  const endPort = reading.integer(fields, 'endPort', place);
  if (typeof port === 'number') return decodeRange(port, endPort, protocol, place, reading);
  if (endPort !== undefined) {
    return reading.error(
      'invalid-port',
      at(place, 'endPort'),
      'endPort needs a port number: the API server refuses it',
    );
  }
  if (port === undefined) return { kind: 'all', protocol };
  if (typeof port !== 'string')
    return reading.error('wrong-type', at(place, 'port'), 'expected a number or a port name');
  if (!PORT_NAME.test(port)) {
    const hint = /^\d+$/.test(port) ? `: write it without quotes, ${port}` : '';
    return reading.error(
      'invalid-port',
      at(place, 'port'),
      `"${port}" is no port name: the API server refuses it${hint}`,
    );
  }
  return { kind: 'named', protocol, name: port };
}

/** `ports`: absent, null and empty mean every port of every protocol. */
export function decodePorts(fields: Fields, up: At, reading: Reading): Readable<PolicyPorts> {
  const items = reading.list(fields, 'ports', up);
  const ports = items.flatMap((item, index) => decodePort(item, at(at(up, 'ports'), index), reading) ?? []);
  const [first, ...rest] = ports;
  const lossy = ports.length < items.length;
  return { value: first === undefined ? { kind: 'any' } : { kind: 'only', ports: listOf(first, rest) }, lossy };
}
