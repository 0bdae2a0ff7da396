import { decodeMeta } from './decode-meta.ts';
import { type CidrReader, decodePeers, decodePorts } from './decode-peers.ts';
import { decodeSelector } from './decode-selector.ts';
import { type At, at, type Fields, fieldsAt, fitted, isFields, own, pathText, type Reading } from './reading.ts';
import type { Direction, DirectionRules, NetworkPolicy, PolicyRule } from './types.ts';

const POLICY_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
const SPEC_FIELDS = new Set(['podSelector', 'policyTypes', 'ingress', 'egress']);
const PEERS_FIELD: Readonly<Record<Direction, string>> = { ingress: 'from', egress: 'to' };
const RULE_FIELDS: Readonly<Record<Direction, ReadonlySet<string>>> = {
  ingress: new Set(['from', 'ports']),
  egress: new Set(['to', 'ports']),
};
const SPEC: At = at(undefined, 'spec');

function decodeRule(
  item: unknown,
  place: At,
  direction: Direction,
  reading: Reading,
  readCidr: CidrReader,
): PolicyRule | undefined {
  const fields = reading.fields(item ?? {}, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, RULE_FIELDS[direction], place);
  const peers = decodePeers(fields, PEERS_FIELD[direction], place, reading, readCidr);
  const ports = decodePorts(fields, place, reading);
  // A list of which nothing was readable must not become the opposite of what was written: the rule is left out,
  // and the policy is incomplete.
  if ((peers.lossy && peers.value.kind === 'any') || (ports.lossy && ports.value.kind === 'any')) return undefined;
  return { path: pathText(place), peers: peers.value, ports: ports.value };
}

function decodeRules(
  spec: Fields,
  direction: Direction,
  reading: Reading,
  readCidr: CidrReader,
): readonly PolicyRule[] {
  const place = at(SPEC, direction);
  const rules = reading
    .list(spec, direction, SPEC)
    .flatMap((item, index) => decodeRule(item, at(place, index), direction, reading, readCidr) ?? []);
  return fitted(rules);
}

/**
 * Which directions the policy isolates: SetDefaults_NetworkPolicy in pkg/apis/networking/v1/defaults.go.
 * Absent or empty policyTypes: Ingress, and Egress only where there is at least one egress rule.
 */
export function decodePolicyTypes(spec: Fields, reading: Reading): ReadonlySet<string> {
  const place = at(SPEC, 'policyTypes');
  const types = reading.strings(spec, 'policyTypes', SPEC);
  types.forEach((type, index) => {
    if (type !== 'Ingress' && type !== 'Egress') {
      reading.error(
        'invalid-policy-type',
        at(place, index),
        `"${type}" is neither Ingress nor Egress: the API server refuses it`,
      );
    }
  });
  if (types.length > 2)
    reading.error('invalid-policy-type', place, 'at most two policyTypes: the API server refuses it');
  if (own(spec, 'policyTypes') !== undefined && types.length > 0) return new Set(types);
  // Whoever reads its rules tells where it is no list.
  const egress = own(spec, 'egress');
  return new Set(Array.isArray(egress) && egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
}

/** Who owns a part of the spec. What is not as the API server writes it names nobody: nothing is judged by it. */
export function specManagersOf(fields: Fields): readonly string[] {
  const entries = own(fieldsAt(fields, 'metadata'), 'managedFields');
  if (!Array.isArray(entries)) return [];
  const names = entries
    .filter(isFields)
    .filter(entry => own(fieldsAt(entry, 'fieldsV1'), 'f:spec') !== undefined)
    .map(entry => own(entry, 'manager'));
  return fitted([...new Set(names.filter(name => typeof name === 'string'))].sort());
}

/** networking.k8s.io/v1 NetworkPolicy. What cannot be read is left out, noted, and makes the policy `incomplete`. */
export function decodePolicy(fields: Fields, reading: Reading, readCidr: CidrReader): NetworkPolicy {
  reading.knownFields(fields, POLICY_FIELDS, undefined);
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  reading.knownFields(spec, SPEC_FIELDS, SPEC);
  const selector = reading.object(spec, 'podSelector', SPEC);
  const podSelector = selector === undefined ? [] : decodeSelector(selector, at(SPEC, 'podSelector'), reading);
  const types = decodePolicyTypes(spec, reading);
  const direction = (name: Direction, type: string): DirectionRules => {
    const rules = decodeRules(spec, name, reading, readCidr);
    return types.has(type) ? { isolates: true, rules } : { isolates: false };
  };
  const ingress = direction('ingress', 'Ingress');
  const egress = direction('egress', 'Egress');
  const incomplete = reading.issues.some(issue => issue.severity === 'error' && !CIDR_TROUBLE.has(issue.code));
  return {
    kind: 'NetworkPolicy',
    meta,
    podSelector,
    ingress,
    egress,
    specManagers: specManagersOf(fields),
    incomplete,
  };
}

/** Bad CIDR text has a worst reading of its own (everything, or no except), so it does not make the policy incomplete. */
const CIDR_TROUBLE = new Set(['invalid-cidr', 'invalid-except']);
