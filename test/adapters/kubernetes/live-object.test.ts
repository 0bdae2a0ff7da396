import { expect, test } from 'vitest';
import { createInterner } from '../../../src/adapters/kubernetes/view/interning.ts';
import { readKubeObject } from '../../../src/adapters/kubernetes/view/read-object.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { isRoute } from '../../../src/core/world/object-kinds.ts';

const object = (apiVersion: string, kind: string, spec: Fields): Fields => ({
  apiVersion,
  kind,
  metadata: { name: 'tools', namespace: 'prod', uid: 'u', resourceVersion: '1' },
  spec,
});
const mcpRoute = (...backendRefs: readonly Fields[]): Fields =>
  object('aigateway.envoyproxy.io/v1alpha1', 'MCPRoute', { backendRefs });
const agentgateway = (host: string): Fields =>
  object('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', { mcp: { targets: [{ static: { host } }] } });
const lifecycle = (spec: Fields): Fields => object('mcp.x-k8s.io/v1beta1', 'MCPServer', spec);
const toolhive = (kind: string, spec: Fields): Fields => object('toolhive.stacklok.dev/v1beta1', kind, spec);

/** What it leads to, or names, as the view of a cluster keeps it. */
function kept(raw: Fields): string {
  const read = readKubeObject(raw, createDecoder(), createInterner());
  if (read.kind !== 'value') return read.kind;
  if (!isRoute(read.value)) return read.value.kind;
  const { backends } = read.value;
  return backends
    .map(one => `${one.kind} ${one.namespace}/${one.name}${one.isPlain ? ', no server' : ''}`)
    .join(' and ');
}

test.each<readonly [string, Fields, string]>([
  ['a route that names a Service of its namespace', mcpRoute({ name: 'weather' }), 'Service prod/weather'],
  [
    'a route that names one of another namespace',
    mcpRoute({ name: 'weather', namespace: 'team-a' }),
    'Service team-a/weather, no server',
  ],
  [
    'a route that names both',
    mcpRoute({ name: 'weather', namespace: 'team-a' }, { name: 'search' }),
    'Service team-a/weather, no server and Service prod/search',
  ],
  ['a route that names nothing', mcpRoute(), 'nothing'],
  ['a host of its namespace', agentgateway('weather.prod.svc.cluster.local'), 'Service prod/weather'],
  [
    'a host of another namespace',
    agentgateway('weather.team-a.svc.cluster.local'),
    'Service team-a/weather, no server',
  ],
  [
    'a host of another namespace that is said to be no server',
    object('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', { static: { host: 'weather.team-a.svc', port: 80 } }),
    'Service team-a/weather, no server',
  ],
  ['a resource that names a workload', lifecycle({ workloadRef: { name: 'weather' } }), 'Deployment prod/weather'],
  ['a resource whose pods an operator makes', lifecycle({ source: {} }), 'nothing'],
  ['a resource that names a workload by nothing', lifecycle({ workloadRef: {} }), 'nothing'],
  ['a proxy of a URL inside', toolhive('MCPRemoteProxy', { remoteUrl: 'http://weather:8080' }), 'Service prod/weather'],
  [
    'a proxy of a URL outside, by what it asks of callers',
    toolhive('MCPRemoteProxy', { remoteUrl: 'https://mcp.example.com' }),
    'MCPRemoteProxy',
  ],
  [
    'what may stand between, which names no server itself',
    object('gateway.envoyproxy.io/v1alpha1', 'Backend', { endpoints: [{ fqdn: { hostname: 'weather.team-a.svc' } }] }),
    'Service team-a/weather',
  ],
  ['a route of traffic', object('route.openshift.io/v1', 'Route', { to: { name: 'weather' } }), 'Service prod/weather'],
])('of %s the view of a cluster keeps what counts', (_title, raw, expected) => {
  expect(kept(raw)).toBe(expected);
});
