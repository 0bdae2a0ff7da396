import { type At, at, type Fields, own, type Reading } from '../../kube/reading.ts';
import { type AddressSet, NO_ADDRESSES, subtractAddresses, toCidrs, unionAddresses } from '../../net/addresses.ts';
import { type Cidr, type CidrProblem, parseCidr } from '../../net/cidr.ts';
import { BITS } from '../../net/ip.ts';
import { withIPv6Forms } from '../../net/ipv6-forms.ts';
import { NETWORK_CLASSES, type ProtectedNetworks } from '../types.ts';
import type { BuiltinData, MetadataAddress } from './builtin-data.ts';
import type { DocumentReading } from './read-fields.ts';

/** What is wrong with CIDR text that implementations read differently. */
const AMBIGUITIES: Readonly<Record<Exclude<CidrProblem, 'unreadable'>, string>> = {
  'leading-zero': 'has leading zeros, which some read as octal',
  'host-bits': 'has bits set after its prefix',
  'ipv4-mapped': 'is an IPv4 block in IPv6 form, which some read as IPv4 and some as IPv6',
};

/** Without a prefix it is perhaps one address. */
function adviceOn({ text, reason = '' }: Cidr, { readAddress }: DocumentReading): string {
  if (text.includes('/')) return reason;
  const address = readAddress(text);
  return typeof address === 'string' ? address : `for the one address write ${text}/${BITS[address.family]}`;
}

function unreadable(cidr: Cidr, place: At, reading: DocumentReading): undefined {
  const advice = adviceOn(cidr, reading);
  return reading.error('invalid-cidr', place, `"${cidr.text}" is no CIDR block${advice === '' ? '' : `: ${advice}`}`);
}

/** Refuses CIDR text that is not read alike everywhere: a configuration must mean one thing. */
export function checkUnambiguous(cidr: Cidr, place: At, reading: Reading): void {
  const [problem] = cidr.problems;
  if (problem === undefined || cidr.range === undefined || problem === 'unreadable') return;
  const meant = toCidrs(cidr.range).join(', ');
  reading.error('ambiguous-cidr', place, `${cidr.text} ${AMBIGUITIES[problem]}: write ${meant} if that is meant`);
}

function readCidr(text: string, place: At, reading: DocumentReading): AddressSet {
  const cidr = reading.cidr(text);
  if (cidr.range === undefined) return unreadable(cidr, place, reading) ?? NO_ADDRESSES;
  checkUnambiguous(cidr, place, reading);
  return cidr.range;
}

/** The union of a list of CIDR blocks. Those that cannot be read are left out after an issue. */
export function readBlocks(fields: Fields, key: string, up: At, reading: DocumentReading): AddressSet {
  const place = at(up, key);
  return unionAddresses(
    reading.strings(fields, key, up).map((text, index) => readCidr(text, at(place, index), reading)),
  );
}

/** The tiers, with the IPv6 forms of every address, and without overlap: what is metadata is not link-local. */
function metadataTiers(
  addresses: readonly MetadataAddress[],
  provider: string | undefined,
  added: AddressSet,
): Pick<ProtectedNetworks, 'metadata' | 'credentials' | 'linkLocal'> {
  const isOwn = (address: MetadataAddress): boolean => address.provider === 'any' || address.provider === provider;
  const isPrimary = (address: MetadataAddress): boolean => address.tier === 'metadata' && isOwn(address);
  const setOf = (some: readonly MetadataAddress[]): AddressSet =>
    unionAddresses(some.map(({ cidr }) => parseCidr(cidr).range ?? NO_ADDRESSES));
  const metadata = withIPv6Forms(unionAddresses([setOf(addresses.filter(isPrimary)), added]));
  const isRest = (address: MetadataAddress): boolean =>
    !isPrimary(address) && (provider === undefined || isOwn(address));
  const rest = withIPv6Forms(setOf(addresses.filter(isRest)));
  const credentials = addresses.flatMap(({ tier, cidr, port, ...address }) =>
    tier === 'credentials' && port !== undefined && address.provider === provider ? { cidr, port } : [],
  );
  return { metadata, credentials, linkLocal: subtractAddresses(rest, metadata) };
}

/** `spec.protectedNetworks`. A class that is absent is not known; an empty one says that there is none. */
export function resolveNetworks(
  spec: Fields,
  up: At,
  provider: string | undefined,
  data: BuiltinData,
  reading: DocumentReading,
): ProtectedNetworks {
  const place = at(up, 'protectedNetworks');
  const fields = reading.object(spec, 'protectedNetworks', up) ?? {};
  const [pods, services, nodes, controlPlane] = NETWORK_CLASSES.map(name =>
    own(fields, name) === undefined ? undefined : readBlocks(fields, name, place, reading),
  );
  const assumed = data.assumedNetworks.map(text => parseCidr(text).range ?? NO_ADDRESSES);
  return {
    classes: { pods, services, nodes, controlPlane },
    seen: { pods: NO_ADDRESSES, services: NO_ADDRESSES, nodes: NO_ADDRESSES, controlPlane: NO_ADDRESSES },
    extra: readBlocks(fields, 'extra', place, reading),
    assumed: unionAddresses(assumed),
    ...metadataTiers(data.metadataAddresses, provider, readBlocks(fields, 'metadata', place, reading)),
  };
}
