import type { Sketch } from '../../support/workload.ts';
import type { Case } from './case.ts';

const runs = (...command: string[]): Sketch => ({ command });
const image = (text: string, more: Sketch = {}): Sketch => ({ image: text, ...more });

/** Workloads that are no MCP servers, however much some of them look like one. */
// biome-ignore format: one line a case
export const OTHERS: readonly Case[] = [
  ['an ordinary Deployment', { called: 'checkout', labels: { app: 'checkout' }, ports: ['http:8080'] }, 'no', ''],
  ['an opt-out on the pods', { image: 'mcp/fetch', labels: { 'chokepoint.dev/mcp-server': 'false' } }, 'no', 'opt-out image-docker-catalog'],
  ['an opt-out on the workload', { image: 'mcp/fetch', ownLabels: { 'chokepoint.dev/mcp-server': 'false' } }, 'no', 'opt-out image-docker-catalog'],
  // "mcp" with another meaning.
  ['istiod', { called: 'istiod', namespace: 'istio-system', labels: { app: 'istiod', istio: 'pilot' }, image: 'docker.io/istio/pilot:1.24', args: ['discovery', '--useMCP=true'], ports: ['8080'] }, 'no', ''],
  ['galley', { called: 'istio-galley', labels: { app: 'galley', istio: 'galley' }, image: 'docker.io/istio/galley:1.4', ports: ['grpc-mcp:9901'] }, 'no', ''],
  ['a galley with a port that is called mcp', { labels: { istio: 'galley' }, ports: ['mcp:9901'], namespace: 'mcp-system' }, 'no', 'not-mcp-mesh-label'],
  ['nacos', { called: 'nacos', image: 'nacos/nacos-server:v3', env: ['NACOS_MCP_PORT', 'MCP_PORT'], ports: ['mcp:18848', 'http:8080'] }, 'no', 'not-env-mesh not-image-infrastructure not-mcp-mesh'],
  ['the operator of MachineConfigPools', { called: 'machine-config-operator', namespace: 'openshift-machine-config-operator', labels: { 'k8s-app': 'machine-config-operator' }, ports: ['9090'] }, 'no', ''],
  ['a Job that waits for a MachineConfigPool', { kind: 'Job', called: 'wait-mcp-worker', command: ['oc', 'wait', 'mcp', 'worker', '--for=condition=Updated'] }, 'no', 'not-command-kubernetes'],
  ['an object that a MachineConfigPool owns', { owners: ['machineconfiguration.openshift.io/v1 MachineConfigPool worker'] }, 'no', ''],
  ["a person's organisation", image('ghcr.io/mcpherson/app:1', { ports: ['8080'] }), 'no', ''],
  ['a word that ends in mcp', { called: 'tmcp', image: 'acme/tmcp', ports: ['8080'] }, 'no', ''],
  ['a folder of a private registry', image('registry.example.com/mcp/billing:1', { ports: ['8080'] }), 'no', ''],
  ['a registry whose host has mcp in it', image('mcp.example.com/billing:1', { ports: ['8080'] }), 'no', ''],
  ['mcp as the tag', image('acme/billing:mcp-server', { ports: ['8080'] }), 'no', ''],
  ['a daemon of OpenShift with a port called mcp', { labels: { 'k8s-app': 'machine-config-daemon' }, ports: ['mcp:9090'] }, 'no', 'not-mcp-machineconfig not-mcp-machineconfig-called'],
  ['a mesh by its arguments', { args: ['discovery', '--useMCP'], ports: ['mcp:8080'] }, 'no', 'not-argument-mesh'],
  // Gateways.
  ["the Microsoft gateway's tools", { labels: { app: 'toolgateway' }, env: ['MCP_PORT'], ports: ['8000'] }, 'no', 'not-microsoft-gateway'],
  ['the gateway of Kuadrant', image('ghcr.io/kuadrant/mcp-gateway:v0.4', { called: 'mcp-gateway', labels: { 'app.kubernetes.io/name': 'mcp-gateway' }, ports: ['http:8080'] }), 'no', 'not-called-gateway not-image-infrastructure not-kuadrant'],
  ['the controller of Kuadrant', { called: 'mcp-controller', owners: ['mcp.kuadrant.io/v1 MCPGatewayExtension x'], namespace: 'mcp-system', ports: ['8080'] }, 'no', 'port-number not-by-role not-owner-gateway'],
  ['the Microsoft gateway', { called: 'mcpgateway', labels: { app: 'mcpgateway' }, namespace: 'mcp-adapter', ports: ['8000'] }, 'no', ''],
  ['the IBM gateway', { called: 'mcp-stack-mcpgateway', labels: { app: 'mcp-stack-mcpgateway' }, image: 'ghcr.io/ibm/mcp-context-forge:1', ports: ['http:8080'] }, 'no', 'not-called-gateway not-contextforge not-image-infrastructure'],
  ["Docker's gateway", image('docker/mcp-gateway', { ports: ['8080'] }), 'no', 'not-called-gateway not-image-infrastructure'],
  ['an Envoy of a Gateway called mcp', { called: 'envoy-mcp-gw', namespace: 'envoy-gateway-system', labels: { 'app.kubernetes.io/name': 'envoy', 'app.kubernetes.io/managed-by': 'envoy-gateway' }, ports: ['mcp:8080'] }, 'no', 'not-envoy'],
  ['an agentgateway of a Gateway called mcp', { called: 'mcp', labels: { 'gateway.networking.k8s.io/gateway-name': 'mcp' }, image: 'ghcr.io/agentgateway/agentgateway:1', ports: ['mcp:8080'] }, 'no', 'not-gateway-api'],
  ['a private gateway by name', image('acme/weather-mcp-gateway', { ports: ['8080'] }), 'no', 'not-called-gateway'],
  // Operators, registries, tools.
  ['the operator of ToolHive', image('ghcr.io/stacklok/toolhive/operator:v0.3', { called: 'toolhive-operator', namespace: 'mcp-system', ports: ['8080'] }), 'no', ''],
  ['a registry of ToolHive', image('ghcr.io/stacklok/thv-registry-api:1', { called: 'mcp-registry-api', owners: ['toolhive.stacklok.dev/v1beta1 MCPRegistry x'], ports: ['8080'] }), 'no', 'not-by-role not-image-infrastructure not-owner-registry'],
  ['an embedding server of ToolHive', { called: 'mcp-embeddings', owners: ['toolhive.stacklok.dev/v1beta1 EmbeddingServer x'], ports: ['8080'] }, 'no', 'port-number not-owner-embedding'],
  ['the controller of kmcp', image('ghcr.io/kagent-dev/kmcp/controller:0.2', { called: 'kmcp-controller-manager', labels: { 'control-plane': 'controller-manager' } }), 'no', ''],
  ['the manager of mcp-lifecycle-operator', image('registry.k8s.io/mcp-lifecycle/mcp-lifecycle-operator:v0', { called: 'mcp-lifecycle-operator-controller-manager', labels: { 'control-plane': 'controller-manager' }, namespace: 'mcp-lifecycle-operator-system', ports: ['8080'] }), 'no', 'port-number not-by-role not-operator-label'],
  ['an operator of servers', image('acme/mcp-server-operator', { ports: ['8080'] }), 'no', 'port-number not-by-role'],
  ['a registry of servers', image('acme/mcp-registry', { called: 'mcp-registry', ports: ['8080'] }), 'no', 'port-number not-by-role'],
  ['the inspector', { called: 'mcp-inspector', command: ['npx', '@modelcontextprotocol/inspector'], ports: ['6274'] }, 'no', 'not-by-role not-command-inspector'],
  ['the inspector by its image', image('ghcr.io/modelcontextprotocol/inspector:latest', { called: 'mcp-tools', ports: ['8080'] }), 'no', 'not-image-infrastructure'],
  ['an exporter of the metrics of a server', image('acme/mcp-server-exporter:1', { ports: ['9090'] }), 'no', 'port-number not-by-role not-image-exporter'],
  ['a dashboard', image('acme/mcp-dashboard', { called: 'mcp-dashboard', ports: ['8080'] }), 'no', 'port-number not-by-role'],
  ['a web interface', { called: 'mcp-ui', labels: { app: 'mcp-ui' }, ports: ['3000'] }, 'no', 'port-number not-by-role-end'],
  ['a data store in the namespace of servers', image('redis:7', { called: 'mcp-redis', namespace: 'mcp-prod', ports: ['6379'] }), 'no', 'not-image-ordinary'],
  ['an ordinary service in the namespace of servers', { called: 'billing', namespace: 'mcp-prod', ports: ['8080'] }, 'no', ''],
  // Clients.
  ['an agent that calls a server', { called: 'agent', env: ['MCP_SERVER_URL'], ports: ['8080'] }, 'no', ''],
  ['an agent that says how it connects', { called: 'agent', env: ['MCP_SERVERS', 'MCP_TRANSPORT'], ports: ['8080'] }, 'no', 'port-number not-env-client'],
  ['a client by name', { called: 'mcp-client', image: 'acme/mcp-client', ports: ['8080'] }, 'no', 'port-number not-by-role'],
  ['a client that npx fetches', runs('npx', '-y', 'mcp-remote', 'https://mcp.example.com/sse'), 'no', 'not-command-client'],
  ['a program that is told where a server is', runs('agent', '--server', 'mcp-server-weather', '--url=http://mcp-server/mcp'), 'no', ''],
  ['a script that waits for a server', runs('sh', '-c', 'wait-for-it mcp-server:8080 && exec /app/agent'), 'no', ''],
  ['a download from a server', runs('curl', '-fsS', 'http://weather-mcp-server:8080/mcp'), 'no', ''],
  ['an address as the first argument', { image: 'curlimages/curl', args: ['http://weather-mcp-server:8080'] }, 'no', ''],
  ['a client that says where one server is', { called: 'mcp-notes', env: ['WEATHER_MCP_URL'], ports: ['8080'] }, 'no', 'port-number not-env-client-of'],
  ['a gateway by its program', runs('/usr/bin/mcp-gateway', '--port=8080', '--transport', 'http'), 'no', 'not-called-gateway not-command-infrastructure'],
  // Too little.
  ['a name alone', { called: 'mcp-weather' }, 'no', 'called-mcp'],
  ['a namespace alone', { namespace: 'mcp' }, 'no', ''],
  ['a port name alone', { ports: ['mcp:9999'] }, 'no', 'port-name'],
  ['an ordinary event stream', { probe: '/sse', ports: ['8080'] }, 'no', ''],
  ['npx of something else', runs('npx', '-y', 'serve', '-l', '3000'), 'no', ''],
  ['uvx of something else', { image: 'ghcr.io/astral-sh/uv:debian', command: ['uvx', 'ruff', 'check'] }, 'no', ''],
  ['a transport alone', { args: ['--transport', 'http'] }, 'no', 'argument-transport'],
  ['a test Job with variables of FastMCP', { kind: 'Job', called: 'mcp-e2e', namespace: 'mcp-test', env: ['FASTMCP_LOG_LEVEL'], command: ['pytest'] }, 'no', 'called-mcp env-fastmcp namespace-mcp'],
  ['a nightly test', { kind: 'CronJob', called: 'mcp-smoke', env: ['MCP_TRANSPORT'], command: ['pytest'] }, 'no', 'called-mcp env-transport'],
  ["a Job's Pod", { kind: 'Pod', called: 'mcp-e2e-x7', env: ['FASTMCP_PORT'], owners: ['batch/v1 Job mcp-e2e'] }, 'no', 'called-mcp env-fastmcp'],
  ['an init container that fetches a server', { init: [{ name: 'fetch', command: ['npx', '-y', '@modelcontextprotocol/server-memory', '--version'] }] }, 'no', ''],
];
