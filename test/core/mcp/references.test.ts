import { describe, expect, it } from 'vitest';
import { workloadManifest } from '../../support/workload.ts';
import { ids, judged } from './case.ts';

type Manifest = Record<string, unknown>;

const SERVER = { called: 'search', labels: { app: 'search' }, ports: ['8080'] };
const object = (apiVersion: string, kind: string, name: string, spec: object, namespace = 'default'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});
const service = (name = 'search', spec: object = { selector: { app: 'search' } }, namespace = 'default'): Manifest =>
  object('v1', 'Service', name, { ports: [{ port: 80 }], ...spec }, namespace);
const httpRoute = (name: string, backend: object, namespace = 'default'): Manifest =>
  object(
    'gateway.networking.k8s.io/v1',
    'HTTPRoute',
    name,
    { rules: [{ backendRefs: [{ port: 80, ...backend }] }] },
    namespace,
  );
const registration = (route: string, namespace = 'default'): Manifest =>
  object(
    'mcp.kuadrant.io/v1alpha1',
    'MCPServerRegistration',
    'r',
    { targetRef: { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route } },
    namespace,
  );
const mcpRoute = (backendRefs: readonly object[], namespace = 'default'): Manifest =>
  object('aigateway.envoyproxy.io/v1alpha1', 'MCPRoute', 'm', { backendRefs }, namespace);
const remote = (url: string): Manifest => object('kagent.dev/v1alpha2', 'RemoteMCPServer', 'x', { url }, 'agents');

describe('A workload is named as a server', () => {
  // biome-ignore format: one line a case
  it.each<[what: string, others: readonly Manifest[], isNamed: boolean]>([
    ['by a route to its Service', [service(), mcpRoute([{ name: 'search', port: 80 }])], true],
    ['by the address of its Service', [service(), remote('http://search.default.svc.cluster.local/mcp')], true],
    ['by a registration of a route to its Service', [service(), httpRoute('h', { name: 'search' }), registration('h')], true],
    ['not by a route to another Service', [service(), service('other', { selector: { app: 'other' } }), mcpRoute([{ name: 'other', port: 80 }])], false],
    ['not by a route to a Service of this name elsewhere', [service(), mcpRoute([{ name: 'search', port: 80 }], 'far')], false],
    ['not by an ordinary route', [service(), httpRoute('h', { name: 'search' })], false],
    ['not by a registration of another route', [service(), httpRoute('h', { name: 'search' }), registration('other')], false],
    ['not by a registration of a route in another namespace', [service(), httpRoute('h', { name: 'search', namespace: 'default' }, 'far'), registration('h', 'far')], false],
    ['not by another name of a Service that a route leads to', [service(), service('alias', { type: 'ExternalName', externalName: 'search.default.svc' }), mcpRoute([{ name: 'alias', port: 80 }])], false],
    ['not by a host of a backend that says nothing of MCP', [service(), object('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', 'b', { static: { host: 'search.default.svc', port: 80 } })], false],
    ['nor by one of several hosts', [service(), object('gateway.kgateway.dev/v1alpha1', 'Backend', 'b', { static: { hosts: [{ host: 'search.default.svc', port: 80 }] } })], false],
    ['not without a Service', [mcpRoute([{ name: 'search', port: 80 }])], false],
  ])('%s', (_, others, isNamed) => {
    const judgement = judged(SERVER, others);
    expect([judgement.standing, ids(judgement).includes('named')]).toEqual(isNamed ? ['declared', true] : ['no', false]);
  });

  it('with who names it, and where', () => {
    const { evidence } = judged(SERVER, [
      service(),
      mcpRoute([
        { name: 'other', port: 80 },
        { name: 'search', port: 80 },
      ]),
    ]);
    expect(evidence[0]).toEqual({
      signal: 'named',
      strength: 'declared',
      object: { kind: 'MCPRoute', namespace: 'default', name: 'm' },
      path: 'spec.backendRefs[1]',
      says: 'MCPRoute default/m names Service search as an MCP server',
    });
  });
});

describe('Controllers', () => {
  const made = { ...SERVER, kind: 'Pod', called: 'search-1', owners: ['apps/v1 ReplicaSet search-r'] };
  it('that a label declares declare what they make', () => {
    const replicas = workloadManifest({
      ...SERVER,
      kind: 'ReplicaSet',
      called: 'search-r',
      ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
    });
    expect(judged(made, [replicas]).standing).toBe('declared');
  });
});
