import { describe, expect, it } from 'vitest';
import { WATCHED_KINDS } from '../../src/adapters/kubernetes/client/kinds.ts';
import { shippedRights } from '../support/shipped-rights.ts';

/** Every plural here is regular. */
const plural = (kind: string): string =>
  `${kind.toLowerCase().replace(/(?<!a)y$/, 'ie')}${kind.endsWith('s') ? 'es' : 's'}`;
const WATCHED = WATCHED_KINDS.map(watched =>
  watched.kind === 'builtin'
    ? `${watched.resource.group}/${watched.resource.plural}`
    : `${watched.group}/${plural(watched.objectKind)}`,
);
/** Of API servers, and what the settings of Cilium and of gateways' controllers say. */
const NETWORKS = ['get discovery.k8s.io/endpointslices', 'get /configmaps'];
/** Of the role that is left out where somebody else makes the certificates. */
const CERTIFICATES = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].flatMap(resource =>
  ['get', 'patch'].map(verb => `${verb} admissionregistration.k8s.io/${resource}`),
);
/** By which the controller knows what is programmed. */
const PROGRAMMED = ['list networking.k8s.aws/policyendpoints'];
/** Which it writes for servers. */
const POLICIES = [
  'cilium.io/ciliumnetworkpolicies',
  'networking.gke.io/fqdnnetworkpolicies',
  'networking.k8s.aws/applicationnetworkpolicies',
  'networking.k8s.io/networkpolicies',
];
const READS = [...WATCHED.flatMap(resource => [`list ${resource}`, `watch ${resource}`]), ...NETWORKS];

describe('The rights that are shipped', () => {
  it('let the webhook watch what it judges, read a namespace and what a probe showed, and nothing else', () => {
    expect(shippedRights('webhook', 'ClusterRole')).toEqual([...READS, 'get /namespaces'].sort());
    expect(shippedRights('webhook', 'Role')).toEqual(['get /configmaps']);
  });

  it("let the controller write policies, gates, Events and where the gate's certificate is trusted besides", () => {
    const writes = POLICIES.flatMap(kind => ['create', 'delete', 'patch'].map(verb => `${verb} ${kind}`));
    expect(shippedRights('controller', 'ClusterRole')).toEqual(
      [...READS, ...PROGRAMMED, ...writes, ...CERTIFICATES, 'patch /pods', 'create events.k8s.io/events'].sort(),
    );
    expect(shippedRights('controller', 'ClusterRole', 'chokepoint-certificates')).toEqual(
      [...READS, ...PROGRAMMED, ...writes, 'patch /pods', 'create events.k8s.io/events'].sort(),
    );
  });

  it('let the controller keep its Lease, its certificates and the namespaces that enforced, in its own namespace', () => {
    expect(shippedRights('controller', 'Role')).toEqual([
      'create coordination.k8s.io/leases',
      'get /configmaps',
      // What a probe showed.
      'get /configmaps',
      'get /secrets',
      'get coordination.k8s.io/leases',
      'patch /configmaps',
      'patch coordination.k8s.io/leases',
      'update /secrets',
    ]);
  });

  it('know no wildcard', () => {
    const all = (['webhook', 'controller'] as const).flatMap(name => [
      ...shippedRights(name, 'ClusterRole'),
      ...shippedRights(name, 'Role'),
    ]);
    expect(all.filter(right => right.includes('*'))).toEqual([]);
  });
});
