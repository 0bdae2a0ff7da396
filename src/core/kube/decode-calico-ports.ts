import { PROTOCOLS, type Protocol } from '../net/ports.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import type { TierAction, TierPorts } from './tiers.ts';
import type { PolicyPort } from './types.ts';

/** Protocols by the names that Calico has for them, in small letters, and by the numbers of those with ports (IANA). */
const NAMES: ReadonlyMap<string, Protocol | 'other'> = new Map([
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
  ['icmp', 'other'],
  ['icmpv6', 'other'],
  ['udplite', 'other'],
]);
const NUMBERS: ReadonlyMap<number, Protocol> = new Map([
  [6, 'TCP'],
  [17, 'UDP'],
  [132, 'SCTP'],
]);
const SPELLINGS: ReadonlySet<string> = new Set(['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6', 'UDPLite']);

type RuleProtocol = Protocol | 'other' | undefined;

function protocolAt(parent: Fields, key: string, up: At, reading: Reading): RuleProtocol {
  const value = own(parent, key);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 255)
    return NUMBERS.get(number) ?? 'other';
  const known = typeof value === 'string' ? NAMES.get(value.toLowerCase()) : undefined;
  if (known === undefined || !SPELLINGS.has(String(value))) {
    reading.error(
      'invalid-protocol',
      at(up, key),
      `${JSON.stringify(value)} is none of ${[...SPELLINGS].join(', ')} and no number from 1 to 255: Calico refuses it`,
    );
  }
  return known;
}

/** A port as Calico writes it: a number, `first:last` or a name. */
type WrittenPort = { readonly first: number; readonly last: number } | { readonly name: string };

const RANGE = /^(\d{1,5})(?::(\d{1,5}))?$/;
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

function readPort(value: unknown, place: At, reading: Reading): WrittenPort | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return reading.error('wrong-type', place, 'expected a number, a range or a port name');
  const [, start, end = start] = RANGE.exec(text) ?? [];
  if (start === undefined) {
    if (typeof value === 'string' && NAME.test(text)) return { name: text };
    return reading.error('invalid-port', place, `"${text}" is no port, range or port name: Calico refuses it`);
  }
  const [first, last] = [Number(start), Number(end)];
  if (first >= 1 && first <= last && last <= 65535) return { first, last };
  return reading.error(
    'invalid-port',
    place,
    `${text} is not between 1 and 65535, lower port first: Calico refuses it`,
  );
}

/** `undefined`: absent or empty, any port. */
function portsAt(entity: Fields, key: string, up: At, reading: Reading): readonly WrittenPort[] | undefined {
  const items = reading.list(entity, key, up);
  if (items.length === 0) return undefined;
  return items.flatMap((item, index) => readPort(item, at(at(up, key), index), reading) ?? []);
}

const policyPorts = (ports: readonly WrittenPort[], protocols: readonly Protocol[]): readonly PolicyPort[] =>
  protocols.flatMap(protocol =>
    ports.map(
      (port): PolicyPort =>
        'name' in port ? { kind: 'named', protocol, name: port.name } : { kind: 'range', protocol, ...port },
    ),
  );

/** Ports need a protocol that has them; names of ports bring their own. */
function checkPorts(ports: readonly WrittenPort[], protocol: RuleProtocol, place: At, reading: Reading): void {
  if (ports.length === 0) return;
  if (protocol === undefined ? ports.every(port => 'name' in port) : protocol !== 'other') return;
  reading.error('invalid-port', place, 'ports need the protocol TCP, UDP or SCTP: Calico refuses the rule');
}

const isOfICMP = (rule: Fields): boolean => own(rule, 'icmp') !== undefined || own(rule, 'notICMP') !== undefined;

/** Where the rule is about ports that the connection comes from: those are the client's to choose. */
export function namesSourcePorts(source: Fields): string | undefined {
  const isGiven = (key: string): boolean => {
    const value = own(source, key);
    return Array.isArray(value) && value.length > 0;
  };
  return ['ports', 'notPorts'].find(isGiven);
}

/**
 * Which destination ports a rule is about, of which protocols. `destination`: the rule's field of that name. Protocols without ports are not told
 * apart: a rule about some of them opens them all, and closes none.
 */
export function decodeCalicoPorts(
  rule: Fields,
  destination: Fields,
  action: TierAction,
  place: At,
  reading: Reading,
): TierPorts {
  const up = at(place, 'destination');
  const protocol = protocolAt(rule, 'protocol', place, reading);
  const not = protocolAt(rule, 'notProtocol', place, reading);
  const ports = portsAt(destination, 'ports', up, reading);
  const except = portsAt(destination, 'notPorts', up, reading) ?? [];
  checkPorts(ports ?? [], protocol, at(up, 'ports'), reading);
  checkPorts(except, protocol, at(up, 'notPorts'), reading);
  if (protocol === undefined && not === undefined && !isOfICMP(rule) && ports === undefined && except.length === 0)
    return { kind: 'any' };
  const isWhole = protocol === undefined && not !== 'other' && !isOfICMP(rule);
  const protocols = PROTOCOLS.filter(one => one !== not && (protocol ?? one) === one);
  const all = protocols.map((one): PolicyPort => ({ kind: 'all', protocol: one }));
  return {
    kind: 'only',
    ports: ports === undefined ? all : policyPorts(ports, protocols),
    except: policyPorts(except, protocols),
    other: ports === undefined && (protocol === undefined || protocol === 'other') && (isWhole || action === 'Allow'),
  };
}
