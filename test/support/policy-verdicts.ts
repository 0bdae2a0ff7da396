import type { Decision } from '../../src/core/decision.ts';
import { createJudge, type Judge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { isWorkload } from '../../src/core/world/object-kinds.ts';
import { createCalicoOracle } from './calico-oracle.ts';
import { createCiliumOracle } from './cilium-oracle.ts';
import type { Endpoint, Query } from './oracle.ts';
import { createRandom, type Random } from './random.ts';
import { randomCalicoWorld } from './random-calico.ts';
import { randomCilium } from './random-cilium.ts';
import { randomTierWorld } from './random-tiers.ts';
import { createTierOracle } from './tier-oracle.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Pods of one namespace with these labels. */
interface Granted {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Worlds of one family of policies, and what may be asked of verdicts on them. */
interface Family {
  readonly objects: (random: Random) => readonly Fields[];
  readonly oracle: (objects: readonly Fields[]) => (query: Query) => boolean | null;
  readonly namespaces: readonly string[];
  readonly gateway: Granted;
  readonly destination: Granted;
  readonly networks: Readonly<Record<'pods' | 'services' | 'nodes' | 'controlPlane', readonly string[]>>;
  /** Addresses that no server may reach: of nodes, the API server and metadata. In the range of pods, an address that is no pod's is nobody's. */
  readonly forbidden: readonly string[];
  readonly outside: readonly string[];
  /** An address of nodes that no object has is nobody's: blocks hold no others. */
  readonly needsNodes?: true;
  /** Addresses of pods, and of the ranges of pods and nodes those that nobody has. */
  readonly nobodys: RegExp;
}

const METADATA = '169.254.169.254';

const FAMILIES: Readonly<Record<'tiers' | 'cilium' | 'calico', Family>> = {
  tiers: {
    objects: random => randomTierWorld(random, 0).objects,
    oracle: createTierOracle,
    namespaces: ['red', 'green', 'blue'],
    gateway: { namespace: 'red', labels: { app: 'a' } },
    destination: { namespace: 'green', labels: { app: 'b' } },
    networks: {
      pods: ['10.0.0.0/16', 'fd00::/64'],
      services: [],
      nodes: ['192.168.0.0/24', 'fd00:1::/64'],
      controlPlane: [],
    },
    forbidden: ['192.168.0.1', '192.168.0.9', 'fd00:1::5', METADATA],
    outside: ['203.0.113.7', '203.0.113.200', '2001:db8::1'],
    nobodys: /^(10\.0\.|fd00::)/,
  },
  cilium: {
    objects: random => withNodes(randomCilium(random, 0).objects as readonly Fields[]),
    oracle: objects => {
      const oracle = createCiliumOracle(objects);
      return query => oracle(query).allowed;
    },
    namespaces: ['default', 'tools', 'gateway', 'constructor'],
    gateway: { namespace: 'gateway', labels: { app: 'web' } },
    destination: { namespace: 'tools', labels: { app: 'db' } },
    networks: {
      pods: ['10.244.0.0/16', 'fd00::/64'],
      services: [],
      nodes: ['192.168.0.0/30'],
      controlPlane: ['203.0.113.9/32'],
    },
    forbidden: ['192.168.0.1', '192.168.0.2', '203.0.113.9', METADATA],
    needsNodes: true,
    outside: ['198.51.100.7', '198.51.100.200', '2001:db8::9', '192.168.0.77'],
    nobodys: /^(10\.244\.|fd00::|192\.168\.0\.[03]$)/,
  },
  calico: {
    objects: random => randomCalicoWorld(random, 0).objects as readonly Fields[],
    oracle: createCalicoOracle,
    namespaces: ['default', 'gateway', 'team-a', 'constructor'],
    gateway: { namespace: 'gateway', labels: {} },
    destination: { namespace: 'team-a', labels: {} },
    networks: {
      pods: ['10.244.0.0/16', '10.99.0.0/24', 'fd00:10:244::af4:0/112'],
      services: [],
      nodes: ['192.168.0.0/30', 'fd00:10:244::c0a8:0/112'],
      controlPlane: [],
    },
    forbidden: ['192.168.0.0', '192.168.0.1', 'fd00:10:244::c0a8:1', METADATA],
    outside: ['203.0.113.7', '8.8.8.8', '2001:db8::1'],
    nobodys: /^(10\.|fd00:)/,
  },
};

/** An API server in the range of nodes is on a node. */
function withNodes(objects: readonly Fields[]): readonly Fields[] {
  if (!JSON.stringify(objects).includes('"192.168.0.1"')) return objects;
  const addresses = [{ type: 'InternalIP', address: '192.168.0.1' }];
  const isThere = objects.some(({ kind }) => kind === 'Node');
  return isThere
    ? objects
    : [...objects, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, status: { addresses } }];
}

type FamilyName = keyof typeof FAMILIES;
export const FAMILY_NAMES: readonly FamilyName[] = ['tiers', 'cilium', 'calico'];

const peersOf = ({ namespace, labels }: Granted) => [
  {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  },
];

function judgeFor({ gateway, destination, networks }: Family): Judge {
  const { policy } = resolveGatePolicy(
    {
      spec: {
        gateways: [{ name: 'g', from: peersOf(gateway) }],
        allowedDestinations: [{ name: 'd', reason: 'r', to: peersOf(destination) }],
        protectedNetworks: networks,
      },
    },
    BUILTIN_DATA,
  );
  if (policy === undefined) throw new Error('no policy');
  return createJudge(policy);
}

/** Every namespace behind the gateway: what is open there, the other policies open. */
const closing = ({ namespaces, gateway, destination }: Family): readonly Fields[] =>
  namespaces.map(namespace => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed', namespace },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: peersOf(gateway) }],
      egress: [{ to: peersOf(destination) }],
    },
  }));

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  readonly nodeName: string;
  readonly addresses: readonly string[];
}

interface PodManifest {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Pod['labels'] };
  readonly spec: { readonly hostNetwork?: boolean; readonly nodeName?: string };
  readonly status: { readonly podIP?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

function podOf({ metadata, spec, status }: PodManifest): Pod {
  const { podIP } = status;
  return {
    ...{ name: metadata.name, namespace: metadata.namespace || 'default', labels: metadata.labels ?? {} },
    ...{ hostNetwork: spec.hostNetwork === true, nodeName: spec.nodeName ?? '' },
    addresses: [...new Set([...(podIP === undefined ? [] : [podIP]), ...(status.podIPs ?? []).map(({ ip }) => ip)])],
  };
}

const endOf = ({ namespace, name }: Pod): Endpoint => ({ pod: `${namespace}/${name}` });
const isOneOf = ({ namespace, labels }: Granted, pod: Pod): boolean =>
  !pod.hostNetwork &&
  pod.namespace === namespace &&
  Object.entries(labels).every(([key, value]) => Object.hasOwn(pod.labels, key) && pod.labels[key] === value);

function decisionOn(objects: readonly Fields[], { namespace, name }: Pod, judge: Judge): Decision {
  const decode = createDecoder();
  const decoded = objects.map(object => decode(object));
  const world = buildWorld(decoded.flatMap(one => (one.kind === 'object' ? [one.object] : [])));
  const server = world.namespace(namespace).workloads.get(`Pod/${name}`);
  if (server === undefined || !isWorkload(server)) throw new Error('no server');
  return judge.evaluateServer(world, server, { standing: 'declared', evidence: [], ports: [], setAside: [] });
}

const PORTS = [53, 80, 443, 8080, 9000];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
type Ends = Omit<Query, 'port' | 'protocol'>;

/** A pod's own node reaches it whatever policies say. */
function isOwnNode(server: Pod, address: string, objects: readonly Fields[]): boolean {
  const node = objects.find(({ kind, metadata }) => kind === 'Node' && (metadata as Fields).name === server.nodeName);
  const hosts = objects
    .filter(({ kind }) => kind === 'Pod')
    .map(pod => podOf(pod as unknown as PodManifest))
    .filter(({ hostNetwork, nodeName }) => hostNetwork && nodeName === server.nodeName);
  return (
    server.nodeName !== '' &&
    (JSON.stringify(node ?? {}).includes(`"${address}"`) || hosts.some(({ addresses }) => addresses.includes(address)))
  );
}

/** Connections that a verdict of `allow` says do not come about. */
function forbiddenTo(server: Pod, pods: readonly Pod[], family: Family, objects: readonly Fields[]): readonly Ends[] {
  const { gateway, destination, forbidden, outside } = family;
  const own = endOf(server);
  const all = JSON.stringify(objects.filter(({ kind }) => kind === 'Node' || kind === 'Pod'));
  const others = pods.filter(pod => pod !== server && !(pod.hostNetwork && pod.nodeName === server.nodeName));
  const families = new Set(server.addresses.map(ip => ip.includes(':')));
  const isOfFamily = (ip: string): boolean => families.has(ip.includes(':'));
  const isThere = (ip: string): boolean => !family.needsNodes || !ip.startsWith('192.168.') || all.includes(`"${ip}"`);
  const inside = forbidden.filter(ip => isOfFamily(ip) && isThere(ip));
  const sources = [...inside, ...outside.filter(isOfFamily)].filter(ip => !isOwnNode(server, ip, objects));
  return [
    ...others.filter(pod => !isOneOf(gateway, pod)).map(pod => ({ from: endOf(pod), to: own })),
    ...sources.map(ip => ({ from: { ip }, to: own })),
    ...others.filter(pod => !isOneOf(destination, pod)).map(pod => ({ from: own, to: endOf(pod) })),
    ...inside.map(ip => ({ from: own, to: { ip } })),
  ];
}

/** Connections that a denial says come about: those to and from addresses that are no pod's, where names of ports mean nothing. */
function witnessed({ verdict, findings }: Decision, server: Pod, { nobodys }: Family): readonly Query[] {
  const isOfFamily = (address: string): boolean =>
    server.addresses.some(ip => ip.includes(':') === address.includes(':'));
  const own = endOf(server);
  // Of a block that is not read alike everywhere, the widest reading counts.
  if (findings.some(({ rule }) => rule === 'cidr-ambiguous')) return [];
  return findings.flatMap(({ level, witness }) => {
    const { address = '', port, protocol, direction } = witness ?? {};
    const isTold = verdict === 'deny' && level === 'deny' && port !== undefined && protocol !== undefined;
    if (!isTold || address === '' || nobodys.test(address) || !isOfFamily(address)) return [];
    const other = { ip: address };
    return direction === 'egress' ? { from: own, to: other, port, protocol } : { from: other, to: own, port, protocol };
  });
}

const everyPort = (ends: Ends): readonly Query[] =>
  PROTOCOLS.flatMap(protocol => PORTS.map(port => ({ ...ends, protocol, port })));

/** How many verdicts there were of each sort, and how many connections the oracle was asked about. */
interface Tally {
  readonly allow: number;
  readonly deny: number;
  readonly undetermined: number;
  readonly probes: number;
  readonly witnesses: number;
}

/** What of the verdicts on random worlds the oracle contradicts, as JSON. Every other world is closed by NetworkPolicies but for what the others open. */
export function contradictions(
  name: FamilyName,
  worlds: number,
  seed: number,
): { readonly tally: Tally; readonly contradiction: string | undefined; readonly why: ReadonlyMap<string, number> } {
  const family = FAMILIES[name];
  const judge = judgeFor(family);
  const closed = closing(family);
  const tally = { allow: 0, deny: 0, undetermined: 0, probes: 0, witnesses: 0 };
  const why = new Map<string, number>();
  for (let index = 0; index < worlds; index += 1) {
    const world = family.objects(createRandom(seed + index));
    const isOther = ({ kind, apiVersion }: Fields): boolean =>
      kind !== 'NetworkPolicy' || apiVersion !== 'networking.k8s.io/v1';
    const objects = index % 2 === 0 ? world : [...world.filter(isOther), ...closed];
    const pods = objects.filter(({ kind }) => kind === 'Pod').map(pod => podOf(pod as unknown as PodManifest));
    const server = pods.find(({ hostNetwork }) => !hostNetwork);
    if (server === undefined) continue;
    const decision = decisionOn(objects, server, judge);
    const oracle = family.oracle(objects);
    const refused = decision.verdict === 'allow' ? forbiddenTo(server, pods, family, objects).flatMap(everyPort) : [];
    const open = witnessed(decision, server, family);
    tally[decision.verdict] += 1;
    tally.probes += refused.length + open.length;
    tally.witnesses += open.length;
    for (const { message } of decision.causes) {
      const text = message.replace(/^.*?: /, '');
      why.set(text, (why.get(text) ?? 0) + 1);
    }
    const wrong = refused.find(query => oracle(query) === true) ?? open.find(query => oracle(query) === false);
    if (wrong !== undefined)
      return { tally, why, contradiction: JSON.stringify({ seed: seed + index, decision, query: wrong, objects }) };
  }
  return { tally, why, contradiction: undefined };
}
