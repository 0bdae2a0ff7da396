import { readAgentgatewayBackend } from './agentgateway.ts';
import { readMcpRoute } from './envoy-gateway.ts';
import type { BackendPath } from './named-backends.ts';
import type { OtherRoute } from './other-routes.ts';

const hosts = (...paths: readonly string[]): readonly BackendPath[] =>
  paths.map(path => ({ path, form: 'host' as const }));

/** Hosts of any program: nothing says that one of them is an MCP server. */
const plainHosts = (...paths: readonly string[]): readonly BackendPath[] =>
  paths.map(path => ({ path, form: 'host' as const, isPlain: true }));

/** Services by their labels: what makes them MCP servers is the protocol of their ports, which is looked at beside them. */
const SELECTED: BackendPath = { path: 'mcp.targets[].selector', form: 'selector', isPlain: true };

const naming = (group: string, kind: string, backends: readonly BackendPath[]): OtherRoute => ({
  group,
  kind,
  backends,
  publisher: { by: 'none' },
  isMcp: true,
});

const TARGET_ROUTE: readonly BackendPath[] = [{ path: 'targetRef', form: 'object', kind: 'HTTPRoute' }];

/**
 * Kinds that name MCP servers, for a gateway or a client of theirs: they publish nothing by themselves. And what may stand between such an object and the Service.
 * Sources: https://aigateway.envoyproxy.io/docs/api/, https://agentgateway.dev/docs/kubernetes/latest/reference/api/, https://kgateway.dev/docs/,
 * https://kagent.dev/docs/kagent/resources/api-ref, https://github.com/Kuadrant/mcp-gateway, https://docs.stacklok.com/toolhive/,
 * https://github.com/magertron/orchestrator/blob/main/deploy/k8s/mcproute-sample.yaml, https://gateway.envoyproxy.io/docs/api/extension_types/#backend.
 */
export const MCP_REFERENCES: readonly OtherRoute[] = [
  {
    ...naming('aigateway.envoyproxy.io', 'MCPRoute', [{ path: 'backendRefs[]', form: 'object', isGranted: true }]),
    publisher: { by: 'parents', path: 'parentRefs[]' },
    asks: (spec, reading) => ({ controls: readMcpRoute(spec, reading), delegations: [] }),
  },
  {
    ...naming('agentgateway.dev', 'AgentgatewayBackend', [
      ...hosts('mcp.targets[].static.host'),
      ...plainHosts('static.host', 'a2a.host', 'policies.extAuth.url'),
      { path: 'policies.extAuth.backendRef', form: 'object', isPlain: true },
      { path: 'mcp.targets[].static.backendRef', form: 'object' },
      SELECTED,
    ]),
    isBackend: true,
    asks: (spec, reading) => ({ controls: readAgentgatewayBackend(spec, reading), delegations: [] }),
  },
  {
    ...naming('gateway.kgateway.dev', 'Backend', [
      ...hosts('mcp.targets[].static.host'),
      ...plainHosts('static.hosts[].host'),
      SELECTED,
    ]),
    isBackend: true,
  },
  naming('kagent.dev', 'RemoteMCPServer', hosts('url')),
  naming('kagent.dev', 'ToolServer', hosts('config.sse.url', 'config.streamableHttp.url')),
  naming('mcp.kuadrant.io', 'MCPServerRegistration', TARGET_ROUTE),
  naming('mcp.kagenti.com', 'MCPServerRegistration', TARGET_ROUTE),
  naming('toolhive.stacklok.dev', 'MCPServerEntry', hosts('remoteUrl')),
  naming('mcp.io', 'McpRoute', [{ path: 'serverName', form: 'name', kind: 'Service', namespaceAt: 'namespace' }]),
  {
    group: 'gateway.envoyproxy.io',
    kind: 'Backend',
    backends: hosts('endpoints[].fqdn.hostname'),
    publisher: { by: 'none' },
    isBackend: true,
  },
];
