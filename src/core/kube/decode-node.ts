import { parseAddress } from '../net/ip.ts';
import { canonicalAddress } from './decode-endpoints.ts';
import { decodeMeta } from './decode-meta.ts';
import { type Fields, fieldsAt, isFields, own, type Reading } from './reading.ts';
import type { Node } from './types.ts';

/** v1 Node: its labels and its addresses. Entries of status.addresses that are names of hosts are no addresses. */
export function decodeNode(fields: Fields, reading: Reading): Node {
  const entries = own(fieldsAt(fields, 'status'), 'addresses');
  const texts = (Array.isArray(entries) ? entries : []).filter(isFields).map(entry => own(entry, 'address'));
  return {
    kind: 'Node',
    meta: decodeMeta(fields, reading, 'cluster'),
    nodeAddresses: texts
      .filter(text => typeof text === 'string')
      .filter(text => parseAddress(text))
      .map(canonicalAddress),
  };
}
