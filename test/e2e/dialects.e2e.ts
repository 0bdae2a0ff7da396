import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { APPLICATION, CILIUM } from './bypasses/other-policies.ts';
import { SPEC_THAT_CREATES, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, POLICIES, pathIn } from './scene.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { serverDeployment } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** What the controller keeps beside NetworkPolicies, by the rights that are shipped. In a cluster of its own: the kinds that it serves decide. */

const NAMED = {
  ...SPEC_THAT_CREATES,
  clusterDNS: 'kube-dns',
  allowedDestinations: [{ name: 'github', domains: ['api.github.com'], ports: [{ protocol: 'TCP', port: 443 }] }],
};

const TEXT = { type: 'string' };
const list = (properties: object): object => ({ type: 'array', items: { type: 'object', properties } });
/** Of GKE. The API server prunes nothing of what is applied: it refuses fields that are not here. */
const FQDN_SPEC = {
  type: 'object',
  properties: {
    podSelector: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    egress: list({
      matches: list({ name: TEXT, pattern: TEXT }),
      ports: list({ protocol: TEXT, port: { 'x-kubernetes-int-or-string': true } }),
    }),
  },
};
const FQDN: ServedKind = {
  ...{ group: 'networking.gke.io', version: 'v1alpha1', kind: 'FQDNNetworkPolicy', plural: 'fqdnnetworkpolicies' },
  ...{ scope: 'Namespaced', spec: FQDN_SPEC },
};
/** Of a controller that anybody can install: the same group and kind, in another form. */
const OTHER_FQDN: ServedKind = {
  ...{ group: FQDN.group, version: 'v1alpha3', kind: FQDN.kind, plural: FQDN.plural },
  scope: 'Namespaced',
};

let removeOther: () => Promise<void>;
let cluster: Cluster;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = await startCluster();
  await serveKinds(cluster, [CILIUM, APPLICATION]);
  removeOther = await serveKinds(cluster, [OTHER_FQDN]);
  gate = await startWorkingGate(cluster, 'dialects', { ...NAMED, dataplane: 'cilium' });
  await gate.startController();
});
afterAll(async () => {
  await gate?.close();
  await cluster?.stop();
});

function configure(more: object): void {
  const spec = { ...NAMED, ...more };
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec };
  writeFileSync(join(cluster.address.folder, 'dialects-controller-0.json'), JSON.stringify(document));
}

/** In the place of the one that stood there. */
async function serveFqdn(): Promise<void> {
  await removeOther();
  await serveKinds(cluster, [FQDN]);
}

const nothing = async (): Promise<void> => undefined;
const DIALECTS: readonly (readonly [
  title: string,
  spec: object,
  prepare: () => Promise<void>,
  kind: ServedKind,
  egress: object,
])[] = [
  [
    'Cilium, beside another FQDNNetworkPolicy than that of GKE',
    { dataplane: 'cilium' },
    nothing,
    CILIUM,
    { toFQDNs: [{ matchName: 'api.github.com' }] },
  ],
  ['EKS', { dataplane: 'aws' }, nothing, APPLICATION, { to: [{ domainNames: ['api.github.com'] }] }],
  [
    'GKE',
    { dataplane: 'cilium', provider: 'gcp' },
    serveFqdn,
    FQDN,
    { matches: [{ name: 'api.github.com' }], ports: [{ protocol: 'TCP', port: 443 }] },
  ],
];

describe.each(DIALECTS)('on %s', (_title, spec, prepare, kind, egress) => {
  beforeAll(async () => {
    await prepare();
    configure(spec);
  });

  test('hosts by name stand beside the NetworkPolicy of a server, and go with it', async () => {
    const namespace = await newNamespace(cluster, 'dialects', { [MODE]: 'enforce' });
    const deployments = pathIn(namespace, 'apis/apps/v1/deployments');
    const beside = `${collectionOf(kind, namespace)}/chokepoint-fetch`;
    const until = (path: string, status: number): Promise<unknown> =>
      eventually(
        `${path}: ${status}`,
        async () => (await cluster.request('GET', path)).status === status || undefined,
        { timeoutMs: 50_000 },
      );
    expectOk(await cluster.request('POST', deployments, serverDeployment('fetch')));
    await until(beside, 200);
    const { metadata, spec } = (await cluster.request('GET', beside)).body;
    expect([metadata.labels, metadata.annotations]).toEqual([
      { 'app.kubernetes.io/managed-by': 'chokepoint' },
      { 'chokepoint.dev/server': 'Deployment/fetch' },
    ]);
    expect(spec.egress.at(-1)).toMatchObject(egress);
    const closing = await cluster.request('GET', pathIn(namespace, `${POLICIES}/chokepoint-fetch`));
    // Nothing outside but by name: cluster DNS alone.
    expect(expectOk(closing).body.spec.egress).toHaveLength(1);
    await cluster.request('DELETE', `${deployments}/fetch`, { propagationPolicy: 'Background' });
    await until(pathIn(namespace, `${POLICIES}/chokepoint-fetch`), 404);
    await until(beside, 404);
  });
});
