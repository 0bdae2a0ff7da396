import { listed } from '../listed.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  intersectAddresses,
  NO_ADDRESSES,
  subtractAddresses,
  unionAddresses,
} from '../net/addresses.ts';
import { type Cidr, mayAllow, surelyExcepts } from '../net/cidr.ts';
import type { CidrReader } from './decode-peers.ts';
import { type At, at, type Fields, pathText, type Reading } from './reading.ts';
import type { BlockPeer } from './types.ts';

/** A bare address is a block of one. */
function blockText(text: string): string {
  if (text.includes('/')) return text;
  return `${text}/${text.includes(':') ? 128 : 32}`;
}

/** The blocks of a list; what cannot be read is left out, with an issue. */
export function decodeCalicoNets(
  parent: Fields,
  key: string,
  up: At,
  reading: Reading,
  readCidr: CidrReader,
): readonly Cidr[] {
  return reading.strings(parent, key, up).flatMap((text, index) => {
    const cidr = readCidr(blockText(text));
    const place = at(at(up, key), index);
    if (cidr.range === undefined) {
      const why = cidr.reason === undefined ? '' : ` (${cidr.reason})`;
      reading.error('invalid-cidr', place, `"${text}" is no CIDR block${why}: Calico refuses it`);
      return [];
    }
    if (cidr.problems.includes('host-bits'))
      reading.warn('invalid-cidr', place, `"${text}" has bits after its prefix: Calico refuses it`);
    return [cidr];
  });
}

/** Every address of the families that the set has any address of. */
const familiesOf = ({ v4, v6 }: AddressSet): AddressSet => ({
  v4: v4.length > 0 ? ALL_ADDRESSES.v4 : [],
  v6: v6.length > 0 ? ALL_ADDRESSES.v6 : [],
});

const rangesOf = (cidrs: readonly Cidr[], read: (cidr: Cidr) => AddressSet): AddressSet =>
  unionAddresses([NO_ADDRESSES, ...cidrs.map(read)]);

const rangeOf = ({ range }: Cidr): AddressSet => range ?? NO_ADDRESSES;

/** One block for all of them: its text lists them. */
function joined(cidrs: readonly Cidr[]): Cidr {
  const [only] = cidrs;
  if (only !== undefined && cidrs.length === 1) return only;
  return {
    text: listed(cidrs.map(({ text }) => text)),
    range: rangesOf(cidrs, rangeOf),
    problems: [...new Set(cidrs.flatMap(({ problems }) => problems))],
  };
}

const FAMILIES: ReadonlyMap<number, AddressSet> = new Map([
  [4, { v4: ALL_ADDRESSES.v4, v6: [] }],
  [6, { v4: [], v6: ALL_ADDRESSES.v6 }],
]);

/**
 * `nets` less `notNets` of one end, in the rule's `ipVersion`; `undefined` where none of them is given. Felix leaves a rule out of a family that its
 * `notNets` name no block of, so these never mean the other family.
 */
export function netsOf(
  entity: Fields,
  ipVersion: number | undefined,
  place: At,
  reading: Reading,
  readCidr: CidrReader,
): BlockPeer | undefined {
  const nets = decodeCalicoNets(entity, 'nets', place, reading, readCidr);
  const except = decodeCalicoNets(entity, 'notNets', place, reading, readCidr);
  const family = ipVersion === undefined ? undefined : FAMILIES.get(ipVersion);
  if (nets.length === 0 && except.length === 0 && family === undefined) return undefined;
  const excepted = rangesOf(except, rangeOf);
  const within = intersectAddresses(
    family ?? ALL_ADDRESSES,
    except.length === 0 ? ALL_ADDRESSES : familiesOf(excepted),
  );
  const whole = (named: AddressSet): AddressSet => intersectAddresses(nets.length === 0 ? within : named, within);
  return {
    kind: 'block',
    path: pathText(at(place, nets.length > 0 || except.length === 0 ? 'nets' : 'notNets')),
    cidr: nets.length === 0 ? { text: 'any address', range: within, problems: [] } : joined(nets),
    except,
    specified: subtractAddresses(whole(rangesOf(nets, rangeOf)), excepted),
    worst: subtractAddresses(whole(rangesOf(nets, mayAllow)), rangesOf(except, surelyExcepts)),
  };
}
