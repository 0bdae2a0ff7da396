import { parseAddress } from '../net/ip.ts';
import { canonicalAddress } from './decode-endpoints.ts';
import { decodeMeta } from './decode-meta.ts';
import { type Fields, fieldsAt, isFields, own, type Reading } from './reading.ts';
import type { Node } from './types.ts';

/** v1 Node: its labels and its addresses. Entries of status.addresses that are names of hosts are no addresses. */
export function decodeNode(fields: Fields, reading: Reading): Node {
  const written = own(fieldsAt(fields, 'status'), 'addresses');
  const addresses = (Array.isArray(written) ? written : []).filter(isFields).flatMap(entry => {
    const text = own(entry, 'address');
    const isAddress = typeof text === 'string' && parseAddress(text) !== undefined;
    return isAddress ? [{ type: own(entry, 'type'), address: canonicalAddress(text) }] : [];
  });
  return {
    kind: 'Node',
    meta: decodeMeta(fields, reading, 'cluster'),
    nodeAddresses: addresses.map(({ address }) => address),
    internalAddresses: addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
  };
}
