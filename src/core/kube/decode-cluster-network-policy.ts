import {
  decodePortNumber,
  decodePortRange,
  decodeTiersOf,
  namedPort,
  type TierDialect,
  type TierReader,
} from './decode-tier-rules.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import type { PolicyPort } from './types.ts';

const PROTOCOL_FIELDS = [
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
] as const;
const KNOWN = new Set(['tcp', 'udp', 'sctp', 'destinationNamedPort']);

/** `destinationPort`: `number` or `range`; absent or empty, every port of the protocol. */
function readDestination(
  protocol: PolicyPort['protocol'],
  fields: Fields,
  place: At,
  reading: Reading,
): readonly PolicyPort[] | undefined {
  reading.knownFields(fields, new Set(['destinationPort']), place);
  const port = reading.object(fields, 'destinationPort', place) ?? {};
  const portPlace = at(place, 'destinationPort');
  reading.knownFields(port, new Set(['number', 'range']), portPlace);
  const range = reading.object(port, 'range', portPlace);
  if (range !== undefined && own(port, 'number') !== undefined)
    return reading.error('invalid-port', portPlace, 'takes number or range: the API server refuses both');
  if (range !== undefined) {
    const ends = decodePortRange(range, at(portPlace, 'range'), reading);
    if (ends?.first === ends?.last && ends !== undefined)
      return reading.error('invalid-port', at(at(portPlace, 'range'), 'end'), 'must be greater than start');
    return ends && [{ kind: 'range', protocol, ...ends }];
  }
  if (own(port, 'number') === undefined) return [{ kind: 'all', protocol }];
  const number = decodePortNumber(port, 'number', portPlace, reading);
  return number === undefined ? undefined : [{ kind: 'range', protocol, first: number, last: number }];
}

/** One item of `protocols`: exactly one field. */
function readProtocol(item: Fields, place: At, reading: Reading): readonly PolicyPort[] | undefined {
  reading.knownFields(item, KNOWN, place);
  if ([...KNOWN].filter(key => own(item, key) !== undefined).length !== 1)
    return reading.error('invalid-port', place, `takes exactly one of ${[...KNOWN].join(', ')}`);
  const name = reading.string(item, 'destinationNamedPort', place);
  if (name !== undefined) return namedPort(name);
  for (const [key, protocol] of PROTOCOL_FIELDS) {
    const fields = reading.object(item, key, place);
    if (fields !== undefined) return readDestination(protocol, fields, at(place, key), reading);
  }
  return undefined;
}

const DIALECT: TierDialect = {
  actions: new Map([
    ['Accept', 'Allow'],
    ['Deny', 'Deny'],
    ['Pass', 'Pass'],
  ]),
  neededSelectors: ['podSelector'],
  egressPeers: ['networks', 'nodes', 'domainNames'],
  domainActions: ['Allow'],
  most: 25,
  portsField: 'protocols',
  readPort: readProtocol,
};

/** policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy, of the experimental channel too. */
export const readClusterNetworkPolicy: TierReader = {
  versions: ['v1alpha2'],
  read: (spec, object) => decodeTiersOf(spec, object, DIALECT, 'tier'),
};
