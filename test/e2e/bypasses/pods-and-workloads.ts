import { type Bypass, PODS } from '../scene.ts';
import { LABELS, OPEN_WORKLOADS, pod } from '../servers.ts';

/** Nothing about it speaks of MCP. */
const PLAIN = { containers: [{ name: 'web', image: 'registry.test/web:1' }] };
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

/** Open servers, in whatever shape they come. */
export const PODS_AND_WORKLOADS: readonly Bypass[] = [
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
