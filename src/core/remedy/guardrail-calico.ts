import { ORCHESTRATOR_LABEL } from '../kube/calico-expression.ts';
import type { PolicyPort, PolicyPorts, Requirement, Selector } from '../kube/types.ts';
import { toCidrs } from '../net/addresses.ts';
import { PROTOCOLS } from '../net/ports.ts';
import { exceptBlocks } from './excepts.ts';
import { chunks, type Guardrail, type GuardrailGrant, type GuardrailManifest } from './guardrail.ts';
import { GUARDRAIL_NAME, GUARDRAIL_TIER as TIER } from './guardrail-api.ts';

const API_VERSION = 'projectcalico.org/v3';
/** Before the tiers of Kubernetes (1,000) and of policies that name none (1,000,000). */
const TIER_ORDER = 1;
/** Most blocks of a rule. */
const MOST = 256;

/** Values of labels hold no quote. */
const quoted = (value: string): string => `'${value}'`;

function requirementText({ key, operator, values }: Requirement): string {
  const set = `{${[...values].sort().map(quoted).join(', ')}}`;
  switch (operator) {
    case 'In':
      return `${key} in ${set}`;
    case 'NotIn':
      return `${key} not in ${set}`;
    case 'Exists':
      return `has(${key})`;
    case 'DoesNotExist':
      return `!has(${key})`;
  }
}

const expression = (selector: Selector): string =>
  selector.length === 0 ? 'all()' : selector.map(requirementText).join(' && ');

const portText = (port: Exclude<PolicyPort, { kind: 'all' }>): number | string => {
  if (port.kind === 'named') return port.name;
  return port.first === port.last ? port.first : `${port.first}:${port.last}`;
};

/** What a rule says of ports, once for each protocol: a list of ports is of one. */
interface WrittenPorts {
  readonly protocol?: string;
  readonly ports?: readonly (number | string)[];
}

function writtenPorts(ports: PolicyPorts): readonly WrittenPorts[] {
  if (ports.kind === 'any') return [{}];
  return PROTOCOLS.flatMap((protocol): readonly WrittenPorts[] => {
    const of = ports.ports.filter(port => port.protocol === protocol);
    if (of.length === 0) return [];
    if (of.some(({ kind }) => kind === 'all')) return [{ protocol }];
    return [{ protocol, ports: of.flatMap(port => (port.kind === 'all' ? [] : portText(port))) }];
  });
}

/** Blocks of both families do not stand in one rule. */
const netsOf = (blocks: readonly string[]): readonly object[] =>
  [false, true].flatMap(isIPv6 =>
    chunks(
      blocks.filter(block => block.includes(':') === isIPv6),
      MOST,
    ).map(nets => ({ nets })),
  );

/** Rules that leave a grant to the policies after them. */
function passing(grant: GuardrailGrant, end: 'source' | 'destination'): readonly object[] {
  const peers: readonly object[] = [
    ...grant.pods.map(({ namespaces, pods }) => ({
      namespaceSelector: expression(namespaces),
      selector: expression(pods),
    })),
    ...netsOf(grant.blocks.flatMap(toCidrs)),
  ];
  return peers.flatMap(peer =>
    writtenPorts(grant.ports).map(({ protocol, ports }) => {
      const destination = { ...(end === 'destination' && peer), ...(ports && { ports }) };
      return {
        action: 'Pass',
        ...(protocol && { protocol }),
        ...(end === 'source' && { source: peer }),
        ...(Object.keys(destination).length > 0 && { destination }),
      };
    }),
  );
}

const EVERY_POD = `${ORCHESTRATOR_LABEL} == 'k8s'`;

/** The guardrail as a GlobalNetworkPolicy of Calico, in a tier of its own that passes on what it does not decide. */
export function calicoGuardrail({ servers, enter, leave, closed }: Guardrail): readonly GuardrailManifest[] {
  return [
    {
      apiVersion: API_VERSION,
      kind: 'Tier',
      metadata: { name: TIER },
      spec: { order: TIER_ORDER, defaultAction: 'Pass' },
    },
    {
      apiVersion: API_VERSION,
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `${TIER}.${GUARDRAIL_NAME}` },
      spec: {
        tier: TIER,
        order: 1,
        ...(servers.namespaces.length > 0 && { namespaceSelector: expression(servers.namespaces) }),
        selector: expression(servers.pods),
        types: ['Ingress', 'Egress'],
        ingress: [...enter.flatMap(grant => passing(grant, 'source')), { action: 'Deny' }],
        egress: [
          ...leave.flatMap(grant => passing(grant, 'destination')),
          { action: 'Deny', destination: { selector: EVERY_POD } },
          ...netsOf(exceptBlocks(closed)).map(destination => ({ action: 'Deny', destination })),
        ],
      },
    },
  ];
}
