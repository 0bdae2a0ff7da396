import type { Request } from './client.ts';
import { collectionPath, IMAGE, KINDS, labelsOf, type RecordedKind } from './recorded-objects.ts';
import type { ToolResult } from './tool.ts';

export const NAMESPACE = 'prod';
/** A person; controllers and the garbage collector come by themselves. */
export const DEVELOPER = 'dana@acme.test';

/** Who acts in a case, as {@link DEVELOPER} unless it says otherwise. */
export interface Hands {
  readonly kubectl: (args: string, manifest?: unknown) => Promise<ToolResult>;
  readonly request: Request;
  /** Lets the scheduler run, over a node. Until then no pod is bound. */
  readonly startScheduler: () => Promise<void>;
}

/** By which review a case is known among all that its action causes. Every field that is given must be equal. */
export interface Sought {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** With its subresource: `pods/status`. */
  readonly resource: string;
  readonly name?: string;
  /** Starts with this. */
  readonly namePrefix?: string;
  /** {@link DEVELOPER} where absent. */
  readonly user?: string;
  /** The validating phase where absent. */
  readonly phase?: 'validate' | 'mutate';
  readonly dryRun?: boolean;
}

/** One recorded file. `act` is absent where the case before it caused the review as well. */
export interface RecordedCase {
  /** Of the file, without `.json`. */
  readonly name: string;
  readonly act?: (hands: Hands) => Promise<unknown>;
  readonly sought: Sought;
}

const controller = (name: string): string => `system:serviceaccount:kube-system:${name}`;
const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
const GATE = { name: 'chokepoint.dev/network-policy' };

function manifest({ kind, manifest }: RecordedKind, name: string, labels: object = {}): object {
  return { ...manifest, metadata: { name, namespace: NAMESPACE, labels: { ...labelsOf(kind), ...labels } } };
}

function find(kind: string): RecordedKind {
  const found = KINDS.find(entry => entry.kind === kind);
  if (found === undefined) throw new Error(`no such kind: ${kind}`);
  return found;
}

const pod = (name: string, spec: object = {}): object => {
  const { spec: base, ...rest } = find('pod').manifest;
  return {
    ...rest,
    metadata: { name, namespace: NAMESPACE, labels: labelsOf('pod') },
    spec: { ...(base as object), ...spec },
  };
};

const SERVER_SIDE = 'apply --server-side -f -';

/** What is done to every kind. */
function kindCases(entry: RecordedKind): readonly RecordedCase[] {
  const { kind, resource } = entry;
  const name = 'weather';
  const made: Sought = { operation: 'CREATE', resource, name };
  return [
    {
      name: `${kind}-create-dry-run`,
      act: ({ kubectl }) => kubectl('create --dry-run=server -f -', manifest(entry, name)),
      sought: { ...made, dryRun: true },
    },
    { name: `${kind}-create`, act: ({ kubectl }) => kubectl('create -f -', manifest(entry, name)), sought: made },
    { name: `${kind}-create-mutating-phase`, sought: { ...made, phase: 'mutate' } },
    {
      name: `${kind}-server-side-apply-create`,
      act: ({ kubectl }) => kubectl(SERVER_SIDE, manifest(entry, 'applied')),
      sought: { ...made, name: 'applied' },
    },
    {
      name: `${kind}-server-side-apply-update`,
      act: ({ kubectl }) => kubectl(SERVER_SIDE, manifest(entry, 'applied', { team: 'forecast' })),
      sought: { operation: 'UPDATE', resource, name: 'applied' },
    },
    {
      name: `${kind}-update`,
      act: ({ kubectl }) => kubectl(`label ${kind} ${name} team=forecast -n ${NAMESPACE}`),
      sought: { operation: 'UPDATE', resource, name },
    },
    {
      name: `${kind}-delete-dry-run`,
      act: ({ kubectl }) => kubectl(`delete ${kind} ${name} --dry-run=server -n ${NAMESPACE}`),
      sought: { operation: 'DELETE', resource, name, dryRun: true },
    },
    {
      name: `${kind}-delete`,
      act: ({ kubectl }) => kubectl(`delete ${kind} ${name} --wait=false -n ${NAMESPACE}`),
      sought: { operation: 'DELETE', resource, name },
    },
    {
      name: `${kind}-deletecollection`,
      act: ({ request }) =>
        request(
          'DELETE',
          `${collectionPath(entry, NAMESPACE)}?fieldSelector=metadata.name%3Dapplied&propagationPolicy=Background`,
        ),
      sought: { operation: 'DELETE', resource, name: 'applied' },
    },
  ];
}

/** What controllers do after a person made a workload called `owner`. */
const controllerCases: readonly RecordedCase[] = [
  ...[
    { kind: 'deployment', user: 'replicaset-controller' },
    { kind: 'statefulset', user: 'statefulset-controller' },
    { kind: 'daemonset', user: 'daemon-set-controller' },
    { kind: 'replicaset', user: 'replicaset-controller' },
    { kind: 'replicationcontroller', user: 'replication-controller' },
    { kind: 'job', user: 'job-controller' },
  ].flatMap(({ kind, user }): readonly RecordedCase[] => {
    const sought: Sought = {
      operation: 'CREATE',
      resource: 'pods',
      namePrefix: `owner-${kind}-`,
      user: controller(user),
    };
    return [
      {
        name: `pod-create-by-${kind}`,
        act: ({ kubectl }) => kubectl('create -f -', manifest(find(kind), `owner-${kind}`)),
        sought,
      },
    ];
  }),
  {
    name: 'pod-create-by-deployment-mutating-phase',
    act: ({ kubectl }) => kubectl(`scale deployment owner-deployment --replicas=2 -n ${NAMESPACE}`),
    sought: { operation: 'CREATE', resource: 'pods', user: controller('replicaset-controller'), phase: 'mutate' },
  },
  {
    name: 'replicaset-create-by-deployment',
    act: ({ kubectl }) => kubectl(`set image deployment/owner-deployment server=${IMAGE}-alpine -n ${NAMESPACE}`),
    sought: { operation: 'CREATE', resource: 'replicasets', user: controller('deployment-controller') },
  },
  {
    name: 'deployment-update-image',
    sought: { operation: 'UPDATE', resource: 'deployments', name: 'owner-deployment' },
  },
  {
    name: 'replicaset-update-by-deployment',
    act: ({ kubectl }) => kubectl(`scale deployment owner-deployment --replicas=5 -n ${NAMESPACE}`),
    sought: { operation: 'UPDATE', resource: 'replicasets', user: controller('deployment-controller') },
  },
  ...['deployment', 'statefulset', 'replicaset', 'replicationcontroller'].map(
    (kind): RecordedCase => ({
      name: `${kind}-scale`,
      act: ({ kubectl }) => kubectl(`scale ${kind} owner-${kind} --replicas=3 -n ${NAMESPACE}`),
      sought: { operation: 'UPDATE', resource: `${find(kind).resource}/scale`, name: `owner-${kind}` },
    }),
  ),
  {
    name: 'pod-delete-by-replicaset',
    act: ({ kubectl }) => kubectl(`scale replicaset owner-replicaset --replicas=0 -n ${NAMESPACE}`),
    sought: { operation: 'DELETE', resource: 'pods', user: controller('replicaset-controller') },
  },
  {
    name: 'replicaset-update-status-by-controller',
    sought: {
      operation: 'UPDATE',
      resource: 'replicasets/status',
      name: 'owner-replicaset',
      user: controller('replicaset-controller'),
    },
  },
  {
    name: 'pod-delete-by-garbage-collector',
    act: ({ kubectl }) =>
      kubectl(`delete replicationcontroller owner-replicationcontroller -n ${NAMESPACE} --wait=false`),
    sought: { operation: 'DELETE', resource: 'pods', user: controller('generic-garbage-collector') },
  },
  {
    name: 'job-create-from-cronjob',
    act: async ({ kubectl }) => {
      await kubectl('create -f -', manifest(find('cronjob'), 'nightly'));
      await kubectl(`create job by-hand --from=cronjob/nightly -n ${NAMESPACE}`);
    },
    sought: { operation: 'CREATE', resource: 'jobs', name: 'by-hand' },
  },
];

const podUpdate = (resource: string, name: string): Sought => ({ operation: 'UPDATE', resource, name });

/** The ways to change or reach a pod beside its own resource. */
const podCases: readonly RecordedCase[] = [
  {
    name: 'pod-create-generate-name',
    act: ({ request }) =>
      request('POST', pods, { ...pod(''), metadata: { generateName: 'weather-', labels: labelsOf('pod') } }),
    sought: { operation: 'CREATE', resource: 'pods', namePrefix: 'weather-' },
  },
  {
    name: 'pod-create-generate-name-mutating-phase',
    sought: { operation: 'CREATE', resource: 'pods', phase: 'mutate' },
  },
  {
    name: 'pod-create-gated',
    act: ({ kubectl }) => kubectl('create -f -', pod('gated', { schedulingGates: [GATE] })),
    sought: { operation: 'CREATE', resource: 'pods', name: 'gated' },
  },
  {
    name: 'pod-update-gate-removed',
    act: ({ request }) => request('PATCH', `${pods}/gated`, { spec: { schedulingGates: null } }),
    sought: podUpdate('pods', 'gated'),
  },
  {
    name: 'pod-update-annotated',
    act: ({ kubectl }) => kubectl(`annotate pod gated note=seen -n ${NAMESPACE}`),
    sought: podUpdate('pods', 'gated'),
  },
  {
    name: 'pod-update-relabelled',
    act: ({ kubectl }) => kubectl(`label pod gated app=other --overwrite -n ${NAMESPACE}`),
    sought: podUpdate('pods', 'gated'),
  },
  {
    name: 'pod-status-update-relabelled',
    act: ({ request }) => request('PATCH', `${pods}/gated/status`, { metadata: { labels: { app: 'moved' } } }),
    sought: podUpdate('pods/status', 'gated'),
  },
  {
    name: 'pod-status-update-address',
    act: ({ request }) =>
      request('PATCH', `${pods}/gated/status`, {
        status: { phase: 'Running', podIP: '10.244.0.9', podIPs: [{ ip: '10.244.0.9' }] },
      }),
    sought: podUpdate('pods/status', 'gated'),
  },
  {
    name: 'pod-ephemeralcontainers-update',
    act: ({ request }) =>
      request('PATCH', `${pods}/gated/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox:1.37' }] },
      }),
    sought: podUpdate('pods/ephemeralcontainers', 'gated'),
  },
  {
    name: 'pod-resize-update',
    act: ({ kubectl }) => {
      const resources = { requests: { cpu: '100m' } };
      const patch = JSON.stringify({ spec: { containers: [{ name: 'server', resources }] } });
      return kubectl(`patch pod gated --subresource=resize -n ${NAMESPACE} -p ${patch}`);
    },
    sought: podUpdate('pods/resize', 'gated'),
  },
  {
    name: 'pod-eviction-create',
    act: ({ request }) => request('POST', `${pods}/gated/eviction?dryRun=All`, { metadata: { name: 'gated' } }),
    sought: { operation: 'CREATE', resource: 'pods/eviction', name: 'gated' },
  },
  {
    name: 'pod-binding-create-labels',
    act: ({ request }) =>
      request('POST', `${pods}/gated/binding`, {
        metadata: { name: 'gated', labels: { moved: 'true' } },
        target: { kind: 'Node', name: 'node-1' },
      }),
    sought: { operation: 'CREATE', resource: 'pods/binding', name: 'gated' },
  },
  {
    name: 'pod-exec-connect',
    act: ({ request }) => request('POST', `${pods}/gated/exec?command=ls&container=server&stdout=true`),
    sought: { operation: 'CONNECT', resource: 'pods/exec', name: 'gated' },
  },
  {
    name: 'pod-portforward-connect',
    act: ({ request }) => request('POST', `${pods}/gated/portforward?ports=8080`),
    sought: { operation: 'CONNECT', resource: 'pods/portforward', name: 'gated' },
  },
  {
    name: 'pod-proxy-connect',
    act: ({ request }) => request('GET', `${pods}/gated/proxy/`),
    sought: { operation: 'CONNECT', resource: 'pods/proxy', name: 'gated' },
  },
  {
    name: 'pod-delete-by-name-of-a-bound-pod',
    act: ({ request }) => request('DELETE', `${pods}/gated`),
    sought: { operation: 'DELETE', resource: 'pods', name: 'gated' },
  },
  {
    name: 'pod-delete-without-grace',
    act: ({ request }) => request('DELETE', `${pods}/gated`, { gracePeriodSeconds: 0 }),
    sought: { operation: 'DELETE', resource: 'pods', name: 'gated' },
  },
  {
    name: 'pod-update-by-server-side-apply-of-a-finalizer',
    act: async ({ kubectl }) => {
      await kubectl('create -f -', pod('kept'));
      const finalizers = { name: 'kept', namespace: NAMESPACE, finalizers: ['acme.test/backup'] };
      await kubectl(SERVER_SIDE, { apiVersion: 'v1', kind: 'Pod', metadata: finalizers });
    },
    sought: podUpdate('pods', 'kept'),
  },
  {
    name: 'pod-update-finalizer-removed-while-terminating',
    act: async ({ request }) => {
      await request('DELETE', `${pods}/kept`, { gracePeriodSeconds: 0 });
      await request('PATCH', `${pods}/kept`, { metadata: { finalizers: null } });
    },
    sought: podUpdate('pods', 'kept'),
  },
];

const policy = (spec: object): object => {
  const { spec: base, ...rest } = find('networkpolicy').manifest;
  return { ...rest, metadata: { name: 'guard', namespace: NAMESPACE }, spec: { ...(base as object), ...spec } };
};
const internet = (except: readonly string[]): object => ({
  egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except } }], ports: [{ protocol: 'TCP', port: 443 }] }],
});

const neighbourCases: readonly RecordedCase[] = [
  {
    name: 'networkpolicy-apply-create',
    act: ({ kubectl }) => kubectl('apply -f -', policy(internet(['10.0.0.0/8', '169.254.169.254/32']))),
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'guard' },
  },
  {
    name: 'networkpolicy-apply-update-except-removed',
    act: ({ kubectl }) => kubectl('apply -f -', policy(internet(['10.0.0.0/8']))),
    sought: { operation: 'UPDATE', resource: 'networkpolicies', name: 'guard' },
  },
  {
    name: 'networkpolicy-create-empty',
    act: ({ kubectl }) => {
      const { spec: _, ...rest } = find('networkpolicy').manifest;
      return kubectl('create -f -', { ...rest, metadata: { name: 'empty', namespace: NAMESPACE }, spec: {} });
    },
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'empty' },
  },
  {
    name: 'networkpolicy-create-allow-all',
    act: ({ kubectl }) => {
      const metadata = { name: 'open', namespace: NAMESPACE };
      const spec = { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ['Ingress', 'Egress'] };
      return kubectl('create -f -', { ...find('networkpolicy').manifest, metadata, spec });
    },
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'open' },
  },
  {
    name: 'service-create-nodeport',
    act: ({ kubectl }) => {
      const metadata = { name: 'public', namespace: NAMESPACE };
      const ports = [{ name: 'mcp', port: 8080, nodePort: 30080 }];
      const spec = { type: 'NodePort', clusterIP: '10.96.0.80', selector: { app: 'weather-deployment' }, ports };
      return kubectl('create -f -', { apiVersion: 'v1', kind: 'Service', metadata, spec });
    },
    sought: { operation: 'CREATE', resource: 'services', name: 'public' },
  },
  {
    name: 'service-update-selector',
    act: ({ request }) =>
      request('PATCH', `/api/v1/namespaces/${NAMESPACE}/services/public`, {
        spec: { selector: { app: 'weather-pod' } },
      }),
    sought: { operation: 'UPDATE', resource: 'services', name: 'public' },
  },
];

const namespaceUpdate = (resource = 'namespaces'): Sought => ({ operation: 'UPDATE', resource, name: 'doomed' });
const inDoomed = (entry: RecordedKind): object => ({
  ...manifest(entry, 'last'),
  metadata: { name: 'last', namespace: 'doomed', labels: labelsOf(entry.kind) },
});

/** The life of a namespace, and how its end takes everything in it. */
const namespaceCases: readonly RecordedCase[] = [
  {
    name: 'namespace-create-dry-run',
    act: ({ kubectl }) => kubectl('create namespace doomed --dry-run=server'),
    sought: { operation: 'CREATE', resource: 'namespaces', name: 'doomed', dryRun: true },
  },
  {
    name: 'namespace-create',
    act: ({ kubectl }) => kubectl('create namespace doomed'),
    sought: { operation: 'CREATE', resource: 'namespaces', name: 'doomed' },
  },
  {
    name: 'namespace-update-mode-raised',
    act: ({ kubectl }) => kubectl('label namespace doomed chokepoint.dev/mode=enforce'),
    sought: namespaceUpdate(),
  },
  {
    name: 'namespace-update-mode-lowered',
    act: ({ kubectl }) => kubectl('label namespace doomed chokepoint.dev/mode=audit --overwrite'),
    sought: namespaceUpdate(),
  },
  {
    name: 'namespace-status-update-relabelled',
    act: ({ request }) =>
      request('PATCH', '/api/v1/namespaces/doomed/status', { metadata: { labels: { 'chokepoint.dev/mode': 'off' } } }),
    sought: namespaceUpdate('namespaces/status'),
  },
  {
    name: 'namespace-server-side-apply-update',
    act: ({ kubectl }) => {
      const labels = { 'chokepoint.dev/mode': 'warn' };
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'doomed', labels } };
      return kubectl('apply --server-side --force-conflicts -f -', object);
    },
    sought: namespaceUpdate(),
  },
  {
    name: 'namespace-delete',
    act: async ({ kubectl }) => {
      for (const entry of KINDS) await kubectl('create -f -', inDoomed(entry));
      await kubectl('delete namespace doomed --wait=false');
    },
    sought: { operation: 'DELETE', resource: 'namespaces', name: 'doomed' },
  },
  ...KINDS.filter(({ kind }) => kind !== 'job').map(
    ({ kind, resource }): RecordedCase => ({
      name: `${kind}-delete-with-namespace`,
      sought: { operation: 'DELETE', resource, name: 'last', user: controller('namespace-controller') },
    }),
  ),
  {
    name: 'namespace-status-update-by-controller',
    sought: { ...namespaceUpdate('namespaces/status'), user: controller('namespace-controller') },
  },
  {
    name: 'namespace-finalize-update',
    sought: { ...namespaceUpdate('namespaces/finalize'), user: controller('namespace-controller') },
  },
];

const schedulerCases: readonly RecordedCase[] = [
  {
    name: 'pod-binding-create-by-scheduler',
    act: async ({ kubectl, startScheduler }) => {
      await startScheduler();
      await kubectl('create -f -', pod('bound'));
    },
    sought: { operation: 'CREATE', resource: 'pods/binding', name: 'bound', user: 'system:kube-scheduler' },
  },
];

/** In this order: later cases may build on what earlier ones left. */
export const CASES: readonly RecordedCase[] = [
  ...KINDS.flatMap(kindCases),
  ...controllerCases,
  ...podCases,
  ...neighbourCases,
  ...namespaceCases,
  ...schedulerCases,
];
