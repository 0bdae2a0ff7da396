import { unionAddresses } from '../net/addresses.ts';
import type { CalicoNetworkSet, CalicoPolicy, CalicoRule, CalicoTier } from './calico.ts';
import {
  ALL,
  allOf,
  type Expression,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  prefixed,
  requirement,
  SERVICE_ACCOUNT_PREFIX,
} from './calico-expression.ts';
import { decodeCalicoEntity, expressionAt } from './decode-calico-entity.ts';
import { decodeCalicoNets } from './decode-calico-nets.ts';
import { decodeCalicoPorts, namesSourcePorts } from './decode-calico-ports.ts';
import { decodeMeta } from './decode-meta.ts';
import type { CidrReader } from './decode-peers.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import type { TierAction, UnknownPart } from './tiers.ts';
import type { Direction } from './types.ts';

const SPEC: At = at(undefined, 'spec');
const OBJECT_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
const NAMESPACED_FIELDS = new Set([
  ...['tier', 'order', 'selector', 'types', 'ingress', 'egress', 'serviceAccountSelector', 'performanceHints'],
]);
/** What a policy is that bears on the traffic of host endpoints, or on what these forward. */
const HOST_FIELDS = ['doNotTrack', 'preDNAT', 'applyOnForward'] as const;
const GLOBAL_FIELDS = new Set([...NAMESPACED_FIELDS, 'namespaceSelector', ...HOST_FIELDS]);
const RULE_FIELDS = new Set([
  ...['action', 'ipVersion', 'protocol', 'notProtocol', 'icmp', 'notICMP', 'source', 'destination', 'http', 'metadata'],
]);
const SET_FIELDS = new Set(['nets', 'allowedEgressDomains']);
const TIER_FIELDS = new Set(['order', 'defaultAction']);

/** The tier of policies that name none. */
export const DEFAULT_TIER = 'default';

const ACTIONS: ReadonlyMap<string, TierAction | 'Log'> = new Map([
  ['Allow', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
  ['Log', 'Log'],
]);

/** Infinity where there is none. Fractions are orders too. */
function orderAt(spec: Fields, reading: Reading): number {
  const order = own(spec, 'order');
  if (order === undefined) return Number.POSITIVE_INFINITY;
  if (typeof order === 'number') return order;
  reading.error('wrong-type', at(SPEC, 'order'), 'expected a number');
  return Number.POSITIVE_INFINITY;
}

function actionAt(rule: Fields, place: At, reading: Reading): TierAction | 'Log' | undefined {
  const written = reading.string(rule, 'action', place);
  const action = ACTIONS.get(written ?? '');
  if (action !== undefined) return action;
  const text = written === undefined ? 'an action is required' : `"${written}" is no action`;
  return reading.error(
    'invalid-action',
    at(place, 'action'),
    `${text}: one of ${[...ACTIONS.keys()].join(', ')}: Calico refuses the policy`,
  );
}

function ipVersionAt(rule: Fields, place: At, reading: Reading): number | undefined {
  const version = reading.integer(rule, 'ipVersion', place);
  if (version !== undefined && version !== 4 && version !== 6)
    reading.error('invalid-rule', at(place, 'ipVersion'), `${version} is neither 4 nor 6: Calico refuses it`);
  return version;
}

/** What of a rule is not judged, though it can be read. */
function unjudged(source: Fields, destination: Fields, place: At): UnknownPart | undefined {
  const path = (end: string, key: string): string => pathText(at(at(place, end), key));
  for (const [end, fields] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    if (own(fields, 'services') !== undefined)
      return { path: path(end, 'services'), why: 'the endpoints of Services are not judged' };
  }
  const ports = namesSourcePorts(source);
  if (ports === undefined) return undefined;
  return { path: path('source', ports), why: 'the port that a connection comes from is not known' };
}

/** The first thing that could not be read since there were so many issues. */
function unreadable(reading: Reading, known: number): UnknownPart | undefined {
  const issue = reading.issues.slice(known).find(({ severity }) => severity === 'error');
  return issue && { path: issue.path, why: `cannot be read: ${issue.message}` };
}

/** The rules of one item: none where it only logs; one of either kind where its action is not known. */
function decodeRule(
  item: unknown,
  namespace: string,
  place: At,
  reading: Reading,
  readCidr: CidrReader,
): readonly CalicoRule[] {
  const known = reading.issues.length;
  const rule = reading.fields(item ?? {}, place) ?? {};
  reading.knownFields(rule, RULE_FIELDS, place);
  const action = actionAt(rule, place, reading);
  const ipVersion = ipVersionAt(rule, place, reading);
  const end = (name: 'source' | 'destination') => {
    const fields = reading.object(rule, name, place) ?? {};
    return { fields, entity: decodeCalicoEntity(fields, namespace, ipVersion, at(place, name), reading, readCidr) };
  };
  const source = end('source');
  const destination = end('destination');
  if (action === 'Log') return [];
  const ports = (of: TierAction) => decodeCalicoPorts(rule, destination.fields, of, place, reading);
  const read = (of: TierAction) => ({
    ...{ path: pathText(place), action: of, source: source.entity, destination: destination.entity },
    ports: ports(of),
  });
  const rules = action === undefined ? [read('Allow'), read('Deny')] : [read(action)];
  const unknown = unreadable(reading, known) ?? unjudged(source.fields, destination.fields, place);
  return unknown === undefined ? rules : rules.map(one => ({ ...one, unknown }));
}

const DIRECTIONS: readonly (readonly [string, Direction])[] = [
  ['Ingress', 'ingress'],
  ['Egress', 'egress'],
];

/** Directions of a policy: `types`; absent, egress if it has egress rules, and ingress unless it has egress rules alone. */
function typesOf(spec: Fields, reading: Reading): ReadonlySet<Direction> {
  const written = reading.strings(spec, 'types', SPEC);
  written.forEach((type, index) => {
    const isType = DIRECTIONS.some(([name]) => name === type);
    if (isType && written.indexOf(type) === index) return;
    const why = isType ? `"${type}" is given twice` : `"${type}" is neither Ingress nor Egress`;
    reading.error('invalid-policy-type', at(at(SPEC, 'types'), index), `${why}: Calico refuses it`);
  });
  if (written.length > 0) return new Set(DIRECTIONS.flatMap(([name, key]) => (written.includes(name) ? [key] : [])));
  const has = (key: Direction): boolean => reading.list(spec, key, SPEC).length > 0;
  if (!has('egress')) return new Set(['ingress']);
  return new Set(has('ingress') ? ['ingress', 'egress'] : ['egress']);
}

/** Every endpoint that a policy may be for: of its namespace, or all. */
const scopeOf = (namespace: string): Expression =>
  namespace === '' ? ALL : requirement(NAMESPACE_LABEL, 'In', [namespace]);

/** The endpoints of a policy: all that it gives must hold. */
function subjectOf(spec: Fields, namespace: string, reading: Reading): Expression {
  const selector = expressionAt(spec, 'selector', SPEC, reading) ?? ALL;
  const accounts = expressionAt(spec, 'serviceAccountSelector', SPEC, reading) ?? ALL;
  const namespaces =
    namespace === ''
      ? prefixed(expressionAt(spec, 'namespaceSelector', SPEC, reading) ?? ALL, NAMESPACE_PREFIX)
      : scopeOf(namespace);
  return allOf([namespaces, selector, prefixed(accounts, SERVICE_ACCOUNT_PREFIX)]);
}

/** Policies of host endpoints stand before or beside those of pods. */
function ofHosts(spec: Fields, reading: Reading): UnknownPart | undefined {
  const given = HOST_FIELDS.filter(key => reading.boolean(spec, key, SPEC) === true);
  const [field] = given;
  if (field !== undefined && !given.includes('applyOnForward'))
    reading.error('invalid-policy', at(SPEC, field), `${field} needs applyOnForward: true: Calico refuses the policy`);
  if (field === undefined) return undefined;
  return { path: pathText(at(SPEC, field)), why: 'what host endpoints let through is not judged' };
}

/** What cannot be read of the policy itself, its rules left out: it may select any pod, in both directions, at any time. */
function unreadablePolicy(reading: Reading): UnknownPart | undefined {
  const issue = reading.issues.find(
    ({ severity, path }) => severity === 'error' && /^spec(?!\.(?:in|e)gress\[)/.test(path),
  );
  return issue && { path: issue.path, why: `cannot be read: ${issue.message}` };
}

/** projectcalico.org/v3 and crd.projectcalico.org/v1 NetworkPolicy and GlobalNetworkPolicy. What cannot be read is noted, and what it bears on is unknown. */
export function decodeCalicoPolicy(
  kind: CalicoPolicy['kind'],
  apiVersion: string,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): CalicoPolicy {
  reading.knownFields(fields, OBJECT_FIELDS, undefined);
  const isGlobal = kind === 'GlobalNetworkPolicy';
  const meta = decodeMeta(fields, reading, isGlobal ? 'cluster' : 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  reading.knownFields(spec, isGlobal ? GLOBAL_FIELDS : NAMESPACED_FIELDS, SPEC);
  const subject = subjectOf(spec, meta.namespace, reading);
  const types = typesOf(spec, reading);
  const tier = reading.string(spec, 'tier', SPEC) || DEFAULT_TIER;
  const order = orderAt(spec, reading);
  const hosts = isGlobal ? ofHosts(spec, reading) : undefined;
  const direction = (key: Direction): readonly CalicoRule[] =>
    reading
      .list(spec, key, SPEC)
      .flatMap((item, index) => decodeRule(item, meta.namespace, at(at(SPEC, key), index), reading, readCidr));
  const [ingress, egress] = [direction('ingress'), direction('egress')];
  const unreadable = unreadablePolicy(reading);
  const unknown = unreadable ?? hosts;
  const isFor = (key: Direction): boolean => unreadable !== undefined || types.has(key);
  return {
    ...{ kind, apiVersion, meta, tier },
    // When one is asked that cannot be read, nobody knows: before all others of its tier nothing of theirs hides it.
    order: unreadable === undefined ? order : Number.NEGATIVE_INFINITY,
    subject: unreadable === undefined ? subject : scopeOf(meta.namespace),
    ...(isFor('ingress') && { ingress }),
    ...(isFor('egress') && { egress }),
    ...(unknown && { unknown }),
    incomplete: reading.failed,
  };
}

/** The tiers that Calico makes itself, with what they must be. */
export const OWN_TIERS: ReadonlyMap<string, Pick<CalicoTier, 'order' | 'defaultAction'>> = new Map([
  ['kube-admin', { order: 1_000, defaultAction: 'Pass' }],
  [DEFAULT_TIER, { order: 1_000_000, defaultAction: 'Deny' }],
  ['kube-baseline', { order: 10_000_000, defaultAction: 'Pass' }],
]);

function defaultActionAt(spec: Fields, reading: Reading): CalicoTier['defaultAction'] {
  const action = reading.string(spec, 'defaultAction', SPEC);
  if (action === 'Pass') return action;
  if (action !== undefined && action !== 'Deny')
    reading.error(
      'invalid-action',
      at(SPEC, 'defaultAction'),
      `"${action}" is neither Deny nor Pass: Calico refuses it`,
    );
  return 'Deny';
}

/** What Calico refuses of a tier that it makes itself. Source: the validation rules of its Tier (api/pkg/apis/projectcalico/v3/tier.go). */
function checkOwnTier(name: string, written: Pick<CalicoTier, 'order' | 'defaultAction'>, reading: Reading): void {
  const fixed = OWN_TIERS.get(name);
  if (fixed === undefined) return;
  if (written.order !== fixed.order)
    reading.error('invalid-order', at(SPEC, 'order'), `of tier ${name} must be ${fixed.order}: Calico refuses it`);
  if (written.defaultAction !== fixed.defaultAction)
    reading.error(
      'invalid-action',
      at(SPEC, 'defaultAction'),
      `of tier ${name} must be ${fixed.defaultAction}: Calico refuses it`,
    );
}

/** projectcalico.org Tier. The tiers that Calico makes itself are what they must be, whatever is written. */
export function decodeCalicoTier(apiVersion: string, fields: Fields, reading: Reading): CalicoTier {
  reading.knownFields(fields, OBJECT_FIELDS, undefined);
  const meta = decodeMeta(fields, reading, 'cluster');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  reading.knownFields(spec, TIER_FIELDS, SPEC);
  const written = { order: orderAt(spec, reading), defaultAction: defaultActionAt(spec, reading) };
  checkOwnTier(meta.name, written, reading);
  return { kind: 'Tier', apiVersion, meta, ...written, ...OWN_TIERS.get(meta.name) };
}

/** projectcalico.org NetworkSet and GlobalNetworkSet. Names of hosts (`allowedEgressDomains`, Calico Enterprise) make it incomplete. */
export function decodeCalicoNetworkSet(
  kind: CalicoNetworkSet['kind'],
  apiVersion: string,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): CalicoNetworkSet {
  reading.knownFields(fields, OBJECT_FIELDS, undefined);
  const meta = decodeMeta(fields, reading, kind === 'NetworkSet' ? 'namespaced' : 'cluster');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  reading.knownFields(spec, SET_FIELDS, SPEC);
  const blocks = decodeCalicoNets(spec, 'nets', SPEC, reading, readCidr);
  const domains = reading.strings(spec, 'allowedEgressDomains', SPEC);
  const nets = unionAddresses(blocks.flatMap(({ range }) => range ?? []));
  return { kind, apiVersion, meta, nets, incomplete: reading.failed || domains.length > 0 };
}

/** Objects by which Calico shows those of Kubernetes in its own API. */
const MIRRORED =
  /^(?:knp\.default|kanp\.adminnetworkpolicy|kbanp\.baselineadminnetworkpolicy|kcnp\.kube-(?:admin|baseline))\./;

/** The object is a NetworkPolicy of Kubernetes, or a policy of the upstream APIs, as Calico shows it: it is judged as what it is. */
export const isMirrored = (name: string): boolean => MIRRORED.test(name);
