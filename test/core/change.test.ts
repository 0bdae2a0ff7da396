import { describe, expect, it } from 'vitest';
import { affectedIn } from '../../src/core/affected.ts';
import { judgeChange } from '../../src/core/change.ts';
import { refText } from '../../src/core/explain.ts';
import { ALL_GRANTS } from '../../src/core/kube/reference-grant.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { isWorkload } from '../../src/core/world/object-kinds.ts';
import { overlay } from '../../src/core/world/overlay.ts';
import type { Change, World } from '../../src/core/world/world.ts';
import {
  ANYBODY,
  CLOSED,
  ingress,
  judge,
  NO_EGRESS,
  NOBODY,
  namespace,
  PRODUCTION,
  policy,
  read,
  server,
  service,
  TO_PODS,
  WEATHER,
} from './change-objects.ts';

interface Said {
  readonly brought: readonly string[];
  readonly remaining: readonly string[];
}

function judged(world: World, change: Change): Said {
  const { brought, remaining } = judgeChange(judge, world, change);
  const say = ({ rule, object }: (typeof brought)[number]): string => `${rule} in ${refText(object)}`;
  return { brought: brought.map(say), remaining: remaining.map(say) };
}

const IN = {
  weather: 'Deployment tools/weather',
  policy: 'NetworkPolicy tools/weather',
  open: 'NetworkPolicy tools/open',
};
const NOT_ISOLATED = [`egress-not-isolated in ${IN.weather}`, `ingress-not-isolated in ${IN.weather}`];

type Row = readonly [
  title: string,
  before: readonly KubeObject[],
  old: KubeObject | undefined,
  new_: KubeObject | undefined,
  said: Partial<Said>,
];

const closedWorld = [PRODUCTION, WEATHER, CLOSED];

/** Service tools/weather, as agentgateway looks for it. */
const SPEAKING =
  read(`{apiVersion: v1, kind: Service, metadata: {name: weather, namespace: tools, labels: {for: agents}},
  spec: {selector: {app: weather}, ports: [{port: 80, appProtocol: agentgateway.dev/mcp}]}}`);
const SELECTING =
  read(`{apiVersion: agentgateway.dev/v1alpha1, kind: AgentgatewayBackend, metadata: {name: b, namespace: edge},
  spec: {mcp: {targets: [{name: t, selector: {
    namespaces: {matchLabels: {kubernetes.io/metadata.name: tools}}, services: {matchLabels: {for: agents}}}}]}}}`);
const TO_SELECTING = read(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: r, namespace: edge},
  spec: {ingressClassName: nginx, defaultBackend: {resource: {apiGroup: agentgateway.dev, kind: AgentgatewayBackend, name: b}}}}`);

/** A route of another namespace to Service tools/weather, past the gateway, and what lets it refer there. */
const REFERRING =
  read(`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: edge},
  spec: {parentRefs: [{name: public}], rules: [{backendRefs: [{name: weather, namespace: tools}]}]}}`);
const LETTING = (kind: string, from = 'edge', to = 'tools'): KubeObject =>
  read(`{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: g, namespace: ${to}},
  spec: {from: [{group: gateway.networking.k8s.io, kind: ${kind}, namespace: ${from}}], to: [{group: "", kind: Service}]}}`);

/** An IngressRoute whose error pages a Middleware gets from a Service. */
const WITH_PAGES = read(`{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: web, namespace: edge},
  spec: {routes: [{services: [{name: web}], middlewares: [{name: pages}]}]}}`);
const PAGES = (service: string): KubeObject =>
  read(`{apiVersion: traefik.io/v1alpha1, kind: Middleware, metadata: {name: pages, namespace: edge},
  spec: {errors: {status: ["401"], service: ${service}}}}`);

describe('A change brings denials that were not there before, and leaves the others:', () => {
  it.each<Row>([
    ['a policy that closes is created', [PRODUCTION, WEATHER], undefined, CLOSED, {}],
    [
      'a policy that opens is created',
      closedWorld,
      undefined,
      ANYBODY,
      { brought: [`ingress-beyond-gateway in ${IN.open}`] },
    ],
    [
      'a policy that opens is created beside no other',
      [PRODUCTION, WEATHER],
      undefined,
      ANYBODY,
      {
        brought: [`ingress-beyond-gateway in ${IN.open}`],
        remaining: [`egress-not-isolated in ${IN.weather}`],
      },
    ],
    ['a policy is edited and stays closed', closedWorld, CLOSED, TO_PODS('203.0.113.0/24'), {}],
    [
      'a policy is edited and opens',
      closedWorld,
      CLOSED,
      TO_PODS('10.244.0.0/16'),
      {
        brought: [`egress-reaches-cluster in ${IN.policy}`, `policy-removal in ${IN.policy}`],
      },
    ],
    [
      'a policy is edited and no longer isolates',
      closedWorld,
      CLOSED,
      NO_EGRESS,
      {
        brought: [`egress-not-isolated in ${IN.weather}`, `policy-removal in ${IN.policy}`],
      },
    ],
    [
      'a policy is edited and selects others',
      closedWorld,
      CLOSED,
      policy('weather', 'policyTypes: [Ingress]', 'web'),
      {
        brought: [...NOT_ISOLATED, `policy-removal in ${IN.policy}`],
      },
    ],
    [
      'a fault of a policy is moved around',
      [PRODUCTION, WEATHER, TO_PODS('10.244.0.0/16')],
      TO_PODS('10.244.0.0/16'),
      TO_PODS('10.96.0.0/16'),
      {
        remaining: [`egress-reaches-cluster in ${IN.policy}`],
      },
    ],
    [
      'a fault of a policy is mended',
      [PRODUCTION, WEATHER, TO_PODS('10.244.0.0/16')],
      TO_PODS('10.244.0.0/16'),
      CLOSED,
      {},
    ],
    [
      'the only policy is deleted',
      closedWorld,
      CLOSED,
      undefined,
      { brought: [...NOT_ISOLATED, `policy-removal in ${IN.policy}`] },
    ],
    ['one of two policies is deleted', [...closedWorld, NOBODY], CLOSED, undefined, {}],
    ['the policy that opens is deleted', [...closedWorld, ANYBODY], ANYBODY, undefined, {}],
    [
      'the policy of a server that was open already is deleted',
      [PRODUCTION, WEATHER, NO_EGRESS],
      NO_EGRESS,
      undefined,
      {
        brought: [`ingress-not-isolated in ${IN.weather}`],
        remaining: [`egress-not-isolated in ${IN.weather}`],
      },
    ],
    [
      'a pod label is moved',
      closedWorld,
      WEATHER,
      server('weather-2'),
      { brought: [...NOT_ISOLATED, `policy-removal in ${IN.weather}`] },
    ],
    ['an open server is edited', [PRODUCTION, WEATHER], WEATHER, WEATHER, { remaining: NOT_ISOLATED }],
    ['an open server is created', [PRODUCTION], undefined, WEATHER, { brought: NOT_ISOLATED }],
    ['an open server is deleted', [PRODUCTION, WEATHER], WEATHER, undefined, {}],
    [
      'a workload that is no server is created',
      [PRODUCTION],
      undefined,
      read('{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: tools}, spec: {}}'),
      {},
    ],
    [
      'a namespace is relabelled away from its gateway',
      closedWorld,
      PRODUCTION,
      namespace('staging'),
      {
        brought: [`ingress-beyond-gateway in ${IN.policy}`, 'policy-removal in Namespace tools'],
      },
    ],
    [
      'a namespace is relabelled to its gateway',
      [namespace('staging'), WEATHER, CLOSED],
      namespace('staging'),
      PRODUCTION,
      {},
    ],
    ['a service is created for the server', closedWorld, undefined, service('selector: {app: weather}'), {}],
    [
      'a service that publishes is created',
      closedWorld,
      undefined,
      service('selector: {app: weather}, type: NodePort'),
      {
        brought: ['service-exposed in Service tools/weather'],
      },
    ],
    [
      'a service is published',
      [...closedWorld, service('selector: {app: weather}')],
      service('selector: {app: weather}'),
      service('selector: {app: weather}, type: LoadBalancer'),
      {
        brought: ['service-exposed in Service tools/weather', 'policy-removal in Service tools/weather'],
      },
    ],
    [
      'a published service turns to the server',
      [...closedWorld, service('selector: {app: web}, type: NodePort')],
      service('selector: {app: web}, type: NodePort'),
      service('selector: {app: weather}, type: NodePort'),
      {
        brought: ['service-exposed in Service tools/weather', 'policy-removal in Service tools/weather'],
      },
    ],
    [
      'a published service turns away',
      [...closedWorld, service('selector: {app: weather}, type: NodePort')],
      service('selector: {app: weather}, type: NodePort'),
      service('selector: {app: web}, type: NodePort'),
      {},
    ],
    [
      'a route through the gateway is added',
      [...closedWorld, service('selector: {app: weather}')],
      undefined,
      ingress('mcp'),
      {},
    ],
    [
      'a route past the gateway is added',
      [...closedWorld, service('selector: {app: weather}')],
      undefined,
      ingress('nginx'),
      {
        brought: ['route-bypasses-gateway in Ingress tools/weather'],
      },
    ],
    [
      'a route is added that leads there by a backend, which selects the Service by its labels',
      [...closedWorld, SPEAKING, SELECTING],
      undefined,
      TO_SELECTING,
      { brought: ['route-bypasses-gateway in Ingress edge/r'] },
    ],
    [
      'a Service gets labels by which a route leads there',
      [...closedWorld, service('selector: {app: weather}'), SELECTING, TO_SELECTING],
      service('selector: {app: weather}'),
      SPEAKING,
      { brought: ['route-bypasses-gateway in Ingress edge/r', 'policy-removal in Service tools/weather'] },
    ],
    [
      'a route refers to another namespace, where nothing lets it',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS],
      undefined,
      REFERRING,
      {},
    ],
    [
      'a route refers to another namespace, where a grant lets it',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, LETTING('HTTPRoute')],
      undefined,
      REFERRING,
      { brought: ['route-bypasses-gateway in HTTPRoute edge/r'] },
    ],
    [
      'a grant lets a route refer to the server',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, REFERRING],
      undefined,
      LETTING('HTTPRoute'),
      { brought: ['route-bypasses-gateway in HTTPRoute edge/r'] },
    ],
    [
      'a grant turns to a route that refers to the server',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, REFERRING],
      LETTING('HTTPRoute', 'other'),
      LETTING('HTTPRoute'),
      {
        brought: ['route-bypasses-gateway in HTTPRoute edge/r', 'policy-removal in ReferenceGrant tools/g'],
      },
    ],
    [
      'a grant lets other routes refer to the server',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, REFERRING],
      undefined,
      LETTING('GRPCRoute'),
      {},
    ],
    [
      'a route turns to the server from a Service of another namespace',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, LETTING('HTTPRoute')],
      read(`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: edge},
  spec: {parentRefs: [{name: public}], rules: [{backendRefs: [{name: web}]}]}}`),
      REFERRING,
      { brought: ['route-bypasses-gateway in HTTPRoute edge/r', 'policy-removal in HTTPRoute edge/r'] },
    ],
    [
      'error pages turn to the server',
      [...closedWorld, service('selector: {app: weather}'), WITH_PAGES],
      PAGES('{name: web}'),
      PAGES('{name: weather, namespace: tools}'),
      {
        brought: ['route-bypasses-gateway in IngressRoute edge/web', 'policy-removal in Middleware edge/pages'],
      },
    ],
    [
      'error pages turn away from the server',
      [...closedWorld, service('selector: {app: weather}'), WITH_PAGES],
      PAGES('{name: weather, namespace: tools}'),
      PAGES('{name: web}'),
      {},
    ],
    [
      'a grant goes',
      [...closedWorld, service('selector: {app: weather}'), ALL_GRANTS, REFERRING],
      LETTING('HTTPRoute'),
      undefined,
      {},
    ],
    [
      'a route turns past the gateway',
      [...closedWorld, service('selector: {app: weather}'), ingress('mcp')],
      ingress('mcp'),
      ingress('nginx'),
      {
        brought: ['route-bypasses-gateway in Ingress tools/weather', 'policy-removal in Ingress tools/weather'],
      },
    ],
  ])('%s', (_title, objects, old, new_, said) => {
    const change = { ...(old && { before: old }), ...(new_ && { after: new_ }) };
    const expected = { brought: [], remaining: [], ...said };
    const before = buildWorld(objects);
    expect(judged(before, change)).toEqual(expected);
    // The cache may be behind, ahead, or without the object: the answer is the same.
    expect(judged(overlay(before, change), change)).toEqual(expected);
  });
});

describe('An object that gives policies of other APIs a meaning bears on the servers that these may select:', () => {
  const calico = (kind: string, name: string, more: string): KubeObject =>
    read(`{apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: {name: ${name}${more}}`);
  const TIER = calico('Tier', 'security', '}, spec: {order: 1}');
  const SET = calico('GlobalNetworkSet', 'office', ', labels: {office: a}}, spec: {nets: [192.0.2.0/24]}');
  const GROUP = read(
    '{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: office}, spec: {externalCIDRs: [192.0.2.0/24]}}',
  );
  const OF_TIER = calico(
    'GlobalNetworkPolicy',
    'security.a',
    "}, spec: {tier: security, selector: 'app == ''weather'''}",
  );
  const OF_DEFAULT = calico('NetworkPolicy', 'default.b', ", namespace: tools}, spec: {selector: 'app == ''other'''}");
  const OF_CILIUM = read(`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: tools},
    spec: {endpointSelector: {matchLabels: {app: third}}, egress: [{toCIDRSet: [{cidrGroupRef: office}]}]}}`);
  const SERVERS = ['weather', 'other', 'third'].map(app => server(app, app));
  const WORLD = buildWorld([PRODUCTION, ...SERVERS, OF_TIER, OF_DEFAULT, OF_CILIUM]);

  it.each<readonly [string, KubeObject, readonly string[]]>([
    ['a Tier', TIER, ['weather']],
    ['a set of networks', SET, ['weather', 'other']],
    ['a group of blocks', GROUP, ['third']],
  ])('%s', (_what, object, expected) => {
    const affects = affectedIn(WORLD, { after: object }).get('tools');
    const borne = SERVERS.filter(workload => isWorkload(workload) && affects?.(workload));
    expect(borne.map(({ meta }) => meta.name)).toEqual(expected);
  });

  it('a policy of the cluster that names its namespaces has no other looked at', () => {
    const looked: string[] = [];
    const world = {
      ...WORLD,
      namespace: (name: string) => {
        looked.push(name);
        return WORLD.namespace(name);
      },
    };
    const named =
      read(`{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: a}, spec: {
      tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: elsewhere}}}}}`);
    expect([[...affectedIn(world, { after: named }).keys()], looked]).toEqual([['elsewhere'], ['elsewhere']]);
  });
});

describe('Two steps are judged one after the other:', () => {
  const steps = (...changes: readonly Change[]): readonly Said[] => {
    let world = buildWorld(closedWorld);
    return changes.map(change => {
      const said = judged(world, change);
      world = overlay(world, change);
      return said;
    });
  };
  const none: Said = { brought: [], remaining: [] };

  it('a policy that is replaced by another one, in the right order', () => {
    expect(steps({ after: NOBODY }, { before: CLOSED })).toEqual([none, none]);
  });

  it('a policy that is replaced by another one, in the wrong order', () => {
    const removed = { brought: [...NOT_ISOLATED, `policy-removal in ${IN.policy}`], remaining: [] };
    expect(steps({ before: CLOSED }, { after: NOBODY })).toEqual([removed, none]);
  });

  it('an opening in two edits that look harmless is refused at the second', () => {
    const wide = policy(
      'wide',
      'policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16, 10.96.0.0/12]}}]}]',
    );
    const rest = policy('rest', 'policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.0.0/17}}]}]');
    expect(steps({ after: wide }, { after: rest })).toEqual([
      none,
      { brought: ['egress-reaches-cluster in NetworkPolicy tools/rest'], remaining: [] },
    ]);
  });

  it('a server that is opened and closed again', () => {
    expect(steps({ after: ANYBODY }, { before: ANYBODY })).toEqual([
      { brought: [`ingress-beyond-gateway in ${IN.open}`], remaining: [] },
      none,
    ]);
  });
});

it('No change at all judges nothing', () => {
  expect(judgeChange(judge, buildWorld(closedWorld), {})).toEqual({
    servers: [],
    brought: [],
    remaining: [],
    causes: [],
  });
});

it('A change that hides a server from judgement says why', () => {
  const cilium = read(
    '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a, namespace: tools}, spec: {}}',
  );
  const { brought, causes } = judgeChange(judge, buildWorld(closedWorld), { after: cilium });
  expect(brought).toEqual([]);
  expect(causes.map(({ code, object }) => `${code} ${refText(object)}`)).toEqual([
    'foreign-policy CiliumNetworkPolicy.cilium.io tools/a',
  ]);
});

describe('A server is told once', () => {
  const template = (labels: string): string =>
    `metadata: {labels: {${labels}, chokepoint.dev/mcp-server: "true"}}, spec: {containers: [{name: server, image: a, ports: [{name: mcp, containerPort: 8080}]}]}`;
  const made = (kind: string, name: string, owner: string, spec: string, labels: string): KubeObject =>
    read(`{apiVersion: ${kind === 'Pod' ? 'v1' : 'apps/v1'}, kind: ${kind}, metadata: {name: ${name}, namespace: tools, uid: ${name},
      labels: {${labels}, chokepoint.dev/mcp-server: "true"},
      ownerReferences: [{apiVersion: apps/v1, kind: ${owner.split(' ')[0]}, name: ${owner.split(' ')[1]}, uid: u, controller: true}]}, spec: {${spec}}}`);
  const HASHED = 'app: weather, pod-template-hash: abc';
  const SET = made('ReplicaSet', 'weather-abc', 'Deployment weather', `template: {${template(HASHED)}}`, HASHED);
  const POD = made(
    'Pod',
    'weather-abc-1',
    'ReplicaSet weather-abc',
    'containers: [{name: server, image: a, ports: [{name: mcp, containerPort: 8080}]}]',
    HASHED,
  );
  const subjects = (world: World, change: Change): readonly string[] =>
    judgeChange(judge, world, change).servers.map(({ after }) => refText(after.subject));

  it('as the controller that made its Pods, where that was closed', () => {
    const world = buildWorld([PRODUCTION, WEATHER, SET, POD, CLOSED]);
    expect(subjects(world, { before: CLOSED })).toEqual([IN.weather]);
  });

  it('as what a policy alone had closed, where the controller was open already', () => {
    const ofTheSet =
      read(`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: set, namespace: tools},
      spec: {podSelector: {matchLabels: {pod-template-hash: abc}}, policyTypes: [Ingress, Egress]}}`);
    const world = buildWorld([PRODUCTION, WEATHER, SET, POD, ofTheSet]);
    expect(subjects(world, { before: ofTheSet })).toEqual([IN.weather, 'ReplicaSet tools/weather-abc']);
    const { brought } = judgeChange(judge, world, { before: ofTheSet });
    expect(new Set(brought.map(({ subject }) => refText(subject)))).toEqual(new Set(['ReplicaSet tools/weather-abc']));
  });
});
