import { describe, expect, it } from 'vitest';
import { createGatePolicyReader } from '../../src/adapters/config/document.ts';
import { judgeChange } from '../../src/core/change.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { refText } from '../../src/core/explain.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { buildWorld, type Change, overlay, type World } from '../../src/core/world.ts';
import { decoded } from '../support/workload.ts';
import { parseYaml } from '../support/yaml.ts';

const read = (text: string): KubeObject => decoded(parseYaml(text)[0] as Record<string, unknown>);

const GATE = `
apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  gateways:
  - name: envoy
    servesNamespaces: {matchLabels: {environment: production}}
    from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}
      podSelector: {matchLabels: {app: envoy}}
  protectedNetworks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.0.0/24], controlPlane: []}
  routes: {ingressClasses: [mcp]}
`;
const judge = createJudge(createGatePolicyReader()(GATE, 'gate').policy ?? expect.fail('no policy'));

const namespace = (environment: string): KubeObject =>
  read(`{apiVersion: v1, kind: Namespace, metadata: {name: tools, labels: {environment: ${environment}}}}`);
const server = (app: string, name = 'weather'): KubeObject =>
  read(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: tools}, spec: {template: {
    metadata: {labels: {app: ${app}, chokepoint.dev/mcp-server: "true"}},
    spec: {containers: [{name: server, image: a, ports: [{name: mcp, containerPort: 8080}]}]}}}}`);
const policy = (name: string, spec: string, app = 'weather'): KubeObject =>
  read(`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: tools},
    spec: {podSelector: {matchLabels: {app: ${app}}}, ${spec}}}`);
const service = (spec: string): KubeObject =>
  read(
    `{apiVersion: v1, kind: Service, metadata: {name: weather, namespace: tools}, spec: {ports: [{port: 80}], ${spec}}}`,
  );
const ingress = (className: string): KubeObject =>
  read(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: weather, namespace: tools},
    spec: {ingressClassName: ${className}, defaultBackend: {service: {name: weather}}}}`);

const FROM_GATEWAY =
  'ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}, podSelector: {matchLabels: {app: envoy}}}]}]';
const CLOSED = policy('weather', `policyTypes: [Ingress, Egress], ${FROM_GATEWAY}`);
const NO_EGRESS = policy('weather', `policyTypes: [Ingress], ${FROM_GATEWAY}`);
const TO_PODS = (block: string): KubeObject =>
  policy('weather', `policyTypes: [Ingress, Egress], ${FROM_GATEWAY}, egress: [{to: [{ipBlock: {cidr: ${block}}}]}]`);
const ANYBODY = policy('open', 'policyTypes: [Ingress], ingress: [{}]');
const NOBODY = policy('deny-all', 'policyTypes: [Ingress, Egress]');

const PRODUCTION = namespace('production');
const WEATHER = server('weather');

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
    'foreign-policy CiliumNetworkPolicy tools/a',
  ]);
});
