import { PROTOCOLS, type Protocol } from '../net/ports.ts';
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

const KNOWN = new Set(['portNumber', 'portRange', 'namedPort']);

/** An absent protocol is TCP. */
function readProtocol(fields: Fields, place: At, reading: Reading): Protocol | undefined {
  const written = reading.string(fields, 'protocol', place) ?? 'TCP';
  const protocol = PROTOCOLS.find(known => known === written);
  return protocol ?? reading.error('invalid-port', at(place, 'protocol'), `"${written}" is none of TCP, UDP, SCTP`);
}

function readNumber(fields: Fields, place: At, reading: Reading): readonly PolicyPort[] | undefined {
  reading.knownFields(fields, new Set(['protocol', 'port']), place);
  const protocol = readProtocol(fields, place, reading);
  const port = decodePortNumber(fields, 'port', place, reading);
  return protocol === undefined || port === undefined
    ? undefined
    : [{ kind: 'range', protocol, first: port, last: port }];
}

function readRange(fields: Fields, place: At, reading: Reading): readonly PolicyPort[] | undefined {
  const protocol = readProtocol(fields, place, reading);
  const ends = decodePortRange(fields, place, reading);
  return protocol && ends && [{ kind: 'range', protocol, ...ends }];
}

/** One item of `ports`: exactly one of `portNumber`, `portRange` and `namedPort`. */
export function readTierPort(item: Fields, place: At, reading: Reading): readonly PolicyPort[] | undefined {
  reading.knownFields(item, KNOWN, place);
  if ([...KNOWN].filter(key => own(item, key) !== undefined).length !== 1)
    return reading.error('invalid-port', place, `takes exactly one of ${[...KNOWN].join(', ')}`);
  const name = reading.string(item, 'namedPort', place);
  if (name !== undefined) return namedPort(name);
  const number = reading.object(item, 'portNumber', place);
  if (number !== undefined) return readNumber(number, at(place, 'portNumber'), reading);
  const range = reading.object(item, 'portRange', place);
  return range && readRange(range, at(place, 'portRange'), reading);
}

const ADMIN: TierDialect = {
  actions: new Map([
    ['Allow', 'Allow'],
    ['Deny', 'Deny'],
    ['Pass', 'Pass'],
  ]),
  neededSelectors: ['namespaceSelector', 'podSelector'],
  egressPeers: ['networks', 'nodes', 'domainNames'],
  domainActions: ['Allow'],
  most: 100,
  portsField: 'ports',
  readPort: readTierPort,
};

const BASELINE: TierDialect = {
  ...ADMIN,
  actions: new Map([
    ['Allow', 'Allow'],
    ['Deny', 'Deny'],
  ]),
};

/** policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy, of the experimental channel too. */
export const readAdminNetworkPolicy: TierReader = {
  versions: ['v1alpha1'],
  read: (spec, object) => decodeTiersOf(spec, object, ADMIN, 'Admin'),
};

/** policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy: the one object named `default`. */
export const readBaselineAdminNetworkPolicy: TierReader = {
  versions: ['v1alpha1'],
  read: (spec, object) => decodeTiersOf(spec, object, BASELINE, 'Baseline'),
};
