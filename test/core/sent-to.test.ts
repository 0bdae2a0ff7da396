import { describe, expect, it } from 'vitest';
import { parentsOf } from '../../src/core/route-delegation.ts';
import { publicationBeside } from '../support/publication.ts';

/** Every field by which a request, or a copy of it, comes to a Service, one line each; docs/gateways.md has them by product. */

/** By what traffic comes in: `KIND NAME`. */
function entrances(manifests: readonly string[]): readonly string[] {
  const { routes, world } = publicationBeside(manifests);
  const open = [...routes.keys()].filter(route => parentsOf(route, routes, world).length > 0);
  return open.map(({ kind, meta }) => `${kind} ${meta.name}`).sort();
}

const named = (apiVersion: string, kind: string, spec: string, metadata = '', name = 'r'): string =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${name}, namespace: tools${metadata}}, spec: {${spec}}}`;
const G = 'gateway.networking.k8s.io/v1';
const PARENT = 'parentRefs: [{name: public}]';
const http = (rule: string, kind = 'HTTPRoute'): string => named(G, kind, `${PARENT}, rules: [{${rule}}]`);
const ingress = (annotation: string): string =>
  named(
    'networking.k8s.io/v1',
    'Ingress',
    'ingressClassName: x, defaultBackend: {service: {name: web}}',
    `, annotations: {${annotation}}`,
  );
const HOST = 'weather.tools.svc.cluster.local';
const T = 'traefik.io/v1alpha1';
const traefik = (spec: string, kind = 'IngressRoute'): string => named(T, kind, spec);
const middleware = (spec: string, name = 'm', apiVersion = T): string =>
  named(apiVersion, 'Middleware', spec, '', name);
const service = (spec: string): string => named(T, 'TraefikService', spec, '', 's');
const BY_SERVICE = traefik('routes: [{services: [{name: s, kind: TraefikService}]}]');
const BY_MIDDLEWARE = traefik('routes: [{services: [{name: web}], middlewares: [{name: m}]}]');
const backend = (group: string, kind: string): string =>
  http(`backendRefs: [{group: ${group}, kind: ${kind}, name: b}]`);
const KGATEWAY = backend('gateway.kgateway.dev', 'Backend');
const AGENTGATEWAY = backend('agentgateway.dev', 'AgentgatewayBackend');

type Row = readonly [field: string, ...manifests: string[]];

const READ: readonly Row[] = [
  [
    'Ingress: rules[].http.paths[].backend.service',
    named('networking.k8s.io/v1', 'Ingress', 'rules: [{http: {paths: [{backend: {service: {name: weather}}}]}}]'),
  ],
  [
    'Ingress: defaultBackend.service',
    named('networking.k8s.io/v1', 'Ingress', 'defaultBackend: {service: {name: weather}}'),
  ],
  [
    'Ingress: defaultBackend.resource',
    named(
      'networking.k8s.io/v1',
      'Ingress',
      'defaultBackend: {resource: {apiGroup: traefik.io, kind: TraefikService, name: s}}',
    ),
    service('weighted: {services: [{name: weather}]}'),
  ],
  ['Ingress: nginx auth-url', ingress(`nginx.ingress.kubernetes.io/auth-url: "http://${HOST}:8080/mcp"`)],
  ['Ingress: nginx mirror-target', ingress(`nginx.ingress.kubernetes.io/mirror-target: "http://${HOST}/$request_uri"`)],
  ['Ingress: nginx default-backend', ingress('nginx.ingress.kubernetes.io/default-backend: weather')],
  [
    'Ingress: AWS actions',
    ingress(
      `alb.ingress.kubernetes.io/actions.a: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"weather","servicePort":80}]}}'`,
    ),
  ],
  [
    'Ingress: Traefik router.middlewares',
    ingress('traefik.ingress.kubernetes.io/router.middlewares: tools-m@kubernetescrd'),
    middleware('errors: {service: {name: weather}}'),
  ],
  ...['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'].map(
    (kind): Row => [`${kind}: rules[].backendRefs[]`, http('backendRefs: [{name: weather}]', kind)],
  ),
  [
    'HTTPRoute: filters[].requestMirror',
    http('filters: [{type: RequestMirror, requestMirror: {backendRef: {name: weather}}}], backendRefs: [{name: web}]'),
  ],
  [
    'HTTPRoute: filters[].externalAuth',
    http(
      'filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: {name: weather}}}], backendRefs: [{name: web}]',
    ),
  ],
  [
    'HTTPRoute: backendRefs[].filters[]',
    http('backendRefs: [{name: web, filters: [{type: RequestMirror, requestMirror: {backendRef: {name: weather}}}]}]'),
  ],
  [
    'GRPCRoute: filters[].requestMirror',
    http(
      'filters: [{type: RequestMirror, requestMirror: {backendRef: {name: weather}}}], backendRefs: [{name: web}]',
      'GRPCRoute',
    ),
  ],
  [
    'HTTPRoute: a filter that is a Middleware of Traefik',
    http(
      'filters: [{type: ExtensionRef, extensionRef: {group: traefik.io, kind: Middleware, name: m}}], backendRefs: [{name: web}]',
    ),
    middleware('errors: {service: {name: weather}}'),
  ],
  [
    'HTTPRoute: a TraefikService',
    backend('traefik.io', 'TraefikService').replace('name: b', 'name: s'),
    service('weighted: {services: [{name: weather}]}'),
  ],
  [
    'HTTPRoute: Backend of Envoy Gateway',
    backend('gateway.envoyproxy.io', 'Backend'),
    named('gateway.envoyproxy.io/v1alpha1', 'Backend', `endpoints: [{fqdn: {hostname: ${HOST}}}]`, '', 'b'),
  ],
  [
    'SecurityPolicy: extAuth.http.backendRefs[]',
    named(
      'gateway.envoyproxy.io/v1alpha1',
      'SecurityPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], extAuth: {http: {backendRefs: [{name: weather}]}}',
    ),
  ],
  [
    'SecurityPolicy: extAuth.http.backendRef',
    named(
      'gateway.envoyproxy.io/v1alpha1',
      'SecurityPolicy',
      'targetRef: {group: gateway.networking.k8s.io, kind: HTTPRoute, name: h}, extAuth: {http: {backendRef: {name: weather}}}',
    ),
  ],
  [
    'MCPRoute: backendRefs[]',
    named('aigateway.envoyproxy.io/v1beta1', 'MCPRoute', `${PARENT}, backendRefs: [{name: weather}]`),
  ],
  [
    'AgentgatewayBackend: mcp.targets[].static.host',
    AGENTGATEWAY,
    named('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', `mcp: {targets: [{static: {host: ${HOST}}}]}`, '', 'b'),
  ],
  [
    'AgentgatewayBackend: mcp.targets[].static.backendRef',
    AGENTGATEWAY,
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      'mcp: {targets: [{static: {backendRef: {name: weather}}}]}',
      '',
      'b',
    ),
  ],
  [
    'AgentgatewayBackend: mcp.targets[].selector',
    AGENTGATEWAY,
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      'mcp: {targets: [{selector: {services: {matchLabels: {app: weather}}}}]}',
      '',
      'b',
    ),
  ],
  [
    'AgentgatewayBackend: static.host',
    AGENTGATEWAY,
    named('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', `static: {host: ${HOST}}`, '', 'b'),
  ],
  [
    'AgentgatewayBackend: a2a.host',
    AGENTGATEWAY,
    named('agentgateway.dev/v1alpha1', 'AgentgatewayBackend', `a2a: {host: ${HOST}}`, '', 'b'),
  ],
  [
    'AgentgatewayBackend: policies.extAuth.backendRef',
    AGENTGATEWAY,
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      'static: {host: x.example.com}, policies: {extAuth: {backendRef: {name: weather}}}',
      '',
      'b',
    ),
  ],
  [
    'AgentgatewayPolicy: traffic.extAuth.backendRef',
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], traffic: {extAuth: {backendRef: {name: weather}, http: {}}}',
    ),
  ],
  [
    'AgentgatewayPolicy: traffic.extAuth.url',
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayPolicy',
      `targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], traffic: {extAuth: {url: "http://${HOST}:80"}}`,
    ),
  ],
  [
    'AgentgatewayPolicy: traffic.extAuth.conditional[].policy',
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], traffic: {extAuth: {conditional: [{policy: {backendRef: {name: weather}}}]}}',
    ),
  ],
  [
    'AgentgatewayPolicy: backend.extAuth',
    named(
      'agentgateway.dev/v1alpha1',
      'AgentgatewayPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], backend: {extAuth: {backendRef: {name: weather}}}',
    ),
  ],
  [
    'Backend of kgateway: static.hosts[]',
    KGATEWAY,
    named('gateway.kgateway.dev/v1alpha1', 'Backend', `static: {hosts: [{host: ${HOST}}]}`, '', 'b'),
  ],
  [
    'Backend of kgateway: mcp.targets[].static',
    KGATEWAY,
    named('gateway.kgateway.dev/v1alpha1', 'Backend', `mcp: {targets: [{static: {host: ${HOST}}}]}`, '', 'b'),
  ],
  ['IngressRoute: routes[].services[]', traefik('routes: [{services: [{name: weather}]}]')],
  ['IngressRouteTCP: routes[].services[]', traefik('routes: [{services: [{name: weather}]}]', 'IngressRouteTCP')],
  ['IngressRouteUDP: routes[].services[]', traefik('routes: [{services: [{name: weather}]}]', 'IngressRouteUDP')],
  ['TraefikService: weighted', BY_SERVICE, service('weighted: {services: [{name: weather}]}')],
  ['TraefikService: mirroring', BY_SERVICE, service('mirroring: {name: weather}')],
  ['TraefikService: mirroring.mirrors[]', BY_SERVICE, service('mirroring: {name: web, mirrors: [{name: weather}]}')],
  ['TraefikService: highestRandomWeight', BY_SERVICE, service('highestRandomWeight: {services: [{name: weather}]}')],
  [
    'TraefikService: failover.service',
    BY_SERVICE,
    service('failover: {service: {name: weather}, fallback: {name: web}}'),
  ],
  [
    'TraefikService: failover.fallback',
    BY_SERVICE,
    service('failover: {service: {name: web}, fallback: {name: weather}}'),
  ],
  [
    'Middleware: errors.service',
    BY_MIDDLEWARE,
    middleware('errors: {status: ["500-599"], query: /mcp, service: {name: weather}}'),
  ],
  [
    'Middleware: errors.service, a TraefikService',
    BY_MIDDLEWARE,
    middleware('errors: {service: {name: s, kind: TraefikService}}'),
    service('weighted: {services: [{name: weather}]}'),
  ],
  ['Middleware: forwardAuth.address', BY_MIDDLEWARE, middleware(`forwardAuth: {address: "http://${HOST}:8080/mcp"}`)],
  [
    'Middleware: chain',
    BY_MIDDLEWARE,
    middleware('chain: {middlewares: [{name: n}]}'),
    middleware('errors: {service: {name: weather}}', 'n'),
  ],
  [
    'Middleware of a service of the route',
    traefik('routes: [{services: [{name: web, middlewares: [{name: m}]}]}]'),
    middleware('errors: {service: {name: weather}}'),
  ],
  [
    'VirtualService: http[].route[]',
    named(
      'networking.istio.io/v1',
      'VirtualService',
      `gateways: [g], http: [{route: [{destination: {host: ${HOST}}}]}]`,
    ),
  ],
  [
    'VirtualService: http[].mirror',
    named('networking.istio.io/v1', 'VirtualService', `gateways: [g], http: [{mirror: {host: ${HOST}}}]`),
  ],
  [
    'VirtualService: http[].mirrors[]',
    named(
      'networking.istio.io/v1',
      'VirtualService',
      `gateways: [g], http: [{mirrors: [{destination: {host: ${HOST}}}]}]`,
    ),
  ],
  [
    'VirtualService: tcp[].route[]',
    named(
      'networking.istio.io/v1',
      'VirtualService',
      `gateways: [g], tcp: [{route: [{destination: {host: ${HOST}}}]}]`,
    ),
  ],
  [
    'VirtualService: tls[].route[]',
    named(
      'networking.istio.io/v1',
      'VirtualService',
      `gateways: [g], tls: [{route: [{destination: {host: ${HOST}}}]}]`,
    ),
  ],
  [
    'VirtualService: http[].delegate',
    named('networking.istio.io/v1', 'VirtualService', 'gateways: [g], http: [{delegate: {name: d}}]'),
    named('networking.istio.io/v1', 'VirtualService', `http: [{route: [{destination: {host: ${HOST}}}]}]`, '', 'd'),
  ],
  ['Route of OpenShift: to', named('route.openshift.io/v1', 'Route', 'to: {kind: Service, name: weather}')],
  [
    'Route of OpenShift: alternateBackends[]',
    named(
      'route.openshift.io/v1',
      'Route',
      'to: {kind: Service, name: web}, alternateBackends: [{kind: Service, name: weather}]',
    ),
  ],
  [
    'HTTPProxy: routes[].services[]',
    named('projectcontour.io/v1', 'HTTPProxy', 'routes: [{services: [{name: web}, {name: weather, mirror: true}]}]'),
  ],
  [
    'HTTPProxy: tcpproxy.services[]',
    named('projectcontour.io/v1', 'HTTPProxy', 'tcpproxy: {services: [{name: weather}]}'),
  ],
  [
    'TCPIngress of Kong: rules[].backend',
    named('configuration.konghq.com/v1beta1', 'TCPIngress', 'rules: [{backend: {serviceName: weather}}]'),
  ],
  [
    'UDPIngress of Kong: rules[].backend',
    named('configuration.konghq.com/v1beta1', 'UDPIngress', 'rules: [{backend: {serviceName: weather}}]'),
  ],
  [
    'ApisixRoute: http[].backends[]',
    named('apisix.apache.org/v2', 'ApisixRoute', 'http: [{backends: [{serviceName: weather}]}]'),
  ],
  [
    'ApisixRoute: stream[].backend',
    named('apisix.apache.org/v2', 'ApisixRoute', 'stream: [{backend: {serviceName: weather}}]'),
  ],
  [
    'ApisixRoute: plugin proxy-mirror',
    named(
      'apisix.apache.org/v2',
      'ApisixRoute',
      `http: [{backends: [{serviceName: web}], plugins: [{name: proxy-mirror, config: {host: "http://${HOST}"}}]}]`,
    ),
  ],
  [
    'ApisixRoute: plugin forward-auth',
    named(
      'apisix.apache.org/v2',
      'ApisixRoute',
      `http: [{backends: [{serviceName: web}], plugins: [{name: forward-auth, config: {uri: "http://${HOST}/mcp"}}]}]`,
    ),
  ],
  [
    'VirtualServer of NGINX: upstreams[].service',
    named('k8s.nginx.org/v1', 'VirtualServer', 'upstreams: [{service: weather}]'),
  ],
  [
    'VirtualServer of NGINX: upstreams[].backup',
    named('k8s.nginx.org/v1', 'VirtualServer', 'upstreams: [{service: web, backup: weather}]'),
  ],
  [
    'TransportServer of NGINX: upstreams[].service',
    named('k8s.nginx.org/v1', 'TransportServer', 'upstreams: [{service: weather}]'),
  ],
  ['Mapping of Emissary: service', named('getambassador.io/v3alpha1', 'Mapping', 'service: "https://weather:443"')],
];

/** Near them, and no way. */
const NOT: readonly Row[] = [
  [
    'Ingress: AWS actions to another Service',
    ingress(`alb.ingress.kubernetes.io/actions.a: '{"forwardConfig":{"targetGroups":[{"serviceName":"web"}]}}'`),
  ],
  ['Ingress: AWS actions that are no JSON', ingress('alb.ingress.kubernetes.io/actions.a: "{weather"')],
  [
    'Ingress: nginx auth-url outside the cluster',
    ingress('nginx.ingress.kubernetes.io/auth-url: "https://weather.example.com/auth"'),
  ],
  [
    'Ingress: nginx auth-signin, where callers are sent themselves',
    ingress(`nginx.ingress.kubernetes.io/auth-signin: "http://${HOST}/"`),
  ],
  [
    'HTTPRoute: a redirect, which callers follow themselves',
    http(`filters: [{type: RequestRedirect, requestRedirect: {hostname: ${HOST}}}]`),
  ],
  ['Middleware that no route names', middleware('errors: {service: {name: weather}}')],
  [
    'Middleware of another namespace',
    traefik('routes: [{services: [{name: web}], middlewares: [{name: m, namespace: edge}]}]'),
    middleware('errors: {service: {name: weather}}'),
  ],
  [
    'SecurityPolicy: extAuth.grpc, which no server of MCP speaks',
    named(
      'gateway.envoyproxy.io/v1alpha1',
      'SecurityPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], extAuth: {grpc: {backendRefs: [{name: weather}]}}',
    ),
  ],
  [
    'SecurityPolicy: keys of tokens, which no request of a caller asks for',
    named(
      'gateway.envoyproxy.io/v1alpha1',
      'SecurityPolicy',
      'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], jwt: {providers: [{remoteJWKS: {backendRefs: [{name: weather}]}}]}',
    ),
  ],
];

describe('A request comes to the Service by', () => {
  it.each(READ)('%s', (_field, ...manifests) => {
    expect(entrances(manifests)).toEqual([expect.stringMatching(/ r$/)]);
  });
});

describe('No request comes to the Service by', () => {
  it.each(NOT)('%s', (_field, ...manifests) => {
    expect(entrances(manifests)).toEqual([]);
  });
});
