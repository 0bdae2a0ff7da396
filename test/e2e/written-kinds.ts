import { CALICO, CILIUM } from './bypasses/other-policies.ts';
import { INGRESS_ROUTE, OPENSHIFT_ROUTE, ROUTE_KINDS, VIRTUAL_SERVICE } from './served-kinds.ts';
import { CLOSED, OPEN_WORKLOADS, pod, policy } from './servers.ts';

/** A kind that tests write in every way, to see what is asked about it. */
export interface Kind {
  readonly resource: string;
  /** Of the API, up to the namespace. */
  readonly group: string;
  readonly object: object;
  /** A policy's removal opens a server; of other kinds it closes one. */
  readonly isDeletionJudged?: boolean;
  /** Prepared: completed or held by the mutating webhook. */
  readonly prepared?: readonly ('create' | 'update')[];
  /** Subresources whose writing is not judged: a merge patch that the API server takes. */
  readonly unjudged?: Readonly<Record<string, object>>;
}

const named = (object: object): object => ({ ...object, metadata: { name: 'one' } });
const STATUS = { status: {} };
const SCALE = { spec: { replicas: 0 } };
const workload = (kind: string): object => named(OPEN_WORKLOADS.find(([name]) => name === kind)?.[2] ?? {});

/** Routes that a cluster serves where somebody has installed them. */
export const WRITTEN_ROUTES = [...ROUTE_KINDS, OPENSHIFT_ROUTE, INGRESS_ROUTE, VIRTUAL_SERVICE];

/** Policies of other APIs, alike. */
export const WRITTEN_POLICIES = [CILIUM, CALICO];

/** What the gate is asked about. */
export const JUDGED: readonly Kind[] = [
  { resource: 'pods', group: 'api/v1', object: named(pod('one')), prepared: ['create'], unjudged: { status: STATUS } },
  {
    resource: 'replicationcontrollers',
    group: 'api/v1',
    object: workload('ReplicationController'),
    unjudged: { status: STATUS, scale: SCALE },
  },
  {
    resource: 'services',
    group: 'api/v1',
    object: { metadata: { name: 'one' }, spec: { ports: [{ port: 80 }] } },
    unjudged: { status: STATUS },
  },
  ...['Deployment', 'StatefulSet', 'ReplicaSet'].map(kind => ({
    resource: `${kind.toLowerCase()}s`,
    group: 'apis/apps/v1',
    object: workload(kind),
    unjudged: { status: STATUS, scale: SCALE },
  })),
  { resource: 'daemonsets', group: 'apis/apps/v1', object: workload('DaemonSet'), unjudged: { status: STATUS } },
  { resource: 'jobs', group: 'apis/batch/v1', object: workload('Job'), unjudged: { status: STATUS } },
  { resource: 'cronjobs', group: 'apis/batch/v1', object: workload('CronJob'), unjudged: { status: STATUS } },
  {
    resource: 'networkpolicies',
    group: 'apis/networking.k8s.io/v1',
    object: policy('one', CLOSED),
    isDeletionJudged: true,
    prepared: ['create', 'update'],
  },
  {
    resource: 'ingresses',
    group: 'apis/networking.k8s.io/v1',
    object: { metadata: { name: 'one' }, spec: { defaultBackend: { service: { name: 'one', port: { number: 80 } } } } },
    unjudged: { status: STATUS },
  },
  // Whoever writes them by hand; not Kubernetes' own controllers.
  {
    resource: 'endpoints',
    group: 'api/v1',
    object: { metadata: { name: 'one' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }] }] },
  },
  {
    resource: 'endpointslices',
    group: 'apis/discovery.k8s.io/v1',
    object: { metadata: { name: 'one' }, addressType: 'IPv4', endpoints: [] },
  },
  ...[...WRITTEN_ROUTES, ...WRITTEN_POLICIES].map(served => ({
    resource: served.plural,
    group: `apis/${served.group}/${served.version}`,
    object: { apiVersion: `${served.group}/${served.version}`, kind: served.kind, metadata: { name: 'one' } },
    isDeletionJudged: WRITTEN_POLICIES.includes(served),
  })),
];

/** Written all the time, or none of the gate's business; NAMESPACE stands for the namespace. */
export const UNJUDGED: readonly Kind[] = [
  { resource: 'configmaps', group: 'api/v1', object: { metadata: { name: 'one' } } },
  { resource: 'secrets', group: 'api/v1', object: { metadata: { name: 'one' } } },
  { resource: 'serviceaccounts', group: 'api/v1', object: { metadata: { name: 'one' } } },
  {
    resource: 'events',
    group: 'api/v1',
    object: { metadata: { name: 'one', namespace: 'NAMESPACE' }, involvedObject: { namespace: 'NAMESPACE' } },
  },
  { resource: 'leases', group: 'apis/coordination.k8s.io/v1', object: { metadata: { name: 'one' } } },
  {
    resource: 'poddisruptionbudgets',
    group: 'apis/policy/v1',
    object: { metadata: { name: 'one' }, spec: { maxUnavailable: 1 } },
  },
  { resource: 'roles', group: 'apis/rbac.authorization.k8s.io/v1', object: { metadata: { name: 'one' }, rules: [] } },
];
