import type { Fields } from '../../src/core/kube/reading.ts';
import { GATEWAY, podSpec } from '../e2e/servers.ts';
import { LARGE_POLICIES, LARGE_SERVERS, type LargeShape, policyWith, serverWith } from '../support/large-objects.ts';
import type { Random } from '../support/random.ts';
import { policyOf } from '../support/random-policies.ts';

/** An object of an attacker, and the collection that takes it. */
export interface HostileObject {
  readonly what: string;
  readonly collection: string;
  readonly object: Fields;
}

const POLICIES = 'apis/networking.k8s.io/v1/networkpolicies';
const DEPLOYMENTS = 'apis/apps/v1/deployments';
const PODS = 'api/v1/pods';
const ROUTES = 'apis/gateway.networking.k8s.io/v1/httproutes';
/** What etcd takes of one object is 1.5 MiB; beside the text of ours there are the defaults and the managed fields. */
const MAX_BYTES = 1_000_000;

const many = (items: number, make: (index: number) => unknown): readonly unknown[] =>
  Array.from({ length: items }, (_, index) => make(index));

/** Large, and closed all the same: what is stored where the gate enforces. */
const LARGE_AND_CLOSED: Readonly<Record<string, LargeShape>> = {
  'the gateway, narrowed many times': items =>
    policyWith({
      ingress: [
        {
          from: [
            {
              ...GATEWAY,
              podSelector: {
                ...GATEWAY.podSelector,
                matchExpressions: many(items, index => ({ key: `k${index}`, operator: 'DoesNotExist' })),
              },
            },
          ],
        },
      ],
      egress: [],
    }),
  'the gateway on many ports': items =>
    policyWith({
      ingress: [{ from: [GATEWAY], ports: many(items, index => ({ protocol: 'TCP', port: 1 + (index % 65_535) })) }],
      egress: [],
    }),
  'many blocks of the internet': items =>
    policyWith({
      ingress: [],
      egress: [
        {
          to: many(items, index => ({
            ipBlock: { cidr: `${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/25` },
          })),
        },
      ],
    }),
};

const POLICY_SHAPES = Object.entries({ ...LARGE_POLICIES, ...LARGE_AND_CLOSED });
const SERVER_SHAPES = Object.entries(LARGE_SERVERS);

/** The API server itself takes seconds for these, whatever webhooks there are: they go straight to the gate. */
export const TOO_MUCH_FOR_THE_API_SERVER: ReadonlySet<string> = new Set([
  'blocks that lie in one another',
  'many blocks with host bits',
  'unreadable blocks',
  'many containers',
  'containers of variables that double',
  'containers of scripts that double',
  'variables that stand for one another',
  'many variables',
  'many labels',
]);
const isBearable = ([what]: readonly [string, LargeShape]): boolean => !TOO_MUCH_FOR_THE_API_SERVER.has(what);

/** As many items as the bytes take; names grow with their numbers, so a little fewer than two sizes tell. */
function ofBytes(shape: LargeShape, bytes: number): Fields {
  const [small, large] = [1000, 2000].map(items => JSON.stringify(shape(items)).length);
  const each = Math.max(1, ((large ?? 0) - (small ?? 0)) / 1000);
  return shape(Math.max(1, Math.floor((0.9 * bytes) / each)));
}

const called = (object: Fields, name: string): Fields => ({ ...object, metadata: { name } });

/** What its policies select: the server, every Pod, other Pods. */
const SELECTORS = [{ matchLabels: { app: 'weather' } }, {}, { matchLabels: { app: 'mcp' } }];

function largePolicy(random: Random, name: string): HostileObject {
  const [what, shape] = random.pick(POLICY_SHAPES.filter(isBearable));
  const object = ofBytes(shape, MAX_BYTES);
  const podSelector = what.startsWith('a pod selector') ? {} : { podSelector: random.pick(SELECTORS) };
  return {
    what: `a policy: ${what}`,
    collection: POLICIES,
    object: { ...called(object, name), spec: { ...Object(object.spec), ...podSelector } },
  };
}

/** A Deployment that makes no Pods, or one Pod of it; its labels are those of the server or its own. */
function largeServer(random: Random, name: string): HostileObject {
  const [what, shape] = random.pick(SERVER_SHAPES.filter(isBearable));
  const object = ofBytes(shape, MAX_BYTES);
  const { template } = Object(object.spec);
  const labels = {
    ...template.metadata.labels,
    'chokepoint.dev/mcp-server': 'true',
    app: random.pick(['weather', 'mcp']),
  };
  if (random.chance(0.5)) {
    const spec = { ...template.spec, schedulerName: 'nobody' };
    return {
      what: `a Pod: ${what}`,
      collection: PODS,
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec },
    };
  }
  const spec = {
    replicas: 0,
    selector: { matchLabels: { app: labels.app } },
    template: { ...template, metadata: { labels } },
  };
  return { what: `a Deployment: ${what}`, collection: DEPLOYMENTS, object: { ...called(object, name), spec } };
}

const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });

function deepRoute(random: Random, name: string): HostileObject {
  const depth = random.pick([50, 500, 4000]);
  const backendRefs = [{ name: 'weather', port: 80 }];
  return {
    what: `a route ${depth} levels deep`,
    collection: ROUTES,
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name },
      spec: { rules: [{ backendRefs }], more: nested(depth) },
    },
  };
}

/** Small, of every odd spelling that the oracle's worlds are made of, and mostly about the server. */
function randomPolicy(random: Random, name: string): HostileObject {
  const plan = {
    random,
    namespaces: ['default', 'mcp-gateway', 'kube-system'],
    addresses: [],
    blocks: [],
    families: [4, 6] as const,
  };
  const { spec } = Object(policyOf(plan, 0));
  const podSelector = random.chance(0.7) ? { podSelector: random.pick(SELECTORS) } : {};
  return {
    what: 'a policy: random',
    collection: POLICIES,
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, finalizers: random.chance(0.1) ? ['example.com/stay'] : [] },
      spec: { ...spec, ...podSelector },
    },
  };
}

const GONE = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '7d9f6c1e-0000-4000-8000-000000000001' };

/** A server whose owner is gone, which says that it is none, or that stays when it is deleted. */
function oddPod(random: Random, name: string): HostileObject {
  const labels = {
    app: random.pick(['weather', 'odd']),
    'chokepoint.dev/mcp-server': random.pick(['true', 'true', 'false', 'True', '']),
  };
  const metadata = {
    name,
    labels,
    ...(random.chance(0.3) && { ownerReferences: [GONE] }),
    ...(random.chance(0.2) && { finalizers: ['example.com/stay'] }),
  };
  return {
    what: 'a Pod: odd',
    collection: PODS,
    object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(random.chance(0.1) ? { hostNetwork: true } : {}) },
  };
}

/** Each shape at its largest, as it is sent for itself. */
export const LARGEST: readonly (readonly [what: string, make: () => Fields])[] = [
  ...[...POLICY_SHAPES, ...SERVER_SHAPES].map(([what, shape]) => [what, () => ofBytes(shape, 3 * MAX_BYTES)] as const),
  ['a server without anything', () => serverWith([{ name: 'mcp', image: 'mcp/fetch' }])],
];

const MAKERS = [
  largePolicy,
  largePolicy,
  largeServer,
  largeServer,
  randomPolicy,
  randomPolicy,
  randomPolicy,
  oddPod,
  deepRoute,
];

/** Another object by this name. */
export const hostileObject = (random: Random, name: string): HostileObject => random.pick(MAKERS)(random, name);
