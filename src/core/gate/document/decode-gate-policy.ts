import type { Fields, Issue } from '../../kube/reading.ts';
import type { AddressReader } from '../../net/ip.ts';
import type { GatePolicy } from '../types.ts';
import { BUILTIN_DATA } from './builtin.ts';
import { resolveGatePolicy } from './resolve.ts';
import { checkSchema, mergeIssues } from './schema-check.ts';

/** What became of a GatePolicy document. */
export interface DecodedGatePolicy {
  /** `undefined` where there is an issue of severity error: nobody goes on with half of one. */
  readonly policy: GatePolicy | undefined;
  /** Every problem at once, unknown fields too. */
  readonly issues: readonly Issue[];
}

/** Decodes a document, laid over its preset and the built-in data; its addresses by `readAddress`, absent by our own parser. Never throws. */
export function decodeGatePolicy(document: Fields, readAddress?: AddressReader): DecodedGatePolicy {
  const read = resolveGatePolicy(document, BUILTIN_DATA, readAddress);
  const issues = mergeIssues(read.issues, checkSchema(document));
  return { policy: issues.some(({ severity }) => severity === 'error') ? undefined : read.policy, issues };
}
