import { readAgentgatewayPolicy } from './agentgateway.ts';
import { decodeMeta } from './decode-meta.ts';
import { readTargets } from './decode-targets.ts';
import { readClientTrafficPolicy, readEnvoyProxy, readSecurityPolicy } from './envoy-gateway.ts';
import { readGateway, readGatewayClass, readIngressClass, readListenerSet } from './gateway-api.ts';
import {
  type Aspect,
  type Control,
  control,
  type FactParts,
  type Family,
  GATEWAY_API,
  type GatewayFact,
  NOTHING_SAID,
  type Target,
} from './gateway-fact.ts';
import { readAuthorizationPolicy, readIstioGateway, readRequestAuthentication, readTelemetry } from './istio.ts';
import { readGatewayExtension, readHttpListenerPolicy, readListenerPolicy, readTrafficPolicy } from './kgateway.ts';
import { readAuthPolicy, readMcpGatewayExtension } from './kuadrant.ts';
import { type BackendPath, namedIn } from './named-backends.ts';
import { type Fields, isFields, own, Reading } from './reading.ts';
import { REFERENCE_GRANT, readReferenceGrant } from './reference-grant.ts';
import { readExternalAuth, readProxy, readVirtualServer, TOOLHIVE } from './toolhive.ts';
import { MIDDLEWARE, middlewareBackends, readMiddleware, readTlsOption } from './traefik.ts';
import type { Meta, Route, RouteParent } from './types.ts';

/** A kind of a gateway's API that is read, alike in all of its versions. */
export interface FactKind {
  readonly group: string;
  readonly kind: string;
  readonly family: Family;
  readonly scope: 'namespaced' | 'cluster';
  readonly read: (spec: Fields, reading: Reading, meta: Meta) => FactParts;
  /** What its objects may say of gateways that name none of them: not known where they cannot be read. */
  readonly governs: readonly Aspect[];
  /** Of a kind that is a workload in manifests: this is what it says besides. */
  readonly beside?: true;
  /** Fields by which it sends requests of callers, or copies of them, to Services. Absent: none. */
  readonly sends?: readonly BackendPath[];
}

/** Services that decide over requests by what they are sent of them over HTTP. Over gRPC no server of MCP is spoken to. */
const toAuthorizers = (...paths: readonly string[]): readonly BackendPath[] =>
  paths.map(path => ({ path, form: path.endsWith('url') || path.endsWith('address') ? 'host' : 'object' }));
const asGranted = (paths: readonly BackendPath[]): readonly BackendPath[] =>
  paths.map(path => ({ ...path, isGranted: true }));

const of =
  (group: string, family: Family) =>
  (
    kind: string,
    read: FactKind['read'],
    governs: readonly Aspect[] = [],
    scope: FactKind['scope'] = 'namespaced',
  ): FactKind => ({ group, kind, family, scope, read, governs });

const gatewayApi = of(GATEWAY_API, 'other');
const envoy = of('gateway.envoyproxy.io', 'envoy-gateway');
const kgateway = of('gateway.kgateway.dev', 'kgateway');
const istio = of('security.istio.io', 'istio');
const toolhive = of(TOOLHIVE, 'toolhive');

const CALLERS: readonly Aspect[] = ['authentication', 'authorization'];
const LOG: readonly Aspect[] = ['log'];

/** One line a kind. */
export const FACT_KINDS: readonly FactKind[] = [
  gatewayApi('Gateway', readGateway),
  gatewayApi('GatewayClass', readGatewayClass, [], 'cluster'),
  gatewayApi('ListenerSet', readListenerSet),
  gatewayApi(REFERENCE_GRANT.kind, readReferenceGrant),
  of('gateway.networking.x-k8s.io', 'other')('XListenerSet', readListenerSet),
  of('networking.k8s.io', 'other')('IngressClass', readIngressClass, [], 'cluster'),
  {
    ...envoy('SecurityPolicy', readSecurityPolicy, CALLERS),
    sends: asGranted(toAuthorizers('extAuth.http.backendRef', 'extAuth.http.backendRefs[]')),
  },
  envoy('ClientTrafficPolicy', readClientTrafficPolicy, ['authentication']),
  envoy('EnvoyProxy', readEnvoyProxy),
  {
    ...of('agentgateway.dev', 'agentgateway')('AgentgatewayPolicy', readAgentgatewayPolicy, [...CALLERS, ...LOG]),
    sends: toAuthorizers(
      ...['traffic.extAuth', 'traffic.extAuth.conditional[].policy', 'backend.extAuth'].flatMap(one => [
        `${one}.backendRef`,
        `${one}.url`,
      ]),
    ),
  },
  kgateway('TrafficPolicy', (spec, reading, { namespace }) => readTrafficPolicy(spec, reading, namespace), CALLERS),
  {
    ...kgateway('GatewayExtension', readGatewayExtension),
    sends: asGranted(toAuthorizers('extAuth.httpService.backendRef')),
  },
  kgateway('HTTPListenerPolicy', readHttpListenerPolicy, LOG),
  kgateway('ListenerPolicy', readListenerPolicy, LOG),
  of('kuadrant.io', 'kuadrant')('AuthPolicy', readAuthPolicy, CALLERS),
  of('mcp.kuadrant.io', 'kuadrant')('MCPGatewayExtension', readMcpGatewayExtension),
  istio('AuthorizationPolicy', readAuthorizationPolicy, CALLERS),
  istio('RequestAuthentication', readRequestAuthentication),
  of('telemetry.istio.io', 'istio')('Telemetry', readTelemetry, LOG),
  of('networking.istio.io', 'istio')('Gateway', readIstioGateway),
  ...['traefik.io', 'traefik.containo.us'].flatMap(group => [
    {
      ...of(group, 'traefik')(MIDDLEWARE, readMiddleware),
      sends: [{ path: 'errors.service', form: 'object' as const }, ...toAuthorizers('forwardAuth.address')],
    },
    of(group, 'traefik')('TLSOption', readTlsOption),
  ]),
  toolhive('MCPExternalAuthConfig', readExternalAuth),
  { ...toolhive('MCPServer', readProxy), beside: true },
  { ...toolhive('MCPRemoteProxy', readProxy), beside: true },
  { ...toolhive('VirtualMCPServer', readVirtualServer), beside: true },
];

const BY_NAME: ReadonlyMap<string, FactKind> = new Map(FACT_KINDS.map(row => [`${row.group}/${row.kind}`, row]));

export const factKindOf = (group: string, kind: string): FactKind | undefined => BY_NAME.get(`${group}/${kind}`);

/** Policies that attach to gateways and routes and say nothing of callers. */
const SILENT_POLICIES: ReadonlySet<string> = new Set([
  ...['BackendTrafficPolicy', 'BackendTLSPolicy'].flatMap(kind => [
    `gateway.envoyproxy.io/${kind}`,
    `${GATEWAY_API}/${kind}`,
  ]),
  ...['XBackendTrafficPolicy'].map(kind => `gateway.networking.x-k8s.io/${kind}`),
  ...['BackendConfigPolicy'].map(kind => `gateway.kgateway.dev/${kind}`),
  ...['DNSPolicy', 'TLSPolicy', 'RateLimitPolicy', 'TokenRateLimitPolicy'].map(kind => `kuadrant.io/${kind}`),
  ...[
    'ClientSettingsPolicy',
    'ObservabilityPolicy',
    'UpstreamSettingsPolicy',
    'ProxySettingsPolicy',
    'RateLimitPolicy',
  ].map(kind => `gateway.nginx.org/${kind}`),
  ...['HealthCheckPolicy', 'GCPGatewayPolicy', 'GCPTrafficDistributionPolicy'].map(kind => `networking.gke.io/${kind}`),
  'autoscaling/HorizontalPodAutoscaler',
]);

const ROUTING_GROUPS: ReadonlySet<string> = new Set([GATEWAY_API, 'gateway.networking.x-k8s.io']);

/** An object of a kind that nobody here knows attaches to a Gateway or a route: whether it asks callers for anything is not known. */
export function isUnknownPolicy(group: string, kind: string, fields: Fields): boolean {
  if (BY_NAME.has(`${group}/${kind}`) || SILENT_POLICIES.has(`${group}/${kind}`)) return false;
  const spec = own(fields, 'spec');
  if (!isFields(spec)) return false;
  const listed = ['targetRefs', 'targetSelectors'].flatMap(key => {
    const list = own(spec, key);
    return Array.isArray(list) ? list : [];
  });
  return [own(spec, 'targetRef'), ...listed].some(
    target => isFields(target) && ROUTING_GROUPS.has(String(own(target, 'group') ?? '')),
  );
}

const readUnknown =
  (group: string, kind: string): FactKind['read'] =>
  (spec, reading) => {
    const says = `${kind}.${group} is not judged`;
    return {
      targets: readTargets(spec, reading),
      controls: [control('authentication', `${kind}.${group}`, 'unknown', 'spec', says)],
    };
  };

const ASPECTS: readonly Aspect[] = ['authentication', 'authorization', 'log'];

/** What is known of the controls of an object that is not known as a whole. */
export const unreadControls = (path: string, why: string): readonly Control[] =>
  ASPECTS.map(aspect => control(aspect, 'unread', 'unknown', path, why));

/** What is known of the controls of an object of which a part could not be read. */
export function unreadOf({ issues }: Reading): readonly Control[] {
  const [first] = issues.filter(({ severity }) => severity === 'error');
  const path = first?.path || 'spec';
  return first === undefined ? [] : unreadControls(path, `${path} cannot be read`);
}

/** Of what its own API server took, nothing keeps the object from being judged: it is told, and what it says is not known. */
function tellAsWarnings(own_: Reading, reading: Reading): boolean {
  for (const issue of own_.issues) reading.issues.push({ ...issue, severity: 'warning' });
  return own_.failed;
}

/** Where a policy lets traffic in to the Services that it sends to: at the Gateways that it names, else wherever its controller puts it. */
const throughOf = (targets: readonly Target[], { namespace }: Meta): readonly RouteParent[] =>
  targets.map(
    ({ group, kind, which }): RouteParent =>
      group === GATEWAY_API && kind === 'Gateway' && 'name' in which
        ? { path: 'spec', kind, namespace, name: which.name, object: { group, kind } }
        : { path: 'spec', kind: 'Controller', namespace: '', name: '' },
  );

/** What of it is a route; nothing of one that sends nowhere. A Middleware is reached through the routes that name it. */
function sendingPart(
  { kind, meta, targets, delegations }: Pick<GatewayFact, 'kind' | 'meta' | 'targets' | 'delegations'>,
  sends: readonly BackendPath[],
  spec: Fields,
): Pick<Route, 'through' | 'backends' | 'isBackend'> | undefined {
  const isBackend = kind === MIDDLEWARE;
  const backends = [...namedIn(spec, sends, meta), ...middlewareBackends(delegations)];
  if (backends.length === 0) return undefined;
  const through = isBackend ? [] : throughOf(targets, meta);
  return { through, backends, isBackend };
}

/** An object of a gateway's API, as what it says of callers. A part that cannot be read is a warning, and makes it not known. */
export function decodeFact(
  group: string,
  kind: string,
  fields: Fields,
  reading: Reading,
): GatewayFact | (GatewayFact & Route) {
  const known = factKindOf(group, kind);
  const { family, scope, read, sends }: Pick<FactKind, 'family' | 'scope' | 'read' | 'sends'> = known ?? {
    family: 'other' as const,
    scope: 'namespaced' as const,
    read: readUnknown(group, kind),
  };
  const meta = decodeMeta(fields, reading, scope);
  const inner = new Reading();
  const spec = inner.object(fields, 'spec', undefined) ?? {};
  const parts = read(spec, inner, meta);
  const unread = unreadOf(inner);
  const incomplete = tellAsWarnings(inner, reading);
  const fact: GatewayFact = {
    kind,
    group,
    meta,
    family,
    ...NOTHING_SAID,
    ...parts,
    controls: [...(parts.controls ?? []), ...unread],
    incomplete,
  };
  const sending = sends && sendingPart(fact, sends, spec);
  return sending === undefined ? fact : { ...fact, ...sending };
}

/**
 * What stands for the objects of a kind that could not be listed: whatever they may say of a gateway is not known. `undefined` for kinds that say nothing
 * by themselves: where another object names one of them, it is missed there. `resource`: as RBAC names it.
 */
export function unlistedFact(group: string, kind: string, resource: string, mayNot: boolean): GatewayFact | undefined {
  const known = factKindOf(group, kind);
  if (known === undefined || (known.governs.length === 0 && kind !== REFERENCE_GRANT.kind)) return undefined;
  const { family, governs } = known;
  const unlisted = mayNot ? `the right to list ${resource} is missing` : `${resource} cannot be listed`;
  return {
    ...{ kind, group, meta: decodeMeta({}, new Reading(), 'cluster'), family },
    ...NOTHING_SAID,
    controls: governs.map(aspect => control(aspect, kind, 'unknown', '', unlisted)),
    isWide: true,
    incomplete: true,
    unlisted,
  };
}
