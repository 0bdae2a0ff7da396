import { NAMESPACE, pod, pods, type RecordedCase, SERVER_SIDE, type Sought } from './case.ts';
import { labelsOf } from './objects.ts';

const GATE = { name: 'chokepoint.dev/network-policy' };
const podUpdate = (resource: string, name: string): Sought => ({ operation: 'UPDATE', resource, name });

/** The ways to change or reach a pod beside its own resource. */
export const podCases: readonly RecordedCase[] = [
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

/** What the scheduler does. Last: from then on pods are bound. */
export const schedulerCases: readonly RecordedCase[] = [
  {
    name: 'pod-binding-create-by-scheduler',
    act: async ({ kubectl, startScheduler }) => {
      await startScheduler();
      await kubectl('create -f -', pod('bound'));
    },
    sought: { operation: 'CREATE', resource: 'pods/binding', name: 'bound', user: 'system:kube-scheduler' },
  },
];
