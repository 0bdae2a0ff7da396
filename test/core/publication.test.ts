import { expect, test } from 'vitest';
import { judgeChange } from '../../src/core/change.ts';
import { refText } from '../../src/core/explain.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { overlay } from '../../src/core/world/overlay.ts';
import { CLOSED, judge, PRODUCTION, read, service, WEATHER } from './change-objects.ts';

/** A change to what stands between a route and a server is judged by the server, in whatever order they come and in whichever namespaces they are. */

const SERVICE = service('selector: {app: weather}');
const POD =
  read(`{apiVersion: v1, kind: Pod, metadata: {name: weather-1, namespace: tools, labels: {app: weather, chokepoint.dev/mcp-server: "true"}},
  spec: {containers: [{name: server, image: a}]}, status: {podIPs: [{ip: 10.244.0.7}, {ip: "fd00::7"}]}}`);
const alias = (host: string, name = 'alias') =>
  read(
    `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: edge}, spec: {type: ExternalName, externalName: ${host}}}`,
  );
const balancer = read(`{apiVersion: v1, kind: Service, metadata: {name: by-hand, namespace: edge},
  spec: {type: LoadBalancer, ports: [{port: 80}]}}`);
const byHand = read(
  '{apiVersion: v1, kind: Service, metadata: {name: by-hand, namespace: edge}, spec: {ports: [{port: 80}]}}',
);
const slice = (address: string, labels = '') =>
  read(`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, endpoints: [{addresses: ["${address}"]}],
    metadata: {name: by-hand-1, namespace: edge, labels: {kubernetes.io/service-name: by-hand${labels}}}}`);
const ingressTo = (name: string, className = 'public') =>
  read(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: ${name}, namespace: edge},
    spec: {ingressClassName: ${className}, defaultBackend: {service: {name: ${name}}}}}`);
const traefikService = (spec: string, name = 'shared') =>
  read(
    `{apiVersion: traefik.io/v1alpha1, kind: TraefikService, metadata: {name: ${name}, namespace: edge}, spec: ${spec}}`,
  );
const toWeather = traefikService('{weighted: {services: [{name: weather, namespace: tools}]}}');
const ingressRoute = read(`{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: other},
  spec: {routes: [{services: [{kind: TraefikService, name: shared, namespace: edge}]}]}}`);

const PAST_ALIAS = 'route-bypasses-gateway in Ingress edge/alias';
const PAST_BY_HAND = 'route-bypasses-gateway in Ingress edge/by-hand';
const PAST_TRAEFIK = 'route-bypasses-gateway in IngressRoute other/r';
const WEATHER_ALIAS = alias('weather.tools.svc');
const FORGED = ', endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io';

type Row = readonly [
  title: string,
  beside: readonly KubeObject[],
  before: KubeObject | undefined,
  after: KubeObject,
  brought: readonly string[],
];

test.each<Row>([
  ['a route to an alias', [WEATHER_ALIAS], undefined, ingressTo('alias'), [PAST_ALIAS]],
  ['an alias that has a route', [ingressTo('alias')], undefined, WEATHER_ALIAS, [PAST_ALIAS]],
  [
    'an alias that is turned to a server',
    [ingressTo('alias')],
    alias('web.tools.svc'),
    WEATHER_ALIAS,
    [PAST_ALIAS, 'policy-removal in Service edge/alias'],
  ],
  ['an alias that is turned away from a server', [ingressTo('alias')], WEATHER_ALIAS, alias('web.tools.svc'), []],
  [
    'an alias of an alias',
    [ingressTo('alias'), alias('weather.tools.svc', 'other')],
    undefined,
    alias('other.edge.svc'),
    [PAST_ALIAS],
  ],
  ['an alias whose route goes through the gateway', [ingressTo('alias', 'mcp')], undefined, WEATHER_ALIAS, []],
  [
    'aliases in a circle',
    [ingressTo('alias'), alias('alias.edge.svc', 'other')],
    undefined,
    alias('other.edge.svc'),
    [],
  ],
  [
    'the Service that an alias waits for',
    [ingressTo('alias'), WEATHER_ALIAS],
    service('selector: {app: web}'),
    SERVICE,
    [PAST_ALIAS, 'policy-removal in Service tools/weather'],
  ],
  ['a route to endpoints', [byHand, slice('10.244.0.7')], undefined, ingressTo('by-hand'), [PAST_BY_HAND]],
  ['endpoints that have a route', [byHand, ingressTo('by-hand')], undefined, slice('fd00:0::7'), [PAST_BY_HAND]],
  ['endpoints whose Service is not there yet', [ingressTo('by-hand')], undefined, slice('10.244.0.7'), [PAST_BY_HAND]],
  ['endpoints at nobody', [byHand, ingressTo('by-hand')], undefined, slice('10.244.0.8'), []],
  [
    'endpoints that are moved to the server',
    [byHand, ingressTo('by-hand')],
    slice('10.244.0.8'),
    slice('10.244.0.7'),
    [PAST_BY_HAND, 'policy-removal in EndpointSlice edge/by-hand-1'],
  ],
  [
    'a Service of such endpoints that becomes a load balancer',
    [slice('10.244.0.7')],
    byHand,
    balancer,
    ['policy-removal in Service edge/by-hand', 'service-exposed in Service edge/by-hand'],
  ],
  [
    'endpoints of a load balancer',
    [balancer],
    undefined,
    slice('10.244.0.7'),
    ['service-exposed in Service edge/by-hand'],
  ],
  ['endpoints that nothing publishes', [byHand], undefined, slice('10.244.0.7'), []],
  [
    'endpoints in disguise',
    [byHand],
    undefined,
    slice('10.244.0.7', FORGED),
    ['route-bypasses-gateway in EndpointSlice edge/by-hand-1'],
  ],
  ['a TraefikService that has a route', [ingressRoute], undefined, toWeather, [PAST_TRAEFIK]],
  ['a route to a TraefikService', [toWeather], undefined, ingressRoute, [PAST_TRAEFIK]],
  ['a TraefikService that nothing uses', [], undefined, toWeather, []],
  [
    'a TraefikService between two others',
    [ingressRoute, traefikService('{mirroring: {name: weather, namespace: tools}}', 'third')],
    undefined,
    traefikService('{weighted: {services: [{kind: TraefikService, name: third}]}}'),
    [PAST_TRAEFIK],
  ],
])('%s', (_title, beside, before, after, brought) => {
  const others = [PRODUCTION, WEATHER, CLOSED, POD, ...(before?.meta.name === 'weather' ? [] : [SERVICE]), ...beside];
  const world = buildWorld(before ? [...others, before] : others);
  const judged = judgeChange(judge, world, { ...(before && { before }), after });
  const said = new Set(judged.brought.map(({ rule, object }) => `${rule} in ${refText(object)}`));
  expect([...said].sort()).toEqual([...brought].sort());
  // As it stands then, a second time is no news.
  const then = overlay(world, { ...(before && { before }), after });
  expect(judgeChange(judge, then, { before: after, after }).brought).toEqual([]);
});
