import { createOracle, type Protocol } from '../support/oracle.ts';
import { contains, parseAddress } from '../support/oracle-address.ts';
import { get, labelsOf, list, nameOf, stringMap, text } from '../support/oracle-reading.ts';

/**
 * Whether the servers of a namespace that enforces are closed, worked out from the objects that are stored there, by the oracle of test/support
 * and nothing of src. A server here is a Pod that says so or whose name begins with `weather` or `server-`, that is not held, and has not ended.
 *
 * It is open if its node's network is its own, a Service publishes it on nodes or addresses, or one probe passes: to it, from every kind of source that is
 * no gateway (Pods without labels and with the gateway's, in its namespace, in the gateway's, elsewhere; addresses); from it, to what it must not
 * reach (such Pods, ranges of the cluster, metadata). Ports and addresses that the policies themselves name are probed beside fixed ones.
 * Routes are not looked at: an attempt to publish by one must be refused.
 */

const GATEWAY_LABELS = { 'app.kubernetes.io/name': 'envoy' };
const GATE = 'chokepoint.dev/network-policy';
const MCP_SERVER = 'chokepoint.dev/mcp-server';
const PROTECTED = ['10.244.0.0/16', '10.96.0.0/12', '192.0.2.0/24'];
const METADATA = ['169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'];
const SOURCES = ['8.8.8.8', '10.244.7.7', '10.96.0.1', '192.0.2.10', '2001:db8::1'];
const TARGETS = ['10.244.0.0', '10.244.255.255', '10.96.0.1', '10.111.255.255', '192.0.2.10', ...METADATA];
const PORTS: readonly (readonly [port: number, protocol: Protocol])[] = [
  [8080, 'TCP'],
  [31_337, 'TCP'],
  [8080, 'UDP'],
];
/** Ports, and blocks, that are taken of one policy. */
const NAMED_OF_EACH = 4;

const podObject = (namespace: string, name: string, labels: object): object => ({
  kind: 'Pod',
  metadata: { namespace, name, labels },
  spec: { containers: [] },
});

/** Who is not to reach a server, whether or not somebody like this is there now. */
const strangersOf = (namespace: string): readonly object[] => [
  { kind: 'Namespace', metadata: { name: 'elsewhere', labels: { team: 'gateway', name: 'mcp-gateway' } } },
  podObject(namespace, 'stranger', {}),
  podObject(namespace, 'stranger-forged', GATEWAY_LABELS),
  podObject('elsewhere', 'stranger', {}),
  podObject('elsewhere', 'stranger-forged', GATEWAY_LABELS),
  podObject('mcp-gateway', 'stranger', {}),
];
const strangerNames = (namespace: string): readonly string[] => [
  ...[`${namespace}/stranger`, `${namespace}/stranger-forged`],
  ...['elsewhere/stranger', 'elsewhere/stranger-forged', 'mcp-gateway/stranger'],
];

/** What is stored in one namespace. */
export interface Stored {
  readonly namespace: string;
  readonly pods: readonly unknown[];
  readonly policies: readonly unknown[];
  readonly services: readonly unknown[];
}

const isHeld = (pod: unknown): boolean =>
  list(get(get(pod, 'spec'), 'schedulingGates')).some(gate => get(gate, 'name') === GATE);

const isServer = (pod: unknown): boolean =>
  (labelsOf(pod).get(MCP_SERVER) === 'true' || /^(weather|server-)/.test(nameOf(pod))) &&
  !isHeld(pod) &&
  !['Succeeded', 'Failed'].includes(text(get(get(pod, 'status'), 'phase')));

const rulesOf = (policy: unknown): readonly unknown[] =>
  ['ingress', 'egress'].flatMap(key => list(get(get(policy, 'spec'), key)).slice(0, NAMED_OF_EACH));

function portsNamed(policy: unknown): readonly (readonly [number, Protocol])[] {
  const items = rulesOf(policy).flatMap(rule => list(get(rule, 'ports')).slice(0, NAMED_OF_EACH));
  return items.slice(0, NAMED_OF_EACH).flatMap(item => {
    const port = get(item, 'port');
    const protocol = (['UDP', 'SCTP'] as const).find(other => other === get(item, 'protocol')) ?? 'TCP';
    return typeof port === 'number' ? [[port, protocol] as const] : [];
  });
}

function addressesNamed(policy: unknown): readonly string[] {
  const peers = rulesOf(policy).flatMap(rule =>
    ['from', 'to'].flatMap(key => list(get(rule, key)).slice(0, NAMED_OF_EACH)),
  );
  return peers
    .slice(0, NAMED_OF_EACH)
    .map(peer => text(get(get(peer, 'ipBlock'), 'cidr')).split('/')[0] ?? '')
    .filter(address => parseAddress(address) !== undefined);
}

const isProtected = (address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== undefined && PROTECTED.some(block => contains(block, parsed) === true);
};

function published(pod: unknown, services: readonly unknown[]): readonly string[] {
  const labels = labelsOf(pod);
  return services
    .filter(service => {
      const spec = get(service, 'spec');
      const selector = [...stringMap(get(spec, 'selector'))];
      const isOutside =
        ['NodePort', 'LoadBalancer'].includes(text(get(spec, 'type'))) || list(get(spec, 'externalIPs')).length > 0;
      return isOutside && selector.length > 0 && selector.every(([key, value]) => labels.get(key) === value);
    })
    .map(service => `published by Service ${nameOf(service)}`);
}

/** How each server of the namespace can be reached, or reaches out, as it must not; empty: all are closed. */
export function openings({ namespace, pods, policies, services }: Stored): readonly string[] {
  const ask = createOracle([
    ...strangersOf(namespace),
    // Items of a list have no kind of their own.
    ...pods.map(pod => ({ ...Object(pod), kind: 'Pod' })),
    ...policies.map(policy => ({ ...Object(policy), kind: 'NetworkPolicy' })),
  ]);
  const ports = [...PORTS, ...policies.flatMap(portsNamed)];
  const named = policies.flatMap(addressesNamed);
  const strangers = strangerNames(namespace).map(pod => ({ pod }));
  const sources = [...strangers, ...[...SOURCES, ...named].map(ip => ({ ip }))];
  const targets = [...strangers, ...[...TARGETS, ...named.filter(isProtected)].map(ip => ({ ip }))];
  const openingsOf = (pod: unknown): readonly string[] => {
    const server = { pod: `${namespace}/${nameOf(pod)}` };
    if (get(get(pod, 'spec'), 'hostNetwork') === true) return ['has the network of its node'];
    const probes = ports.flatMap(([port, protocol]) => [
      ...sources.map(from => ({ from, to: server, port, protocol, side: 'ingress' as const })),
      ...targets.map(to => ({ from: server, to, port, protocol, side: 'egress' as const })),
    ]);
    const passed = probes.find(({ side, ...query }) => ask(query)[side]);
    return [...published(pod, services), ...(passed ? [`open: ${JSON.stringify(passed)}`] : [])];
  };
  const beside = `beside the policies ${policies.map(nameOf).join(', ')}`;
  return pods
    .filter(isServer)
    .flatMap(pod => openingsOf(pod).map(how => `${namespace}/${nameOf(pod)} ${how} ${beside}`));
}
