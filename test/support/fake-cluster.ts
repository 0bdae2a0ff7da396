import { WATCHED_KINDS } from '../../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../../src/adapters/kubernetes/client/paths.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts';
import type { RawObject } from './fake-api-store.ts';

const NODES: Resource = { group: '', version: 'v1', kind: 'Node', plural: 'nodes' };
const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
};
const SERVICE_CIDRS: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
};

const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };

/** What every API server of today serves. */
export const SERVED: readonly Resource[] = [
  ...WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? watched.resource : [])),
  NODES,
  ENDPOINT_SLICES,
  SERVICE_CIDRS,
  CONFIG_MAPS,
];

const nodeObject = (name: string, address: string, podCidr: string): RawObject => ({
  metadata: { name },
  spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address },
      { type: 'ExternalIP', address: '203.0.113.200' },
    ],
  },
});

const serviceObject = (namespace: string, name: string, clusterIP: string): RawObject => ({
  metadata: { namespace, name },
  spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports: [{ port: 443 }] },
});

/** A fake API server with one node, the ranges that a cluster tells of itself, and no workloads. */
export async function startFakeCluster(served: readonly Resource[] = SERVED): Promise<FakeApiServer> {
  const server = await startFakeApiServer(SYSTEM_TIME, served);
  server.put('namespaces', { metadata: { name: 'default' } });
  server.put('services', serviceObject('default', 'kubernetes', '10.96.0.1'));
  server.put('nodes', nodeObject('node-1', '192.0.2.10', '10.244.0.0/24'));
  server.put('servicecidrs', { metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12'] } });
  server.put('endpointslices', {
    metadata: { namespace: 'default', name: 'kubernetes' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'] }],
  });
  return server;
}
