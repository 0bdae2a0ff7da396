import { controller, find, manifest, NAMESPACE, type RecordedCase, SERVER_SIDE, type Sought } from './case.ts';
import { collectionPath, IMAGE, type RecordedKind } from './objects.ts';

/** What is done to every kind. */
export function kindCases(entry: RecordedKind): readonly RecordedCase[] {
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
export const controllerCases: readonly RecordedCase[] = [
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
