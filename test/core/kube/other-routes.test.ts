import { describe, expect, it } from 'vitest';
import { selectorText } from '../../../src/core/kube/selector.ts';
import { isRoute } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const route = (apiVersion: string, kind: string, spec: string) => {
  const object = decoded({ apiVersion, kind, metadata: { name: 'r', namespace: 'tools' }, spec: parseYaml(spec)[0] });
  return isRoute(object) ? object : expect.fail('no route');
};

describe('Routes of other APIs lead to these Services:', () => {
  it.each([
    [
      'route.openshift.io/v1',
      'Route',
      '{to: {kind: Service, name: a}, alternateBackends: [{kind: Service, name: b}]}',
      'tools/a tools/b',
    ],
    [
      'traefik.io/v1alpha1',
      'IngressRoute',
      '{routes: [{services: [{name: a, port: 80}, {name: b, namespace: x}]}]}',
      'tools/a x/b',
    ],
    ['traefik.containo.us/v1alpha1', 'IngressRouteTCP', '{routes: [{services: [{name: a}]}]}', 'tools/a'],
    [
      'traefik.io/v1alpha1',
      'IngressRouteUDP',
      '{routes: [{services: [{name: a, kind: TraefikService}]}]}',
      'TraefikService tools/a',
    ],
    [
      'traefik.io/v1alpha1',
      'TraefikService',
      '{weighted: {services: [{name: a}]}, mirroring: {name: b, mirrors: [{name: c, kind: TraefikService}]}}',
      'tools/a tools/b TraefikService tools/c',
    ],
    [
      'gateway.kgateway.dev/v1alpha1',
      'Backend',
      '{static: {hosts: [{host: a.x.svc, port: 80}, {host: b.example.com}]}}',
      'x/a',
    ],
    ['agentgateway.dev/v1alpha1', 'AgentgatewayBackend', '{static: {host: a.x.svc.cluster.local, port: 80}}', 'x/a'],
    [
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      '{mcp: {targets: [{static: {host: a.x.svc, port: 80}}]}}',
      'x/a',
    ],
    [
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      '{mcp: {targets: [{name: s, selector: {services: {matchLabels: {app: a}}}}]}}',
      'tools/app=a',
    ],
    ['agentgateway.dev/v1alpha1', 'AgentgatewayBackend', '{mcp: {targets: [{selector: {}}]}}', 'tools/everything'],
    [
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      '{mcp: {targets: [{selector: {namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [x, z]}]}}}]}}',
      'x/everything z/everything',
    ],
    [
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      '{mcp: {targets: [{selector: {namespaces: {matchLabels: {team: a}}}}]}}',
      '',
    ],
    [
      'agentgateway.dev/v1alpha1',
      'AgentgatewayBackend',
      '{mcp: {targets: [{selector: {services: {matchExpressions: [{key: a, operator: Near}]}}}]}}',
      '',
    ],
    ['networking.istio.io/v1', 'VirtualService', '{http: [{delegate: {name: v, namespace: x}}]}', 'VirtualService x/v'],
    ['networking.istio.io/v1', 'VirtualService', '{tcp: [{route: [{destination: {host: a.example.com}}]}]}', ''],
    [
      'networking.istio.io/v1',
      'VirtualService',
      '{tcp: [{route: [{destination: {host: a-0.a.x.svc.cluster.local}}]}]}',
      'x/a',
    ],
    ['apisix.apache.org/v2', 'ApisixRoute', '{http: [{upstreams: [{name: u}]}]}', 'ApisixUpstream tools/u'],
    [
      'apisix.apache.org/v2',
      'ApisixUpstream',
      '{externalNodes: [{type: Service, name: a}, {type: Domain, name: b.x.svc.cluster.local}]}',
      'tools/a x/b',
    ],
    ['incubator.ingress-controller.konghq.com/v1alpha1', 'KongServiceFacade', '{backendRef: {name: a}}', 'tools/a'],
    ['k8s.nginx.org/v1', 'VirtualServerRoute', '{upstreams: [{service: a, backup: b}]}', 'tools/a tools/b'],
    [
      'networking.istio.io/v1',
      'VirtualService',
      '{http: [{route: [{destination: {host: a}}], mirror: {host: b.x}}]}',
      'tools/a x/b',
    ],
    [
      'networking.istio.io/v1beta1',
      'VirtualService',
      '{tls: [{route: [{destination: {host: a.x.svc.cluster.local}}]}]}',
      'x/a',
    ],
    [
      'projectcontour.io/v1',
      'HTTPProxy',
      '{routes: [{services: [{name: a}]}], tcpproxy: {services: [{name: b}]}}',
      'tools/a tools/b',
    ],
    ['configuration.konghq.com/v1beta1', 'TCPIngress', '{rules: [{backend: {serviceName: a}}]}', 'tools/a'],
    [
      'apisix.apache.org/v2',
      'ApisixRoute',
      '{http: [{backends: [{serviceName: a}]}], stream: [{backend: {serviceName: b}}]}',
      'tools/a tools/b',
    ],
    [
      'k8s.nginx.org/v1',
      'VirtualServer',
      '{upstreams: [{name: u, service: a}, {name: v, service: x/b}]}',
      'tools/a x/b',
    ],
    ['k8s.nginx.org/v1', 'TransportServer', '{upstreams: [{name: u, service: a}]}', 'tools/a'],
    ['getambassador.io/v3alpha1', 'Mapping', '{service: "http://a.x:8080"}', 'x/a'],
    ['getambassador.io/v3alpha1', 'TCPMapping', '{service: "a:80"}', 'tools/a'],
    ['route.openshift.io/v1', 'Route', '{to: [a]}', ''],
  ])('%s %s %s: %s', (apiVersion, kind, spec, services) => {
    const { backends } = route(apiVersion, kind, spec);
    expect(
      backends
        .map(({ kind, namespace, name, selects }) => {
          const what = selects === undefined ? name : selectorText(selects);
          return `${kind === 'Service' ? '' : `${kind} `}${namespace}/${what}`;
        })
        .join(' '),
    ).toBe(services);
  });

  it.each([
    ['traefik.io/v1alpha1', 'IngressRoute', {}, {}, 'IngressClass '],
    ['traefik.io/v1alpha1', 'IngressRoute', { 'kubernetes.io/ingress.class': 'mcp' }, {}, 'IngressClass mcp'],
    ['traefik.io/v1alpha1', 'TraefikService', { 'kubernetes.io/ingress.class': 'mcp' }, {}, ''],
    ['projectcontour.io/v1', 'HTTPProxy', {}, { ingressClassName: 'a' }, 'IngressClass a'],
    [
      'projectcontour.io/v1',
      'HTTPProxy',
      { 'projectcontour.io/ingress.class': 'b', 'kubernetes.io/ingress.class': 'a' },
      { ingressClassName: 'a' },
      'IngressClass a, IngressClass b',
    ],
    ['apisix.apache.org/v2', 'ApisixRoute', {}, { ingressClassName: 'mcp' }, 'IngressClass mcp'],
    ['k8s.nginx.org/v1', 'VirtualServer', {}, { ingressClassName: '' }, 'IngressClass '],
    ['route.openshift.io/v1', 'Route', { 'kubernetes.io/ingress.class': 'mcp' }, {}, 'Controller '],
  ])('%s %s with the annotations %j and %j is published by: %s', (apiVersion, kind, annotations, spec, published) => {
    const object = decoded({ apiVersion, kind, metadata: { name: 'r', namespace: 'tools', annotations }, spec });
    const { through } = isRoute(object) ? object : expect.fail('no route');
    expect(through.map(parent => `${parent.kind} ${parent.name}`).join(', ')).toBe(published);
  });

  it.each([
    ['[istio-system/public]', 'Gateway istio-system/public'],
    ['[public, mesh]', 'Gateway tools/public'],
    ['[mesh]', ''],
    ['[]', ''],
  ])('a VirtualService with the gateways %s is published by: %s', (gateways, published) => {
    const { through } = route('networking.istio.io/v1', 'VirtualService', `{gateways: ${gateways}}`);
    expect(through.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).join(' ')).toBe(published);
  });
});
