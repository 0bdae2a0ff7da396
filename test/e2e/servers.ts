/** Raw objects of an MCP server and of what stands around it, for tests that open it. */

export const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};
export const LABELS = { app: 'weather', 'chokepoint.dev/mcp-server': 'true' };
const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [{ protocol: 'UDP', port: 53 }],
};

const SERVER = {
  name: 'server',
  image: 'registry.test/weather:1',
  ports: [{ name: 'mcp', containerPort: 8080, protocol: 'TCP' }],
};

/** Nothing schedules it, so that a test may bind it. */
export const podSpec = (more: object = {}): object => ({ schedulerName: 'nobody', containers: [SERVER], ...more });

export const pod = (name: string, labels: object = LABELS, more: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels, ...metadata },
  spec: podSpec(more),
});

export const policy = (name: string, spec: object): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
});

/** What closes every server of these tests: the gateway in, DNS out. */
export const CLOSED = {
  podSelector: { matchLabels: { app: 'weather' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [GATEWAY], ports: [{ protocol: 'TCP', port: 8080 }] }],
  egress: [DNS],
};

const template = (labels: object, more: object = {}): object => ({ metadata: { labels }, spec: podSpec(more) });
const OPEN = { app: 'open', 'chokepoint.dev/mcp-server': 'true' };
const selector = { matchLabels: { app: 'open' } };
const workload = (apiVersion: string, kind: string, spec: object): object => ({
  apiVersion,
  kind,
  metadata: { name: 'open' },
  spec,
});

/** A server that no policy selects, as each kind that runs Pods, with the collection that it is created in. */
export const OPEN_WORKLOADS: readonly (readonly [kind: string, collection: string, object: object])[] = [
  ['Pod', 'api/v1/pods', pod('open', OPEN)],
  [
    'ReplicationController',
    'api/v1/replicationcontrollers',
    workload('v1', 'ReplicationController', { replicas: 0, selector: { app: 'open' }, template: template(OPEN) }),
  ],
  [
    'ReplicaSet',
    'apis/apps/v1/replicasets',
    workload('apps/v1', 'ReplicaSet', { replicas: 0, selector, template: template(OPEN) }),
  ],
  [
    'Deployment',
    'apis/apps/v1/deployments',
    workload('apps/v1', 'Deployment', { replicas: 0, selector, template: template(OPEN) }),
  ],
  [
    'StatefulSet',
    'apis/apps/v1/statefulsets',
    workload('apps/v1', 'StatefulSet', { replicas: 0, selector, serviceName: 'open', template: template(OPEN) }),
  ],
  [
    'DaemonSet',
    'apis/apps/v1/daemonsets',
    workload('apps/v1', 'DaemonSet', { selector, template: template(OPEN, { schedulerName: 'default-scheduler' }) }),
  ],
  [
    'Job',
    'apis/batch/v1/jobs',
    workload('batch/v1', 'Job', { suspend: true, template: template(OPEN, { restartPolicy: 'Never' }) }),
  ],
  [
    'CronJob',
    'apis/batch/v1/cronjobs',
    workload('batch/v1', 'CronJob', {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: template(OPEN, { restartPolicy: 'Never' }) } },
    }),
  ],
];

/** A Deployment that says it is an MCP server, for the Pods that its controllers make of it. They are never bound, so that they go when they are deleted. */
export const serverDeployment = (name: string, template: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { 'chokepoint.dev/mcp-server': 'true' } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec(template) },
  },
});
