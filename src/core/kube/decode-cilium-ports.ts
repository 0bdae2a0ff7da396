import { PROTOCOLS, type Protocol } from '../net/ports.ts';
import type { CiliumPorts } from './cilium.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import type { PolicyPort } from './types.ts';

const PORT_RULE_FIELDS = new Set(['ports', 'rules', 'terminatingTLS', 'originatingTLS', 'serverNames', 'listener']);
const DENY_PORT_RULE_FIELDS = new Set(['ports']);
const PORT_FIELDS = new Set(['port', 'endPort', 'protocol']);
const ICMP_FIELDS = new Set(['family', 'type']);

/** Protocols without ports that a rule may name (api.L4Proto). */
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set([
  'ICMP',
  'ICMPv6',
  'VRRP',
  'IGMP',
  'GRE',
  'IPIP',
  'IPV6',
  'ESP',
  'AH',
]);
/** pkg/policy/api/rule_validation.go: the agent refuses longer lists. */
const MAX_PORTS = 40;
/** pkg/iana: a service name (RFC 6335). */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[A-Za-z])(?!.*--)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const PORT_NUMBER = /^(?:0|[1-9]\d{0,4})$/;
const LAST_PORT = 65535;

/** The protocols that an entry is for: absent and `ANY` are all that have ports. `other`: one that has none. */
function protocolsOf(fields: Fields, place: At, reading: Reading): readonly Protocol[] | 'other' {
  const written = reading.string(fields, 'protocol', place) ?? 'ANY';
  if (written === '' || written === 'ANY') return PROTOCOLS;
  if (OTHER_PROTOCOLS.has(written)) return 'other';
  const protocol = PROTOCOLS.find(known => known === written);
  if (protocol !== undefined) return [protocol];
  reading.error('invalid-port', at(place, 'protocol'), `"${written}" is none of TCP, UDP, SCTP, ANY`);
  return [];
}

type Numbers = { readonly first: number; readonly last: number };

function rangeOf(text: string, fields: Fields, place: At, reading: Reading): Numbers | 'all' | undefined {
  const first = Number(text);
  if (!PORT_NUMBER.test(text) || first > LAST_PORT) {
    return reading.error('invalid-port', at(place, 'port'), `"${text}" is no port number from 0 to 65535, and no name`);
  }
  const endPort = reading.integer(fields, 'endPort', place) ?? 0;
  if (first === 0) return 'all';
  if (endPort !== 0 && (endPort < first || endPort > LAST_PORT)) {
    return reading.error('invalid-port', at(place, 'endPort'), `${endPort} is not between ${first} and ${LAST_PORT}`);
  }
  return { first, last: endPort === 0 ? first : endPort };
}

/** What one entry of `ports` names. */
function decodePort(item: unknown, place: At, reading: Reading): readonly (PolicyPort | 'other')[] {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return [];
  reading.knownFields(fields, PORT_FIELDS, place);
  const protocols = protocolsOf(fields, place, reading);
  const text = reading.string(fields, 'port', place);
  if (protocols === 'other') return ['other'];
  if (text === undefined || text === '') {
    if (own(fields, 'port') === undefined || text === '')
      reading.error('invalid-port', at(place, 'port'), 'a port is required');
    return [];
  }
  // A name stands for one number: endPort beside it is not looked at. Names are compared in small letters.
  if (PORT_NAME.test(text)) return protocols.map(protocol => ({ kind: 'named', protocol, name: text.toLowerCase() }));
  const range = rangeOf(text, fields, place, reading);
  if (range === undefined) return [];
  if (range === 'all') return protocols.map(protocol => ({ kind: 'all', protocol }));
  return protocols.map(protocol => ({ kind: 'range', protocol, ...range }));
}

function decodePortRule(
  item: unknown,
  place: At,
  isDeny: boolean,
  reading: Reading,
): readonly (PolicyPort | 'other')[] {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return [];
  reading.knownFields(fields, isDeny ? DENY_PORT_RULE_FIELDS : PORT_RULE_FIELDS, place);
  const items = reading.list(fields, 'ports', place);
  if (items.length > MAX_PORTS)
    reading.error(
      'invalid-port',
      at(place, 'ports'),
      `at most ${MAX_PORTS} ports: the Cilium agent refuses the policy`,
    );
  return items.flatMap((port, index) => decodePort(port, at(at(place, 'ports'), index), reading));
}

/** Whether a list of `icmps` names a message. Which ones does not matter: they have no ports. */
function namesMessage(item: unknown, place: At, reading: Reading): boolean {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return false;
  reading.knownFields(fields, new Set(['fields']), place);
  const messages = reading.list(fields, 'fields', place);
  if (messages.length > MAX_PORTS)
    reading.error(
      'invalid-icmp',
      at(place, 'fields'),
      `at most ${MAX_PORTS} messages: the Cilium agent refuses the policy`,
    );
  messages.forEach((message, index) => {
    const at_ = at(at(place, 'fields'), index);
    const known = reading.fields(message, at_);
    if (known === undefined) return;
    reading.knownFields(known, ICMP_FIELDS, at_);
    const family = reading.string(known, 'family', at_) ?? 'IPv4';
    if (family !== 'IPv4' && family !== 'IPv6')
      reading.error('invalid-icmp', at(at_, 'family'), `"${family}" is neither IPv4 nor IPv6`);
  });
  return messages.length > 0;
}

export interface DecodedPorts {
  readonly ports: CiliumPorts;
  readonly others: boolean;
}

/** `toPorts` and `icmps` of a rule. Neither there, or both empty: any port, and what has none. */
export function decodeCiliumPorts(rule: Fields, place: At, isDeny: boolean, reading: Reading): DecodedPorts {
  const toPorts = reading.list(rule, 'toPorts', place);
  const icmps = reading.list(rule, 'icmps', place);
  if (toPorts.length > 0 && icmps.length > 0)
    reading.error('invalid-rule', at(place, 'icmps'), 'icmps beside toPorts: the Cilium agent refuses the policy');
  if (toPorts.length === 0 && icmps.length === 0) return { ports: { kind: 'any' }, others: true };
  const entries = toPorts.flatMap((item, index) =>
    decodePortRule(item, at(at(place, 'toPorts'), index), isDeny, reading),
  );
  const messages = icmps.map((item, index) => namesMessage(item, at(at(place, 'icmps'), index), reading));
  return {
    ports: { kind: 'only', ports: entries.filter(entry => entry !== 'other') },
    others: messages.includes(true) || entries.includes('other'),
  };
}
