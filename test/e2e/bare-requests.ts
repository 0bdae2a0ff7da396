import { PODS, POLICIES } from './scene.ts';
import { collectionOf, FURTHER_ROUTE_KINDS, OTHER_ROUTE_KINDS, ROUTE_KINDS } from './served-kinds.ts';
import { CLOSED, OPEN_WORKLOADS, podSpec } from './servers.ts';

/** Requests with objects that have as little as an object can have. */

export const ROUTES = [...ROUTE_KINDS, ...FURTHER_ROUTE_KINDS, ...OTHER_ROUTE_KINDS];
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
  ...ROUTES.map(
    kind =>
      [
        collectionOf(kind).slice(1),
        { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { name: 'open' } },
      ] as const,
  ),
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

/** What the gate is asked about. */
export const TOLD: readonly Step[] = [
  ...OBJECTS.flatMap(([collection, object]): readonly Step[] => [
    ['POST', `${collection}?dryRun=All`, { ...object, metadata: { generateName: 'open-' } }],
    ['POST', collection, object],
    ['PATCH', `${collection}/open`, { metadata: { annotations: { changed: 'yes' } } }],
  ]),
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
