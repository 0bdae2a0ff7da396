import type { Fields, Issue } from '../../kube/reading.ts';
import type { AddressReader } from '../../net/ip.ts';
import type { GatePolicy } from '../types.ts';
import { BUILTIN_DATA } from './builtin.ts';
import { resolveGatePolicy } from './resolve.ts';
import { checkSchema } from './schema-check.ts';

/** What became of a GatePolicy document. */
export interface DecodedGatePolicy {
  /** `undefined` where there is an issue of severity error: nobody goes on with half of one. */
  readonly policy: GatePolicy | undefined;
  /** Every problem at once, unknown fields too. */
  readonly issues: readonly Issue[];
}

/**
 * One issue for one place. The schema speaks of fields that nobody knows, that are missing or empty, and of closed lists; the reader of a field of what
 * its value means. Both see a wrong type, and an empty list of peers: the reader knows more. A warning gives way to an error.
 */
function mergeIssues(read: readonly Issue[], schema: readonly Issue[]): readonly Issue[] {
  const readErrors = read.filter(issue => issue.severity === 'error');
  const readPaths = new Set(readErrors.map(issue => issue.path));
  const errors = [...readErrors, ...schema.filter(issue => !readPaths.has(issue.path))];
  const errorPaths = new Set(errors.map(issue => issue.path));
  return [...errors, ...read.filter(issue => issue.severity === 'warning' && !errorPaths.has(issue.path))];
}

/** Decodes a document, laid over its preset and the built-in data; its addresses by `readAddress`, absent by our own parser. Never throws. */
export function decodeGatePolicy(document: Fields, readAddress?: AddressReader): DecodedGatePolicy {
  const read = resolveGatePolicy(document, BUILTIN_DATA, readAddress);
  const issues = mergeIssues(read.issues, checkSchema(document));
  return { policy: issues.some(({ severity }) => severity === 'error') ? undefined : read.policy, issues };
}
