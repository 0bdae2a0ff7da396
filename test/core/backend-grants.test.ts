import { describe, expect, it, test } from 'vitest';
import { unlistedFact } from '../../src/core/kube/decode-gateway-fact.ts';
import { ALL_GRANTS, REFERENCE_GRANT } from '../../src/core/kube/reference-grant.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { publicationBeside } from '../support/publication.ts';

/** Where the objects are: in files, in a cluster, in one whose ReferenceGrants may not be listed. */
type Place = 'files' | 'cluster' | 'unlisted';

const STAND_INS: Readonly<Record<Place, readonly KubeObject[]>> = {
  files: [],
  cluster: [ALL_GRANTS],
  unlisted: [
    ALL_GRANTS,
    unlistedFact(REFERENCE_GRANT.group, REFERENCE_GRANT.kind, 'referencegrants', true) ?? expect.fail('none'),
  ],
};

const G = 'gateway.networking.k8s.io';
const grantOf = (from: string, to: string, namespace = 'tools', version = 'v1beta1'): string =>
  `{apiVersion: ${G}/${version}, kind: ReferenceGrant, metadata: {name: g, namespace: ${namespace}}, spec: {from: [${from}], to: [${to}]}}`;

const FROM = `{group: ${G}, kind: HTTPRoute, namespace: edge}`;
const TO = '{group: "", kind: Service}';
const route = (backend: string, kind = 'HTTPRoute', namespace = 'edge'): string =>
  `{apiVersion: ${G}/v1, kind: ${kind}, metadata: {name: r, namespace: ${namespace}}, spec: {parentRefs: [{name: public}], rules: [{backendRefs: [${backend}]}]}}`;
const HTTP = route('{name: weather, namespace: tools, port: 80}');
const filtered = (filter: string): string =>
  `{apiVersion: ${G}/v1, kind: HTTPRoute, metadata: {name: r, namespace: edge}, spec: {parentRefs: [{name: public}], rules: [{filters: [${filter}], backendRefs: [{name: web}]}]}}`;
const BACKEND = '{name: weather, namespace: tools, port: 80}';

/** How the route leads to the server; `undefined`: not at all. */
function leadingOf(place: Place, manifests: readonly string[]): string | undefined {
  const { routes } = publicationBeside(manifests, STAND_INS[place]);
  return [...routes].find(([{ meta }]) => meta.name === 'r')?.[1];
}

const TABLE: readonly (readonly [title: string, leading: string | undefined, place: Place, ...manifests: string[]])[] =
  [
    ['no grant', 'may-be-granted', 'files', HTTP],
    ['no grant', 'not-granted', 'cluster', HTTP],
    ['no grant that may be listed', 'may-be-granted', 'unlisted', HTTP],
    ['a grant of all Services', 'leads', 'files', HTTP, grantOf(FROM, TO)],
    ['a grant of all Services', 'leads', 'cluster', HTTP, grantOf(FROM, TO)],
    ['a grant of all Services', 'leads', 'unlisted', HTTP, grantOf(FROM, TO)],
    ['a grant of v1', 'leads', 'cluster', HTTP, grantOf(FROM, TO, 'tools', 'v1')],
    ['a grant of the Service', 'leads', 'cluster', HTTP, grantOf(FROM, '{group: "", kind: Service, name: weather}')],
    ['a grant whose core group is left out', 'leads', 'cluster', HTTP, grantOf(FROM, '{kind: Service}')],
    [
      'a grant of another Service',
      'not-granted',
      'cluster',
      HTTP,
      grantOf(FROM, '{group: "", kind: Service, name: web}'),
    ],
    [
      'a grant of another Service',
      'may-be-granted',
      'files',
      HTTP,
      grantOf(FROM, '{group: "", kind: Service, name: web}'),
    ],
    ['a grant of another kind', 'not-granted', 'cluster', HTTP, grantOf(FROM, '{group: "", kind: Secret}')],
    ['a grant of another group', 'not-granted', 'cluster', HTTP, grantOf(FROM, '{group: example.com, kind: Service}')],
    [
      'a grant for another kind of route',
      'not-granted',
      'cluster',
      HTTP,
      grantOf(`{group: ${G}, kind: GRPCRoute, namespace: edge}`, TO),
    ],
    [
      'a grant for another group of routes',
      'not-granted',
      'cluster',
      HTTP,
      grantOf('{group: example.com, kind: HTTPRoute, namespace: edge}', TO),
    ],
    [
      'a grant for another namespace',
      'not-granted',
      'cluster',
      HTTP,
      grantOf(`{group: ${G}, kind: HTTPRoute, namespace: other}`, TO),
    ],
    [
      'a grant for every namespace, which is a name like any other',
      'not-granted',
      'cluster',
      HTTP,
      grantOf(`{group: ${G}, kind: HTTPRoute, namespace: "*"}`, TO),
    ],
    ["a grant in the route's namespace", 'not-granted', 'cluster', HTTP, grantOf(FROM, TO, 'edge')],
    [
      'a second entry of each',
      'leads',
      'cluster',
      HTTP,
      grantOf(`{group: a, kind: b, namespace: c}, ${FROM}`, `{group: d, kind: e}, ${TO}`),
    ],
    ['a grant of nothing', 'not-granted', 'cluster', HTTP, grantOf(FROM, '')],
    [
      'a grant that cannot be read as a whole',
      'may-be-granted',
      'cluster',
      HTTP,
      grantOf(FROM, '{group: "", kind: 5}'),
    ],
    [
      'a grant with more entries than the API takes',
      'may-be-granted',
      'cluster',
      HTTP,
      grantOf(FROM, [...Array(16).fill('{group: a, kind: b}'), TO].join(', ')),
    ],
    ["the route's own namespace", 'leads', 'cluster', route('{name: weather}', 'HTTPRoute', 'tools')],
    ['its own namespace, named', 'leads', 'cluster', route(BACKEND, 'HTTPRoute', 'tools')],
    ...['GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'].flatMap(kind => [
      [`a ${kind} without a grant`, 'not-granted', 'cluster', route(BACKEND, kind)] as const,
      [
        `a ${kind} with one`,
        'leads',
        'cluster',
        route(BACKEND, kind),
        grantOf(`{group: ${G}, kind: ${kind}, namespace: edge}`, TO),
      ] as const,
    ]),
    [
      'a copy of requests',
      'not-granted',
      'cluster',
      filtered(`{type: RequestMirror, requestMirror: {backendRef: ${BACKEND}}}`),
    ],
    [
      'a copy of requests, let',
      'leads',
      'cluster',
      filtered(`{type: RequestMirror, requestMirror: {backendRef: ${BACKEND}}}`),
      grantOf(FROM, TO),
    ],
    [
      'a question for authorization',
      'not-granted',
      'cluster',
      filtered(`{type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: ${BACKEND}}}`),
    ],
    [
      'a ServiceImport, by a grant of Services',
      'not-granted',
      'cluster',
      route('{group: multicluster.x-k8s.io, kind: ServiceImport, name: weather, namespace: tools}'),
      grantOf(FROM, TO),
    ],
    [
      'a ServiceImport, by its own grant',
      'leads',
      'cluster',
      route('{group: multicluster.x-k8s.io, kind: ServiceImport, name: weather, namespace: tools}'),
      grantOf(FROM, '{group: multicluster.x-k8s.io, kind: ServiceImport}'),
    ],
    [
      'a host of Istio: it has no namespace',
      'leads',
      'cluster',
      route('{group: networking.istio.io, kind: Hostname, name: weather.tools.svc.cluster.local}'),
    ],
    [
      'a Backend of Envoy Gateway elsewhere, not let',
      'not-granted',
      'cluster',
      route('{group: gateway.envoyproxy.io, kind: Backend, name: b, namespace: other}'),
      '{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: Backend, metadata: {name: b, namespace: other}, spec: {endpoints: [{fqdn: {hostname: weather.tools.svc.cluster.local}}]}}',
      grantOf(FROM, TO),
    ],
    [
      'a Backend of Envoy Gateway elsewhere, let; what it leads to by a host needs no grant',
      'leads',
      'cluster',
      route('{group: gateway.envoyproxy.io, kind: Backend, name: b, namespace: other}'),
      '{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: Backend, metadata: {name: b, namespace: other}, spec: {endpoints: [{fqdn: {hostname: weather.tools.svc.cluster.local}}]}}',
      grantOf(FROM, '{group: gateway.envoyproxy.io, kind: Backend}', 'other'),
    ],
    [
      'an AgentgatewayBackend beside the route, whose host needs no grant',
      'leads',
      'cluster',
      route('{group: agentgateway.dev, kind: AgentgatewayBackend, name: b}'),
      '{apiVersion: agentgateway.dev/v1alpha1, kind: AgentgatewayBackend, metadata: {name: b, namespace: edge}, spec: {mcp: {targets: [{name: a, static: {host: weather.tools.svc.cluster.local, port: 80}}]}}}',
    ],
    [
      'an MCPRoute, which refers to its own namespace alone',
      'not-granted',
      'cluster',
      '{apiVersion: aigateway.envoyproxy.io/v1beta1, kind: MCPRoute, metadata: {name: r, namespace: edge}, spec: {parentRefs: [{name: public}], backendRefs: [{name: weather, namespace: tools}]}}',
      grantOf(FROM, TO),
    ],
    [
      'a VirtualService of Istio needs none',
      'leads',
      'cluster',
      '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: r, namespace: edge}, spec: {gateways: [public], http: [{route: [{destination: {host: weather.tools.svc.cluster.local}}]}]}}',
    ],
    [
      'an IngressRoute of Traefik needs none',
      'leads',
      'cluster',
      '{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: edge}, spec: {routes: [{services: [{name: weather, namespace: tools}]}]}}',
    ],
    [
      'a VirtualServer of NGINX needs none',
      'leads',
      'cluster',
      '{apiVersion: k8s.nginx.org/v1, kind: VirtualServer, metadata: {name: r, namespace: edge}, spec: {upstreams: [{name: a, service: tools/weather}]}}',
    ],
    [
      'a Mapping of Emissary needs none',
      'leads',
      'cluster',
      '{apiVersion: getambassador.io/v3alpha1, kind: Mapping, metadata: {name: r, namespace: edge}, spec: {service: weather.tools}}',
    ],
    [
      'an alias of the Service in the own namespace needs none',
      'leads',
      'cluster',
      route('{name: alias}'),
      '{apiVersion: v1, kind: Service, metadata: {name: alias, namespace: edge}, spec: {type: ExternalName, externalName: weather.tools.svc.cluster.local}}',
    ],
  ];

describe('A route leads into another namespace as far as a ReferenceGrant there lets it:', () => {
  for (const [title, leading, place, ...manifests] of TABLE)
    it(`${title}: ${leading}, in ${place}`, () => {
      expect(leadingOf(place, manifests)).toBe(leading);
    });
});

test('of two references of one route to the Service one that is let suffices', () => {
  const host = '{group: networking.istio.io, kind: Hostname, name: weather.tools.svc.cluster.local}';
  expect(leadingOf('cluster', [route(`${BACKEND}, ${host}`)])).toBe('leads');
});

test('what surely leads there stays so, where another reference to the same is not let', () => {
  const own = route('{name: weather}', 'HTTPRoute', 'tools');
  expect(leadingOf('cluster', [HTTP.replace('name: r,', 'name: q,'), own])).toBe('leads');
});
