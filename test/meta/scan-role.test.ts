import { expect, test } from 'vitest';
import { WATCHED_KINDS } from '../../src/adapters/kubernetes/client/kinds.ts';
import { documentedRules } from '../support/scan-role.ts';

/** Every plural here is regular. */
const pluralOf = (kind: string): string =>
  `${kind.toLowerCase().replace(/(?<!a)y$/, 'ie')}${kind.endsWith('s') ? 'es' : 's'}`;

test('the ClusterRole of docs/scan.md names every kind that is judged, what tells of networks, the history, how Cilium reads blocks, what gateways are told, and no other', () => {
  const read = WATCHED_KINDS.map(watched =>
    watched.kind === 'builtin'
      ? `${watched.resource.group}/${watched.resource.plural}`
      : `${watched.group}/${pluralOf(watched.objectKind)}`,
  );
  const documented = documentedRules().flatMap(({ apiGroups = [], resources = [] }) =>
    apiGroups.flatMap(group => resources.map(resource => `${group}/${resource}`)),
  );
  const [history, ofCilium] = documentedRules().filter(({ resources = [] }) => resources.includes('configmaps'));
  expect([history?.resourceNames?.at(-1), ofCilium?.resourceNames]).toEqual([
    'chokepoint-probe',
    ['cilium-config', 'ingress-nginx-controller', 'istio'],
  ]);
  const named = ['discovery.k8s.io/endpointslices', '/configmaps', '/configmaps'];
  expect([...documented].sort()).toEqual([...read, ...named].sort());
});

test('it grants get and list alone', () => {
  expect([...new Set(documentedRules().flatMap(({ verbs }) => verbs))].sort()).toEqual(['get', 'list']);
});
