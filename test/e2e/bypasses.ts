import type { Answer, Request } from '../control-plane/client.ts';
import { CLOSED, GATEWAY, LABELS, OPEN_WORKLOADS, pod, podSpec, policy } from './servers.ts';

/** Where a bypass is tried: a namespace with a closed server, the Pod `weather` under the policy `weather`. */
export interface Scene {
  readonly namespace: string;
  /** As the administrator. */
  readonly request: Request;
  readonly post: (collection: string, object: object) => Promise<Answer>;
  readonly patch: (object: string, body: object, contentType?: string) => Promise<Answer>;
  readonly remove: (object: string) => Promise<Answer>;
}

/** A way to open a server. */
export interface Bypass {
  readonly title: string;
  /** Labels of the namespace. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What must be there first; it passes everywhere. */
  readonly prepare?: (scene: Scene) => Promise<readonly Answer[]>;
  readonly attempt: (scene: Scene) => Promise<Answer>;
  /** What the refusal speaks of. */
  readonly refusedFor: string;
}

const PODS = 'api/v1/pods';
const POLICIES = 'apis/networking.k8s.io/v1/networkpolicies';
const WEATHER = `${POLICIES}/weather`;
/** Nothing about it speaks of MCP. */
const PLAIN = { containers: [{ name: 'web', image: 'registry.test/web:1' }] };
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const elsewhere = { metadata: { labels: { app: 'elsewhere' } } };
const selectsServer = { podSelector: { matchLabels: { app: 'weather' } } };
const binding = (name: string, labels: object): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, labels },
  target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
});
const DEBUG = policy('debug', {
  podSelector: { matchLabels: { debug: 'yes' } },
  policyTypes: ['Ingress'],
  ingress: [{}],
});

const LABEL_CHANGES: readonly Bypass[] = [
  {
    title: 'a Pod is relabelled away from its policy',
    attempt: ({ patch }) => patch(`${PODS}/weather`, elsewhere),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Pod is relabelled away from its policy through pods/status',
    attempt: ({ patch }) => patch(`${PODS}/weather/status`, elsewhere),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Pod is relabelled under a permissive policy',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ patch }) => patch(`${PODS}/weather`, { metadata: { labels: { debug: 'yes' } } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a Binding relabels its Pod away from its policy',
    attempt: ({ post }) => post(`${PODS}/weather/binding`, binding('weather', { app: 'elsewhere' })),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Binding of the collection `bindings` relabels its Pod under a permissive policy',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ post }) => post('api/v1/bindings', binding('weather', { debug: 'yes' })),
    refusedFor: 'ingress-beyond-gateway',
  },
];

const POLICY_CHANGES: readonly Bypass[] = [
  {
    title: 'a policy is deleted',
    attempt: ({ remove }) => remove(WEATHER),
    refusedFor: 'policy-removal',
  },
  {
    title: 'all policies are deleted at once (deletecollection)',
    attempt: ({ remove }) => remove(POLICIES),
    refusedFor: 'policy-removal',
  },
  {
    title: 'a policy is loosened',
    attempt: ({ patch }) => patch(WEATHER, { spec: { ingress: [{}] } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a policy is edited in two steps: made to select nothing, then opened',
    attempt: async ({ patch }) => {
      const first = await patch(WEATHER, { spec: { podSelector: { matchLabels: { app: 'nobody' } } } });
      return first.status >= 400 ? first : patch(WEATHER, { spec: { ...selectsServer, ingress: [{}] } });
    },
    refusedFor: 'policy-removal',
  },
  {
    title: 'a permissive policy that selects nothing is turned to the server',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ patch }) =>
      patch(`${POLICIES}/debug`, { spec: { podSelector: { matchLabels: { debug: null, app: 'weather' } } } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a policy no longer isolates egress',
    attempt: ({ patch }) => patch(WEATHER, { spec: { policyTypes: ['Ingress'] } }),
    refusedFor: 'egress-not-isolated',
  },
  {
    title: 'a policy that lists ingress rules isolates egress alone',
    attempt: ({ patch }) => patch(WEATHER, { spec: { policyTypes: ['Egress'] } }),
    refusedFor: 'ingress-not-isolated',
  },
];

const from = (...peers: readonly object[]): object => ({
  ...selectsServer,
  policyTypes: ['Ingress'],
  ingress: [{ from: peers }],
});
const to = (...blocks: readonly string[]): object => ({
  ...selectsServer,
  policyTypes: ['Egress'],
  egress: [{ to: blocks.map(cidr => ({ ipBlock: { cidr } })) }],
});

/** Policies that are added to the one that closes: what counts is the union. */
const SECOND_POLICIES: readonly (readonly [what: string, spec: object, refusedFor: string])[] = [
  ['an empty rule', { ...selectsServer, ingress: [{}] }, 'ingress-beyond-gateway'],
  ['an empty list of peers', { ...selectsServer, ingress: [{ from: [] }] }, 'ingress-beyond-gateway'],
  ['every Pod of the namespace selected', { podSelector: {}, ingress: [{}] }, 'ingress-beyond-gateway'],
  [
    'two halves of all addresses',
    from({ ipBlock: { cidr: '0.0.0.0/1' } }, { ipBlock: { cidr: '128.0.0.0/1' } }),
    'ingress-beyond-gateway',
  ],
  ['all addresses of IPv6', from({ ipBlock: { cidr: '::/0' } }), 'ingress-beyond-gateway'],
  ['the range of the Pods', from({ ipBlock: { cidr: '10.244.0.0/16' } }), 'ingress-beyond-gateway'],
  ['a forgeable Pod label of its own namespace', from({ podSelector: GATEWAY.podSelector }), 'ingress-beyond-gateway'],
  [
    'a forgeable label of namespaces',
    from({ namespaceSelector: { matchLabels: { team: 'gateway' } }, podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'the labels of the gateway in whatever namespace',
    from({ namespaceSelector: {}, podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'two items where one was meant',
    from({ namespaceSelector: GATEWAY.namespaceSelector }, { podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'a range of ports to everybody',
    { ...selectsServer, ingress: [{ ports: [{ protocol: 'TCP', port: 1, endPort: 65535 }] }] },
    'ingress-beyond-gateway',
  ],
  [
    'a named port to everybody',
    { ...selectsServer, ingress: [{ ports: [{ protocol: 'TCP', port: 'mcp' }] }] },
    'ingress-beyond-gateway',
  ],
  ['UDP to everybody', { ...selectsServer, ingress: [{ ports: [{ protocol: 'UDP' }] }] }, 'ingress-beyond-gateway'],
  ['egress to every address', to('0.0.0.0/0'), 'egress-reaches-metadata'],
  ['egress to two halves of all addresses', to('0.0.0.0/1', '128.0.0.0/1'), 'egress-reaches-metadata'],
  ['egress to the metadata address', to('169.254.169.254/32'), 'egress-reaches-metadata'],
  ['egress to the Services', to('10.96.0.0/12'), 'egress-reaches-cluster'],
];

const PODS_AND_WORKLOADS: readonly Bypass[] = [
  ...OPEN_WORKLOADS.map(
    ([kind, collection, object]): Bypass => ({
      title: `an open server is created as a ${kind}`,
      attempt: ({ post }) => post(collection, object),
      refusedFor: 'ingress-not-isolated',
    }),
  ),
  {
    title: 'an open server says nothing of itself',
    attempt: ({ post }) =>
      post(
        PODS,
        pod(
          'quiet',
          { app: 'quiet' },
          {
            containers: [
              { name: 'server', image: 'ghcr.io/acme/weather-mcp:1', args: ['--transport=streamable-http'] },
            ],
          },
        ),
      ),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a server takes the network of its node',
    attempt: ({ post }) => post(PODS, pod('node', LABELS, { hostNetwork: true })),
    refusedFor: 'host-network',
  },
  {
    title: 'a Pod says that it is a mirror of a static one',
    attempt: ({ post }) =>
      post(
        PODS,
        pod(
          'mirror',
          { ...LABELS, app: 'mirror' },
          { nodeName: 'node-1' },
          { annotations: { 'kubernetes.io/config.mirror': 'f3' } },
        ),
      ),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'an ephemeral container makes an open Pod a server',
    prepare: async ({ post }) => [await post(PODS, pod('plain', { app: 'plain' }, PLAIN))],
    attempt: ({ patch }) =>
      patch(
        `${PODS}/plain/ephemeralcontainers`,
        {
          spec: {
            ephemeralContainers: [
              { name: 'debug', image: 'ghcr.io/acme/weather-mcp:1', args: ['--transport=streamable-http'] },
            ],
          },
        },
        STRATEGIC,
      ),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'labels bear the names of what every object inherits',
    attempt: ({ post }) =>
      post(
        PODS,
        pod('inherited', { constructor: 'a', toString: 'b', hasOwnProperty: 'c', 'chokepoint.dev/mcp-server': 'true' }),
      ),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'an open server is a megabyte long',
    attempt: ({ post }) => {
      const env = Array.from({ length: 1000 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(1000) }));
      const containers = [{ name: 'server', image: 'registry.test/weather:1', env }];
      return post(PODS, pod('long', { ...LABELS, app: 'long' }, { containers }));
    },
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Pod of no server is relabelled to be one, and is open',
    prepare: async ({ post }) => [await post(PODS, pod('plain', { app: 'plain' }, PLAIN))],
    attempt: ({ patch }) => patch(`${PODS}/plain`, { metadata: { labels: { 'chokepoint.dev/mcp-server': 'true' } } }),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Service publishes the server on every node',
    attempt: ({ post }) =>
      post('api/v1/services', {
        metadata: { name: 'open' },
        spec: { type: 'NodePort', selector: { app: 'weather' }, ports: [{ port: 80, targetPort: 8080 }] },
      }),
    refusedFor: 'service-exposed',
  },
  {
    title: 'the gate of a held Pod is lifted by hand',
    labels: { 'chokepoint.dev/absent-policy': 'hold' },
    prepare: async ({ post }) => [
      await post(
        PODS,
        pod(
          'held',
          { ...LABELS, app: 'held' },
          { schedulingGates: [{ name: 'chokepoint.dev/network-policy' }] },
          { annotations: { 'test/held': 'yes' } },
        ),
      ),
    ],
    attempt: ({ patch }) => patch(`${PODS}/held`, [{ op: 'remove', path: '/spec/schedulingGates' }], JSON_PATCH),
    refusedFor: 'ingress-not-isolated',
  },
];

/** Every way that is tried, by the admin: rights do not matter to the gate. */
export const BYPASSES: readonly Bypass[] = [
  ...LABEL_CHANGES,
  ...POLICY_CHANGES,
  ...SECOND_POLICIES.map(
    ([what, spec, refusedFor]): Bypass => ({
      title: `a second policy brings ${what}`,
      attempt: ({ post }) => post(POLICIES, policy('second', spec)),
      refusedFor,
    }),
  ),
  ...PODS_AND_WORKLOADS,
];

/** The closed server that every scene starts with. */
export const CLOSED_SERVER: readonly (readonly [collection: string, object: object])[] = [
  [POLICIES, policy('weather', CLOSED)],
  [PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'weather', labels: LABELS }, spec: podSpec() }],
];
