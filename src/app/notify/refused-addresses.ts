import { type AddressSet, hasAddress, unionAddresses } from '../../core/net/addresses.ts';
import { specifiedByAny } from '../../core/net/cidr.ts';
import { parseAddress, unmap } from '../../core/net/ip.ts';
import { withIPv6Forms } from '../../core/net/ipv6-forms.ts';

/**
 * Addresses that are not of the internet. What stands in a cluster has mostly one of them: Pods, Services, nodes, the API server.
 * Source: the IANA special-purpose address registries (RFC 6890), and multicast (RFC 5771, RFC 4291).
 */
const NOT_INTERNET: AddressSet = specifiedByAny([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/127', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]);

/** What a receiver may be reached at. */
export interface AddressLimits {
  /** May be connected to though they are not of the internet. */
  readonly allowed: AddressSet;
  /** May not, whatever is allowed. */
  readonly refused: AddressSet;
}

/** Whether an address may be connected to. `metadata`: addresses of the clouds' metadata services, some of which are of the internet. */
export function mayConnect(text: string, { allowed, refused }: AddressLimits, metadata: AddressSet): boolean {
  const read = parseAddress(text);
  if (read === undefined) return false;
  const address = unmap(read);
  if (hasAddress(withIPv6Forms(refused), address)) return false;
  return hasAddress(allowed, address) || !hasAddress(withIPv6Forms(unionAddresses([NOT_INTERNET, metadata])), address);
}
