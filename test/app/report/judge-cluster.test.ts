import { describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import type { ClusterReading, ObservedAddress, ReadObject, Refusal } from '../../../src/app/report/cluster-reading.ts';
import { judgeCluster } from '../../../src/app/report/judge-cluster.ts';
import { refText } from '../../../src/core/explain.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { settingsFacts, UNREAD_SETTINGS } from '../../../src/core/kube/settings-maps.ts';
import { refOf } from '../../../src/core/world/refs.ts';
import { CLOSED, OPEN, SERVER } from '../../cli/manifests.ts';
import { rangesPolicy } from '../../support/ranges-policy.ts';
import { parseYaml } from '../../support/yaml.ts';

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
const NO_FACTS = { serviceCidrs: [], podCidrs: [], nodeAddresses: [], apiServerAddresses: [] };

const read = (...texts: readonly string[]): readonly ReadObject[] => {
  const decode = createDecoder();
  return texts.map(text => {
    const decoded = decode(Object(parseYaml(text)[0]));
    if (decoded.kind !== 'object') return expect.fail(text);
    return { ref: refOf(decoded.object), decoded };
  });
};

const reading = (given: Partial<ClusterReading>): ClusterReading => ({
  objects: read(NAMESPACE, SERVER, CLOSED),
  facts: NO_FACTS,
  observed: [],
  notServed: [],
  refusals: [],
  settings: [UNREAD_SETTINGS],
  blocksHoldNodes: false,
  enforcement: undefined,
  gatePolicy: undefined,
  ...given,
});

const CONFIGURED = rangesPolicy({
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/12'],
  nodes: ['192.0.2.0/24'],
  controlPlane: [],
});

const judge = (given: Partial<ClusterReading>, policy: GatePolicy = CONFIGURED, namespace?: string) =>
  judgeCluster(reading(given), { policy, policySource: 'chokepoint.yaml', namespace, needsGatePolicy: false });

const verdicts = ({ judged }: ReturnType<typeof judge>) =>
  judged.decisions.map(({ subject, verdict }) => `${refText(subject)}: ${verdict}`);
const said = ({ problems }: ReturnType<typeof judge>) =>
  problems.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

test('a server is judged by the policies of the cluster', () => {
  expect(verdicts(judge({}))).toEqual(['Deployment shop/orders: allow']);
  expect(verdicts(judge({ objects: read(NAMESPACE, SERVER, CLOSED, OPEN) }))).toEqual(['Deployment shop/orders: deny']);
});

describe("another API's policy of the same kind and name", () => {
  const CALICO = CLOSED.replace('networking.k8s.io/v1', 'crd.projectcalico.org/v1');

  test.each([
    ['after', [NAMESPACE, SERVER, CLOSED, CALICO]],
    ['before', [NAMESPACE, SERVER, CALICO, CLOSED]],
  ])('hides no NetworkPolicy that is read %s it', (_, texts) => {
    const [decision] = judge({ objects: read(...texts) }).judged.decisions;
    expect(new Set(decision?.causes.map(({ code }) => code))).toEqual(new Set(['foreign-policy']));
    expect(decision?.findings.map(({ rule }) => rule)).not.toContain('ingress-not-isolated');
  });
});

const refusal = (given: Partial<Refusal>): Refusal => ({
  verb: 'list',
  kind: '/Pod',
  resource: 'pods',
  namespace: '',
  status: 403,
  message: '',
  tells: undefined,
  ...given,
});

describe('what may not be read', () => {
  const UNCONFIGURED = builtinGatePolicy();

  test.each<[string, Refusal, GatePolicy, string]>([
    [
      'a judged kind is an error',
      refusal({ message: 'pods is forbidden: User "ann" cannot list' }),
      CONFIGURED,
      'error forbidden: may not list pods: the user needs the verb list on it (pods is forbidden: User "ann" cannot list)',
    ],
    [
      'a judged kind of one namespace says which',
      refusal({ namespace: 'shop' }),
      CONFIGURED,
      'error forbidden: may not list pods in namespace shop: the user needs the verb list on it (status 403)',
    ],
    [
      'another status is an error under its own name',
      refusal({ status: 500, message: 'etcd is away' }),
      CONFIGURED,
      'error not-readable: cannot list pods: etcd is away',
    ],
    [
      'a source of networks is an error where the configuration does not give them',
      refusal({ resource: 'nodes', tells: ['pods', 'nodes'] }),
      UNCONFIGURED,
      'error forbidden: may not list nodes: the user needs the verb list on it (status 403)',
    ],
    [
      'a source of networks is a warning where it does',
      refusal({ resource: 'nodes', tells: ['pods', 'nodes'] }),
      CONFIGURED,
      'warning forbidden: may not list nodes: the user needs the verb list on it (status 403)',
    ],
  ])('%s', (_, refused, policy, expected) => {
    expect(said(judge({ refusals: [refused] }, policy))).toEqual([expected]);
  });

  test.each([
    [true, 'error'],
    [false, 'warning'],
  ])('the GatePolicy that may not be read matters where no file configures: %s', (needsGatePolicy, severity) => {
    const refused = refusal({ resource: 'gatepolicies.chokepoint.dev', tells: 'configuration' });
    const request = { policy: CONFIGURED, policySource: 'any', namespace: undefined, needsGatePolicy };
    expect(said(judgeCluster(reading({ refusals: [refused] }), request))).toEqual([
      `${severity} forbidden: may not list gatepolicies.chokepoint.dev: the user needs the verb list on it (status 403)`,
    ]);
  });

  test.each([
    ['cilium.io/CiliumNetworkPolicy', 'ciliumnetworkpolicies.cilium.io'],
    ['policy.networking.k8s.io/AdminNetworkPolicy', 'adminnetworkpolicies.policy.networking.k8s.io'],
    ['projectcalico.org/GlobalNetworkPolicy', 'globalnetworkpolicies.projectcalico.org'],
    ['k8s.ovn.org/EgressFirewall', 'egressfirewalls.k8s.ovn.org'],
    ['crd.antrea.io/ClusterNetworkPolicy', 'clusternetworkpolicies.crd.antrea.io'],
  ])('a kind of policies is not one of which there are none: %s', (kind, resource) => {
    const { judged } = judge({ refusals: [refusal({ kind, resource })] });
    const [decision] = judged.decisions;
    const [group, name] = kind.split('/');
    expect([decision?.verdict, decision?.causes]).toEqual([
      'undetermined',
      [
        {
          code: 'foreign-policy',
          object: { kind: `${name}.${group}`, namespace: '', name: '*' },
          message: `a ${name} (${group}) that cannot be seen may select its pods: may not list ${resource}: the user needs the verb list on it (status 403)`,
        },
      ],
    ]);
    expect(judged.count).toBe(3);
  });

  test('sets of networks matter where policies of Calico refer to them', () => {
    const refusals = [refusal({ kind: 'projectcalico.org/GlobalNetworkSet', resource: 'globalnetworksets' })];
    expect(verdicts(judge({ refusals }))).toEqual(['Deployment shop/orders: allow']);
    const policy = `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {namespace: shop, name: c}\nspec: {selector: all(), types: [Ingress], ingress: [{action: Allow, source: {selector: role == 'x'}}]}`;
    const objects = read(NAMESPACE, SERVER, CLOSED, policy);
    expect(verdicts(judge({ objects, refusals }))).toEqual(['Deployment shop/orders: undetermined']);
  });

  test('nobody is judged without the NetworkPolicies: everybody would seem to have none', () => {
    const refusals = [refusal({ resource: 'networkpolicies.networking.k8s.io' })];
    expect(verdicts(judge({ objects: read(NAMESPACE, SERVER), refusals }))).toEqual([]);
  });
});

describe('policies of a gateway that may not be listed', () => {
  const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: orders, port: 80}]}]}`;
  const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: eg, listeners: [{name: https}]}`;
  const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {selector: {app: orders}, ports: [{port: 80}]}`;
  const objects = read(NAMESPACE, SERVER, CLOSED, ROUTE, GATEWAY, SERVICE);
  const saidOfCallers = (refusals: readonly Refusal[]): readonly string[] =>
    judge({ objects, refusals }).judged.decisions.flatMap(({ findings }) =>
      findings.filter(({ rule }) => rule === 'gateway-unauthenticated').map(({ message }) => message),
    );
  const kind = 'gateway.envoyproxy.io/SecurityPolicy';
  const resource = 'securitypolicies.gateway.envoyproxy.io';
  const WAY = 'HTTPRoute shop/orders through Gateway shop/edge';

  test.each([
    [
      'all are listed: nobody asks',
      [],
      `${WAY} lets callers in without authentication: no policy asks who the caller is`,
    ],
    [
      'they may not be listed: it cannot be told, and the right is named',
      [refusal({ kind, resource })],
      `whether ${WAY} asks callers who they are cannot be told: the right to list ${resource} is missing`,
    ],
    [
      'they cannot be listed: it cannot be told',
      [refusal({ kind, resource, status: 503 })],
      `whether ${WAY} asks callers who they are cannot be told: ${resource} cannot be listed`,
    ],
  ])('%s', (_, refusals, expected) => {
    expect(saidOfCallers(refusals)).toEqual([expected]);
  });
});

describe('what the ConfigMap of ingress-nginx asks of every Ingress', () => {
  const objects = read(
    NAMESPACE,
    SERVER,
    CLOSED,
    '{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: public}, spec: {controller: k8s.io/ingress-nginx}}',
    '{apiVersion: v1, kind: Service, metadata: {name: orders, namespace: shop}, spec: {selector: {app: orders}, ports: [{port: 80}]}}',
    `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: orders, namespace: shop}
spec: {ingressClassName: public, defaultBackend: {service: {name: orders, port: {number: 80}}}}`,
  );
  const map = { family: 'ingress-nginx', namespace: 'ingress-nginx', name: 'edge' } as const;
  const WAY = 'whether Ingress shop/orders through ingress class public asks callers who they are cannot be told: ';
  const OPEN =
    'Ingress shop/orders through ingress class public lets callers in without authentication: no policy asks who the caller is';

  test.each([
    [
      'is not known where no controller is',
      [UNREAD_SETTINGS],
      [
        `${WAY}the ConfigMap of ingress-nginx, which may ask it everywhere, is not known: no controller names it where they usually run`,
      ],
    ],
    [
      'is not known where it may not be read',
      settingsFacts([{ map, object: undefined, unread: 'the right to get it is missing' }]),
      [
        `${WAY}the ConfigMap ingress-nginx/edge of ingress-nginx, which may ask it everywhere, is not read: the right to get it is missing`,
      ],
    ],
    ['counts', settingsFacts([{ map, object: { data: { 'global-auth-url': 'https://auth.example.com' } } }]), []],
    ['is nothing where it asks nothing', settingsFacts([{ map, object: { data: { 'use-gzip': 'true' } } }]), [OPEN]],
    ['is nothing where it is not there', settingsFacts([{ map, object: undefined }]), [OPEN]],
  ])('%s', (_, settings, expected) => {
    const found = judge({ objects, settings }).judged.decisions.flatMap(({ findings }) => findings);
    expect(found.filter(({ rule }) => rule === 'gateway-unauthenticated').map(({ message }) => message)).toEqual(
      expected,
    );
  });
});

describe('the entry points of a Traefik', () => {
  const ROUTE = `
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: orders, namespace: shop}
spec: {entryPoints: [websecure], routes: [{match: x, services: [{name: orders, port: 80}]}]}`;
  const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {selector: {app: orders}, ports: [{port: 80}]}`;
  const traefikIn = (namespace: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: traefik}}
  template:
    metadata: {labels: {app: traefik}}
    spec:
      containers: [{name: traefik, image: 'traefik:v3.7', args: ['--entrypoints.websecure.http.middlewares=edge-auth@kubernetescrd']}]`;
  const AUTH = `
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: auth, namespace: edge}
spec: {basicAuth: {secret: users}}`;

  test.each([
    ['traefik', 0],
    // Whoever may run Pods in a namespace of his own does not say what the gateway asks.
    ['shop', 1],
  ])('are those of a workload where it usually runs: namespace %s', (namespace, findings) => {
    const objects = read(NAMESPACE, SERVER, CLOSED, ROUTE, SERVICE, traefikIn(namespace), AUTH);
    const found = judge({ objects }).judged.decisions.flatMap(decision => decision.findings);
    expect(found.filter(({ rule }) => rule === 'gateway-unauthenticated')).toHaveLength(findings);
  });
});

describe('a namespace that is asked for', () => {
  test('and is there is no problem', () => expect(said(judge({}, CONFIGURED, 'shop'))).toEqual([]));

  test.each(['shpo', 'constructor'])('and is not there is an error: %s', namespace => {
    expect(said(judge({}, CONFIGURED, namespace))).toEqual([
      `error no-such-namespace: there is no namespace ${namespace}`,
    ]);
  });

  test('is not missed where the namespaces may not be listed', () => {
    expect(said(judge({ refusals: [refusal({ resource: 'namespaces' })] }, CONFIGURED, 'shpo'))).toHaveLength(1);
  });
});

const FACTS = {
  serviceCidrs: ['10.96.0.0/12'],
  podCidrs: ['203.0.113.0/24'],
  nodeAddresses: ['198.51.100.7'],
  apiServerAddresses: [],
};
const TO_THE_NODE = CLOSED.replace(
  '  egress:\n',
  '  egress:\n  - {to: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{protocol: TCP, port: 443}]}\n',
);

describe('networks that the cluster tells', () => {
  test('are protected where the configuration does not give their class', () => {
    const objects = read(NAMESPACE, SERVER, TO_THE_NODE);
    expect(verdicts(judge({ objects }, builtinGatePolicy()))).toEqual(['Deployment shop/orders: allow']);
    const discovered = judge({ objects, facts: FACTS }, builtinGatePolicy());
    expect(verdicts(discovered)).toEqual(['Deployment shop/orders: deny']);
    const denied = discovered.judged.decisions.flatMap(({ findings }) => findings).filter(one => one.level === 'deny');
    expect(denied.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      'egress-reaches-cluster: it may reach protected addresses (nodes): 198.51.100.7/32',
    ]);
    expect(verdicts(judge({ objects, facts: FACTS }))).toEqual(['Deployment shop/orders: allow']);
  });

  test('are reported with where they come from', () => {
    expect(judge({ facts: FACTS }, builtinGatePolicy()).networks).toEqual([
      { class: 'pods', ranges: ['203.0.113.0/24'], from: 'spec.podCIDRs of the Nodes', isWhole: false },
      { class: 'services', ranges: ['10.96.0.0/12'], from: 'spec.cidrs of the ServiceCIDRs', isWhole: true },
      {
        class: 'nodes',
        ranges: ['198.51.100.7/32'],
        from: 'InternalIP in status.addresses of the Nodes',
        isWhole: false,
      },
    ]);
    expect(judge({ facts: FACTS }).networks.map(({ from }) => from)).toEqual(Array(4).fill('chokepoint.yaml'));
  });
});

describe('an address in use', () => {
  const observed = (...texts: readonly [ObservedAddress['class'], string][]): readonly ObservedAddress[] =>
    texts.map(([name, text]) => ({ class: name, text, holder: `holder of ${text}` }));

  test.each<[string, GatePolicy, readonly ObservedAddress[], readonly string[]]>([
    ['inside its range is nothing to tell', CONFIGURED, observed(['pods', '10.244.1.2'], ['nodes', '192.0.2.9']), []],
    ['inside the range of another class is protected', CONFIGURED, observed(['pods', '192.0.2.9']), []],
    ['of a class that is not configured is nothing to tell', builtinGatePolicy(), observed(['pods', '10.1.2.3']), []],
    ['that is no address is nothing to tell', CONFIGURED, observed(['pods', ''], ['services', 'None']), []],
    [
      'outside every range is named with its class',
      CONFIGURED,
      observed(['pods', '10.245.1.2'], ['pods', '10.245.1.3']),
      [
        'warning range-incomplete: the cluster uses addresses outside the ranges that are given for pods: 10.245.1.2/31 (the first is of holder of 10.245.1.2); add their range',
      ],
    ],
    [
      'of the other family is outside',
      CONFIGURED,
      observed(['services', 'fd00::1']),
      [
        'warning range-incomplete: the cluster uses addresses outside the ranges that are given for services: fd00::1/128 (the first is of holder of fd00::1); add their range',
      ],
    ],
    [
      'of a class that is said to be empty is outside',
      CONFIGURED,
      observed(['controlPlane', '198.51.100.1']),
      [
        'warning range-incomplete: the cluster uses addresses outside the ranges that are given for controlPlane: 198.51.100.1/32 (the first is of holder of 198.51.100.1); add their range',
      ],
    ],
    [
      'may be a block, of which the part outside is named; the fifth block is counted',
      CONFIGURED,
      observed(
        ['services', '10.96.0.0/11'],
        ['services', '172.16.0.1'],
        ['services', '172.16.0.3'],
        ['services', '172.16.0.5'],
        ['services', '172.16.0.7'],
      ),
      [
        'warning range-incomplete: the cluster uses addresses outside the ranges that are given for services: 10.112.0.0/12, 172.16.0.1/32, 172.16.0.3/32, 172.16.0.5/32 and 1 more (the first is of holder of 10.96.0.0/11); add their range',
      ],
    ],
  ])('%s', (_, policy, addresses, expected) => {
    expect(said(judge({ observed: addresses }, policy))).toEqual(expected);
  });
});
