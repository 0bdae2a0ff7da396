import type { Decision } from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { buildWorld, isWorkload } from '../../src/core/world.ts';
import type { Endpoint, Query } from './oracle.ts';
import { createRandom } from './random.ts';
import { randomTierWorld } from './random-tiers.ts';
import { createTierOracle } from './tier-oracle.ts';

type Fields = Readonly<Record<string, unknown>>;

const inNamespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const SPEC = {
  gateways: [
    { name: 'g', from: [{ namespaceSelector: inNamespace('red'), podSelector: { matchLabels: { app: 'a' } } }] },
  ],
  allowedDestinations: [
    {
      name: 'd',
      reason: 'r',
      to: [{ namespaceSelector: inNamespace('green'), podSelector: { matchLabels: { app: 'b' } } }],
    },
  ],
  protectedNetworks: {
    pods: ['10.0.0.0/16', 'fd00::/64'],
    services: [],
    nodes: ['192.168.0.0/24', 'fd00:1::/64'],
    controlPlane: [],
  },
};

/** Every namespace behind the gateway: what is open there, the tiers open. */
const CLOSING = ['red', 'green', 'blue'].map(namespace => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'closed', namespace },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: SPEC.gateways.map(({ from }) => ({ from })),
    egress: SPEC.allowedDestinations.map(({ to }) => ({ to })),
  },
}));

const { policy } = resolveGatePolicy({ spec: SPEC }, BUILTIN_DATA);
const judge = policy && createJudge(policy);

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly hostNetwork: boolean };
  readonly status: { readonly podIPs: readonly { readonly ip: string }[] };
}

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
const isLabelled = ({ metadata, spec }: Pod, namespace: string, app: string): boolean =>
  !spec.hostNetwork && metadata.namespace === namespace && metadata.labels.app === app;

function decisionOn(objects: readonly Fields[], { metadata }: Pod): Decision {
  const decode = createDecoder();
  const decoded = objects.map(object => decode(object));
  const world = buildWorld(decoded.flatMap(one => (one.kind === 'object' ? [one.object] : [])));
  const server = world.namespace(metadata.namespace).workloads.get(`Pod/${metadata.name}`);
  if (judge === undefined || server === undefined || !isWorkload(server)) throw new Error('no judge or no server');
  return judge.evaluateServer(world, server, { standing: 'declared', evidence: [], ports: [], setAside: [] });
}

const PORTS = [53, 80, 443, 8080, 9000];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
/** Addresses of nodes and of metadata. In the range of pods, an address that is no pod's is nobody's. */
const FORBIDDEN = ['192.168.0.1', '192.168.0.9', 'fd00:1::5', '169.254.169.254'];
const OUTSIDE = ['203.0.113.7', '203.0.113.200', '2001:db8::1'];

/** Connections that a verdict of `allow` says do not come about. */
function forbidden(server: Pod, pods: readonly Pod[]): readonly Omit<Query, 'port' | 'protocol'>[] {
  const own: Endpoint = { pod: nameOf(server) };
  const others = pods.filter(pod => pod !== server);
  const families = new Set(server.status.podIPs.map(({ ip }) => ip.includes(':')));
  const isOfFamily = (ip: string): boolean => families.has(ip.includes(':'));
  const end = (pod: Pod): Endpoint => ({ pod: nameOf(pod) });
  return [
    ...others.filter(pod => !isLabelled(pod, 'red', 'a')).map(pod => ({ from: end(pod), to: own })),
    ...[...FORBIDDEN, ...OUTSIDE].filter(isOfFamily).map(ip => ({ from: { ip }, to: own })),
    ...others.filter(pod => !isLabelled(pod, 'green', 'b')).map(pod => ({ from: own, to: end(pod) })),
    ...FORBIDDEN.filter(isOfFamily).map(ip => ({ from: own, to: { ip } })),
  ];
}

/** Connections that a denial says come about: those to and from addresses that are no pod's, where names of ports mean nothing. */
function witnessed({ verdict, findings }: Decision, server: Pod): readonly Query[] {
  const isOfFamily = (address: string): boolean =>
    server.status.podIPs.some(({ ip }) => ip.includes(':') === address.includes(':'));
  const own = { pod: nameOf(server) };
  return findings.flatMap(({ level, witness }) => {
    const { address = '', port, protocol, direction } = witness ?? {};
    const isTold = verdict === 'deny' && level === 'deny' && port !== undefined && protocol !== undefined;
    if (!isTold || address === '' || /^(10\.0\.|fd00::)/.test(address) || !isOfFamily(address)) return [];
    const other = { ip: address };
    return direction === 'egress' ? { from: own, to: other, port, protocol } : { from: other, to: own, port, protocol };
  });
}

const everyPort = (ends: Omit<Query, 'port' | 'protocol'>): readonly Query[] =>
  PROTOCOLS.flatMap(protocol => PORTS.map(port => ({ ...ends, protocol, port })));

/** What of the verdicts on random worlds the oracle contradicts, as JSON; and how many verdicts there were of each sort. */
export function contradictions(worlds: number, seed: number) {
  const verdicts = { allow: 0, deny: 0, undetermined: 0, witnesses: 0 };
  for (let index = 0; index < worlds; index += 1) {
    const world = randomTierWorld(createRandom(seed + index), 0).objects;
    const objects = index % 2 === 0 ? world : [...world.filter(({ kind }) => kind !== 'NetworkPolicy'), ...CLOSING];
    const pods = objects.filter(({ kind }) => kind === 'Pod') as unknown as readonly Pod[];
    const server = pods.find(({ spec }) => !spec.hostNetwork);
    if (server === undefined) continue;
    const decision = decisionOn(objects, server);
    const oracle = createTierOracle(objects);
    const closed = decision.verdict === 'allow' ? forbidden(server, pods).flatMap(everyPort) : [];
    const open = witnessed(decision, server);
    verdicts[decision.verdict] += 1;
    verdicts.witnesses += open.length;
    const wrong = closed.find(query => oracle(query) === true) ?? open.find(query => oracle(query) === false);
    if (wrong !== undefined)
      return { verdicts, contradiction: JSON.stringify({ seed: seed + index, decision, query: wrong, objects }) };
  }
  return { verdicts, contradiction: undefined };
}
