import { POLICY_KINDS, TIER } from './bypasses/other-policies.ts';
import { PODS, POLICIES } from './scene.ts';
import {
  CALLER_KINDS,
  CLUSTER_SETS,
  collectionOf,
  FURTHER_ROUTE_KINDS,
  MCP_ROUTE_KINDS,
  NETWORK_SET,
  OTHER_ROUTE_KINDS,
  ROUTE_KINDS,
  type ServedKind,
} from './served-kinds.ts';
import { CLOSED, OPEN_WORKLOADS, podSpec } from './servers.ts';

/** Requests with objects that have as little as an object can have. */

const ROUTES = [...ROUTE_KINDS, ...FURTHER_ROUTE_KINDS, ...OTHER_ROUTE_KINDS, ...MCP_ROUTE_KINDS];
/** Kinds whose objects are asked about when they go, too. */
const CLOSING = [...CALLER_KINDS, NETWORK_SET, ...POLICY_KINDS.filter(({ scope }) => scope === 'Namespaced')];
const OF_CLUSTER = [...POLICY_KINDS.filter(({ scope }) => scope === 'Cluster'), TIER, ...CLUSTER_SETS];
/** Kinds that the cluster must serve for {@link TOLD} and {@link CLUSTER_TOLD}. */
export const INSTALLED_KINDS: readonly ServedKind[] = [...ROUTES, ...CLOSING, ...OF_CLUSTER];

const bare = (kind: ServedKind): readonly [collection: string, object: object] => [
  collectionOf(kind).slice(1),
  { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { name: 'open' } },
];
const STRATEGIC = 'application/strategic-merge-patch+json';

const PORTS = [{ port: 80 }];
/** One of each kind, none with a label. */
const OBJECTS: readonly (readonly [collection: string, object: object])[] = [
  ...OPEN_WORKLOADS.filter(([kind]) => kind !== 'Pod').map(([, ...rest]) => rest),
  ['api/v1/pods', { metadata: { name: 'open' }, spec: podSpec() }],
  ['api/v1/services', { metadata: { name: 'open' }, spec: { ports: PORTS } }],
  [
    'apis/networking.k8s.io/v1/ingresses',
    { metadata: { name: 'open' }, spec: { defaultBackend: { service: { name: 'open', port: { number: 80 } } } } },
  ],
  ['api/v1/endpoints', { metadata: { name: 'open' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }] }] }],
  ['apis/discovery.k8s.io/v1/endpointslices', { metadata: { name: 'open' }, addressType: 'IPv4', endpoints: [] }],
  ['apis/networking.k8s.io/v1/networkpolicies', { metadata: { name: 'open' }, spec: CLOSED }],
  ...[...ROUTES, ...CLOSING].map(bare),
];

const binding = (labels?: object): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'open', ...(labels && { labels }) },
  target: { apiVersion: 'v1', kind: 'Node', name: 'nowhere' },
});
const TOOL = { spec: { ephemeralContainers: [{ name: 'tool', image: 'registry.test/tool:1' }] } };

/** Method, path (as of `pathIn`), body, content type of a patch. */
export type Step = readonly [method: string, path: string, body?: object, contentType?: string];
export const POD = `${PODS}/open`;
const STATUS = `${POD}/status`;

function written([collection, object]: readonly [collection: string, object: object]): readonly Step[] {
  return [
    ['POST', `${collection}?dryRun=All`, { ...object, metadata: { generateName: 'open-' } }],
    ['POST', collection, object],
    ['PATCH', `${collection}/open`, { metadata: { annotations: { changed: 'yes' } } }],
  ];
}

/** The same of objects of the cluster, with paths of their own. */
export const CLUSTER_TOLD: readonly Step[] = OF_CLUSTER.flatMap(kind =>
  [...written(bare(kind)), ['DELETE', `${bare(kind)[0]}/open`] as const].map(
    ([method, path, ...rest]): Step => [method, `/${path}`, ...rest],
  ),
);

/** What the gate is asked about. */
export const TOLD: readonly Step[] = [
  ...OBJECTS.flatMap(written),
  ...CLOSING.map((kind): Step => ['DELETE', `${bare(kind)[0]}/open`]),
  ['PATCH', STATUS, { metadata: { labels: { first: 'label' } } }],
  ['PATCH', STATUS, { metadata: { labels: null } }],
  ['PATCH', `${POD}/ephemeralcontainers`, TOOL, STRATEGIC],
  ['POST', 'api/v1/bindings?dryRun=All', binding({ first: 'label' })],
  ['POST', `${POD}/binding`, binding({ first: 'label' })],
  ['DELETE', `${POLICIES}/open`],
  ['POST', POLICIES, { metadata: { name: 'open' }, spec: CLOSED }],
  ['DELETE', POLICIES],
];
/** What it is not: nothing about it could open a server. */
export const UNTOLD: readonly Step[] = [
  ['POST', 'api/v1/endpoints', { metadata: { name: 'leader' } }],
  [
    'PATCH',
    'api/v1/endpoints/leader',
    { metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': 'a' } } },
  ],
  ['POST', PODS, { metadata: { name: 'open' }, spec: podSpec() }],
  ['PATCH', STATUS, { status: { message: 'no label before or after' } }],
  ['POST', `${POD}/binding`, binding()],
  ['PATCH', STATUS, { status: { message: 'bound' } }],
  ['DELETE', POD, { gracePeriodSeconds: 0 }],
];
