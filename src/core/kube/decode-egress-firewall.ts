import { PROTOCOLS } from '../net/ports.ts';
import { subjectIn } from './decode-application-network-policy.ts';
import type { CidrReader } from './decode-peers.ts';
import { decodeSelector } from './decode-selector.ts';
import {
  decodeChoice,
  decodePortNumber,
  type ReadTiers,
  type TierObject,
  type TierReader,
} from './decode-tier-rules.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';
import { NETWORK_POLICY_ORDER, type TierAction, type TierPeer, type TierPorts, type TierRule } from './tiers.ts';
import type { PolicyPort } from './types.ts';

const SPEC: At = at(undefined, 'spec');
const EGRESS: At = at(SPEC, 'egress');
const NAME: At = at(at(undefined, 'metadata'), 'name');
const DESTINATIONS = ['cidrSelector', 'dnsName', 'nodeSelector'] as const;
const DNS_NAME = /^(?:\*\.)?(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+\.?$/;

/** What the firewall lets out is still asked of everything else. */
const ACTIONS: ReadonlyMap<string, TierAction> = new Map([
  ['Allow', 'Pass'],
  ['Deny', 'Deny'],
]);
const PROTOCOL_NAMES = new Map(PROTOCOLS.map(protocol => [protocol, protocol]));

/** Addresses that are no pod's: OVN-Kubernetes takes the networks of pods out of every block. */
function blockOf(text: string, place: At, reading: Reading, readCidr: CidrReader): readonly TierPeer[] {
  const { range } = readCidr(text);
  if (range === undefined)
    return reading.error('invalid-cidr', place, `"${text}" is no CIDR block: the firewall is not applied`) ?? [];
  return [{ kind: 'outside', path: pathText(place), addresses: range, nodes: true }];
}

function namesOf(name: string, place: At, reading: Reading): readonly TierPeer[] {
  if (!DNS_NAME.test(name))
    reading.error('invalid-domain', place, `"${name}" is no domain name: the API server refuses it`);
  return [{ kind: 'domains', path: pathText(place), domains: [name.toLowerCase().replace(/\.$/, '')] }];
}

/** `to`: exactly one of the destinations. */
function peersOf(rule: Fields, up: At, { reading, readCidr }: TierObject): readonly TierPeer[] {
  const place = at(up, 'to');
  const to = reading.object(rule, 'to', up) ?? {};
  reading.knownFields(to, new Set(DESTINATIONS), place);
  const [given, ...more] = DESTINATIONS.filter(key => own(to, key) !== undefined);
  if (given === undefined || more.length > 0)
    return (
      reading.error(
        'invalid-peer',
        place,
        `takes exactly one of ${DESTINATIONS.join(', ')}: the API server refuses it`,
      ) ?? []
    );
  const nodes = given === 'nodeSelector' ? reading.object(to, given, place) : undefined;
  if (nodes) return [{ kind: 'nodes', path: pathText(place), nodes: decodeSelector(nodes, at(place, given), reading) }];
  const text = given === 'nodeSelector' ? undefined : reading.string(to, given, place);
  if (text === undefined) return [];
  return given === 'dnsName'
    ? namesOf(text, at(place, given), reading)
    : blockOf(text, at(place, given), reading, readCidr);
}

/** `ports`: each with a protocol and a number; absent and empty are everything. */
function portsOf(rule: Fields, up: At, reading: Reading): TierPorts {
  const items = reading.objects(rule, 'ports', up);
  const ports = items.flatMap(([fields, place]): readonly PolicyPort[] => {
    reading.knownFields(fields, new Set(['protocol', 'port']), place);
    const protocol = decodeChoice(fields, 'protocol', place, PROTOCOL_NAMES, 'invalid-port', reading);
    const port = decodePortNumber(fields, 'port', place, reading);
    return protocol && port ? [{ kind: 'range', protocol, first: port, last: port }] : [];
  });
  return items.length === 0 ? { kind: 'any' } : { kind: 'only', ports };
}

function ruleOf(fields: Fields, place: At, object: TierObject): readonly TierRule[] {
  const { reading } = object;
  reading.knownFields(fields, new Set(['type', 'ports', 'to']), place);
  const action = decodeChoice(fields, 'type', place, ACTIONS, 'invalid-action', reading);
  const rule = { path: pathText(place), peers: peersOf(fields, place, object), ports: portsOf(fields, place, reading) };
  return action === undefined ? [] : [{ ...rule, action }];
}

function read(spec: Fields, object: TierObject): ReadTiers {
  const { source, reading } = object;
  reading.knownFields(spec, new Set(['egress']), SPEC);
  if (source.name !== 'default') reading.error('invalid-name', NAME, 'must be default: the API server refuses it');
  if (own(spec, 'egress') === undefined) reading.error('required', EGRESS, 'is required');
  const rules = reading.objects(spec, 'egress', SPEC).flatMap(([fields, place]) => ruleOf(fields, place, object));
  const egress = { rules, otherwise: 'Pass' as const };
  const policy = { source, order: NETWORK_POLICY_ORDER, subject: subjectIn(source.namespace, []), egress };
  return {
    ...{ podSelector: [], namespaceSelector: undefined, directions: ['egress'] },
    says: [{ tier: 'EgressFirewall', policy }],
  };
}

/**
 * k8s.ovn.org/v1 EgressFirewall of OVN-Kubernetes (OpenShift): where the pods of its namespace may go outside the networks of pods. The first rule that
 * matches counts, and what none matches is let through. It is asked beside all policies: a connection needs both.
 * Source: go-controller/pkg/crd/egressfirewall/v1/types.go and go-controller/pkg/ovn/controller/egressfirewall in ovn-kubernetes.
 */
export const readEgressFirewall: TierReader = { versions: ['v1'], read };
