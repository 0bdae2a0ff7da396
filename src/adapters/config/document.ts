import { decodeGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { type Issue, isFields, own } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';
import type { AddressReader } from '../../core/net/ip.ts';
import { compare } from '../../core/order.ts';
import { readYaml, type YamlDocument } from './yaml-text.ts';

/** What became of the text of a file. */
export interface ReadGatePolicy {
  /** `undefined` where there is a problem of severity error. */
  readonly policy: GatePolicy | undefined;
  /** By place in the file. */
  readonly problems: readonly Problem[];
}

const isGatePolicy = ({ value }: YamlDocument): boolean => isFields(value) && own(value, 'kind') === 'GatePolicy';

function problemOf(issue: Issue, document: YamlDocument, file: string): Problem {
  const { severity, code, path, message } = issue;
  return {
    severity,
    code,
    file,
    ...document.locate(path, code === 'unknown-field' ? 'key' : 'value'),
    field: path,
    message,
  };
}

const byPlace = (a: Problem, b: Problem): number =>
  a.line - b.line || a.column - b.column || compare(a.field, b.field) || compare(a.message, b.message);

function readOne(document: YamlDocument, file: string, readAddress: AddressReader | undefined): ReadGatePolicy {
  const value = isFields(document.value) ? document.value : {};
  const { policy, issues } = decodeGatePolicy(value, readAddress);
  return { policy, problems: issues.map(issue => problemOf(issue, document, file)).sort(byPlace) };
}

function notOne(found: readonly YamlDocument[], all: readonly YamlDocument[], file: string): Problem {
  const [first, second] = found;
  const position = (second ?? all[0])?.locate(second === undefined ? '' : 'kind', 'key') ?? { line: 0, column: 0 };
  const message =
    first === undefined
      ? 'no GatePolicy is here: one document with apiVersion chokepoint.dev/v1alpha1 and kind GatePolicy is required'
      : `a second GatePolicy: the first is on line ${first.locate('kind', 'key').line}, and only one can hold`;
  const code = first === undefined ? 'no-gate-policy' : 'several-gate-policies';
  return { severity: 'error', code, file, ...position, field: second === undefined ? '' : 'kind', message };
}

/**
 * Reads the GatePolicy in the text of a file, its addresses by `readAddress`, absent by our own parser. It may stand among documents of other
 * kinds, which are passed over. Never throws.
 */
export function readGatePolicy(text: string, file: string, readAddress?: AddressReader): ReadGatePolicy {
  const read = readYaml(text, file);
  if (read.kind === 'problems') return { policy: undefined, problems: read.problems };
  const found = read.documents.filter(isGatePolicy);
  const [only] = found;
  if (only === undefined || found.length > 1)
    return { policy: undefined, problems: [notOne(found, read.documents, file)] };
  return readOne(only, file, readAddress);
}
