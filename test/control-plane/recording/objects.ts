/** The objects whose reviews are recorded: an MCP server as each kind that runs one, and what stands around it. */

/** An object without its metadata, which every case writes anew. */
export interface RecordedKind {
  /** In file names and for kubectl. */
  readonly kind: string;
  readonly resource: string;
  readonly manifest: { readonly apiVersion: string; readonly kind: string; readonly spec: unknown };
}

const PORT = 8080;
export const IMAGE = 'ghcr.io/acme/weather-mcp:1.4.2';

const podSpec = {
  containers: [
    {
      name: 'server',
      image: IMAGE,
      args: ['--transport=streamable-http'],
      ports: [{ name: 'mcp', containerPort: PORT }],
      resources: { requests: { cpu: '50m', memory: '64Mi' } },
    },
  ],
};
const jobPodSpec = { ...podSpec, restartPolicy: 'Never' };

/** Each kind has labels of its own, so that no controller adopts what another one made. */
export const labelsOf = (kind: string): Readonly<Record<string, string>> => ({
  app: `weather-${kind}`,
  'chokepoint.dev/mcp-server': 'true',
});

const template = (kind: string, spec: unknown = podSpec): unknown => ({ metadata: { labels: labelsOf(kind) }, spec });
const selector = (kind: string): unknown => ({ matchLabels: { app: `weather-${kind}` } });
const replicated = (kind: string): unknown => ({ replicas: 1, selector: selector(kind), template: template(kind) });

const gateway = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};

export const KINDS: readonly RecordedKind[] = [
  {
    kind: 'deployment',
    resource: 'deployments',
    manifest: { apiVersion: 'apps/v1', kind: 'Deployment', spec: replicated('deployment') },
  },
  {
    kind: 'statefulset',
    resource: 'statefulsets',
    manifest: { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: replicated('statefulset') },
  },
  {
    kind: 'daemonset',
    resource: 'daemonsets',
    manifest: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      spec: { selector: selector('daemonset'), template: template('daemonset') },
    },
  },
  {
    kind: 'replicaset',
    resource: 'replicasets',
    manifest: { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: replicated('replicaset') },
  },
  {
    kind: 'replicationcontroller',
    resource: 'replicationcontrollers',
    manifest: {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      spec: {
        replicas: 1,
        selector: { app: 'weather-replicationcontroller' },
        template: template('replicationcontroller'),
      },
    },
  },
  {
    kind: 'job',
    resource: 'jobs',
    manifest: { apiVersion: 'batch/v1', kind: 'Job', spec: { template: template('job', jobPodSpec) } },
  },
  {
    kind: 'cronjob',
    resource: 'cronjobs',
    manifest: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      // New Year's night: no run while we record.
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: template('cronjob', jobPodSpec) } } },
    },
  },
  { kind: 'pod', resource: 'pods', manifest: { apiVersion: 'v1', kind: 'Pod', spec: podSpec } },
  {
    kind: 'networkpolicy',
    resource: 'networkpolicies',
    manifest: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      spec: {
        podSelector: selector('deployment'),
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [gateway], ports: [{ protocol: 'TCP', port: PORT }] }],
      },
    },
  },
  {
    kind: 'service',
    resource: 'services',
    manifest: {
      apiVersion: 'v1',
      kind: 'Service',
      spec: { clusterIP: 'None', selector: { app: 'weather-deployment' }, ports: [{ name: 'mcp', port: PORT }] },
    },
  },
  {
    kind: 'ingress',
    resource: 'ingresses',
    manifest: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      spec: {
        rules: [
          {
            host: 'weather.acme.test',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: 'weather', port: { number: PORT } } } },
              ],
            },
          },
        ],
      },
    },
  },
];

/** Where the kind's objects of a namespace are. */
export function collectionPath({ resource, manifest: { apiVersion } }: RecordedKind, namespace: string): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${base}/namespaces/${namespace}/${resource}`;
}
