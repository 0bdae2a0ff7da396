import { controller, manifest, type RecordedCase, type Sought } from './case.ts';
import { KINDS, labelsOf, type RecordedKind } from './objects.ts';

const namespaceUpdate = (resource = 'namespaces'): Sought => ({ operation: 'UPDATE', resource, name: 'doomed' });
const inDoomed = (entry: RecordedKind): object => ({
  ...manifest(entry, 'last'),
  metadata: { name: 'last', namespace: 'doomed', labels: labelsOf(entry.kind) },
});

/** The life of a namespace, and how its end takes everything in it. */
export const namespaceCases: readonly RecordedCase[] = [
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
