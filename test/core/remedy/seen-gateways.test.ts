import { describe, expect, it } from 'vitest';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { Grant } from '../../../src/core/gate/types.ts';
import { selectorText } from '../../../src/core/kube/selector.ts';
import { gatewaysSeenIn, isGatewayUnknown, shownGateways } from '../../../src/core/remedy/seen-gateways.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import type { World } from '../../../src/core/world/world.ts';
import { decoded, type Sketch, workload, workloadManifest } from '../../support/workload.ts';

type Manifest = Record<string, unknown>;

const { policy: POLICY = expect.fail('no policy') } = resolveGatePolicy({ spec: {} }, BUILTIN_DATA);

const SERVER: Sketch = { called: 'fetch', namespace: 'tools', labels: { app: 'fetch' }, ports: ['8080'] };
const worldOf = (...manifests: readonly Manifest[]): World =>
  buildWorld([workloadManifest(SERVER), ...manifests].map(manifest => decoded(manifest)));

const NAME_KEY = 'kubernetes.io/metadata.name=';
/** `name namespace/labels` of each grant. */
const told = (grants: readonly Grant[]): readonly string[] =>
  grants.map(({ name, peers }) => {
    const [peer] = peers;
    if (peer?.kind !== 'pods' || peer.namespaces === 'own') throw new Error('no pods');
    return `${name} ${selectorText(peer.namespaces).replace(NAME_KEY, '')}/${selectorText(peer.pods)}`;
  });

/** The gateways of the server that a world of these shows. */
function seen(kind: 'input' | 'cluster', ...manifests: readonly Manifest[]): readonly string[] {
  const { gateways } = gatewaysSeenIn(worldOf(...manifests), kind, POLICY)(workload(SERVER));
  expect(gateways.kind).toBe('seen');
  return told(gateways.grants);
}

const AGENT = { 'gateway.networking.k8s.io/gateway-class-name': 'agentgateway' };
const AGENT_TEXT = 'gateway.networking.k8s.io/gateway-class-name=agentgateway';
const TRAEFIK = { 'app.kubernetes.io/name': 'traefik' };
const ENVOY = {
  'app.kubernetes.io/name': 'envoy',
  'app.kubernetes.io/component': 'proxy',
  'app.kubernetes.io/managed-by': 'envoy-gateway',
};
const ENVOY_TEXT =
  'app.kubernetes.io/name=envoy,app.kubernetes.io/component=proxy,app.kubernetes.io/managed-by=envoy-gateway';
const NGINX = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' };
const NGINX_TEXT = 'app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller';

const pods = (namespace: string, labels: Readonly<Record<string, string>>, more: Sketch = {}): Manifest =>
  workloadManifest({ called: 'proxy', namespace, labels, ...more });
const image = (image: string, more: Sketch = {}): Manifest => pods('edge', { app: 'proxy' }, { image, ...more });
const onNode = (manifest: Manifest): Manifest => {
  const { spec, ...rest } = structuredClone(manifest) as Manifest & { spec: { template: { spec: object } } };
  return { ...rest, spec: { template: { ...spec.template, spec: { ...spec.template.spec, hostNetwork: true } } } };
};
const terminating = (manifest: Manifest): Manifest => ({
  ...manifest,
  metadata: { ...(manifest.metadata as object), deletionTimestamp: '2026-01-01T00:00:00Z' },
});

describe('Files show a gateway', () => {
  it.each<[what: string, shown: Manifest, grants: readonly string[]]>([
    ['by documented labels, wherever it stands', pods('edge', AGENT), [`agentgateway edge/${AGENT_TEXT}`]],
    ['by its image', image('docker.io/apache/apisix:3'), ['apisix edge/app=proxy']],
    ['by its image without a registry', image('kong'), ['kong edge/app=proxy']],
    ['by its image, whatever its case', image('registry.example.com/Apache/APISIX'), ['apisix edge/app=proxy']],
    ['by its name', pods('edge', { app: 'proxy' }, { called: 'agentgateway' }), ['agentgateway edge/app=proxy']],
    [
      'by the last words of its name',
      pods('edge', { app: 'proxy' }, { called: 'Team-MetaMCP' }),
      ['mcp-gateway edge/app=proxy'],
    ],
    [
      'by what every container runs',
      pods(
        'edge',
        { app: 'proxy' },
        {
          containers: [
            { name: 'a', image: 'kong' },
            { name: 'b', image: 'kong/kong-gateway' },
          ],
        },
      ),
      ['kong edge/app=proxy'],
    ],
    [
      'whatever prepares it',
      pods('edge', { app: 'proxy' }, { containers: [{ image: 'kong' }], init: [{ name: 'init', image: 'busybox' }] }),
      ['kong edge/app=proxy'],
    ],
    ['by nothing of its kind', image('nginx'), []],
    ['not by a name that only ends like it', pods('edge', { app: 'proxy' }, { called: 'notagentgateway' }), []],
    ['not by a repository that only ends like it', image('example.com/pingkong'), []],
    [
      'not beside another program',
      pods(
        'edge',
        { app: 'proxy' },
        {
          containers: [
            { name: 'a', image: 'kong' },
            { name: 'b', image: 'app' },
          ],
        },
      ),
      [],
    ],
    ['not by some of its documented labels', pods('edge', { 'app.kubernetes.io/name': 'envoy' }), []],
    ['not where no label tells its pods apart', pods('edge', {}, { image: 'kong' }), []],
    ['not on the network of its node', onNode(pods('edge', AGENT)), []],
    ['not once it goes', terminating(pods('edge', AGENT)), []],
    [
      'not as what a controller makes',
      pods('edge', AGENT, { kind: 'ReplicaSet', owners: ['apps/v1 Deployment x'] }),
      [],
    ],
    ['not in the namespace of the server', pods('tools', AGENT), []],
  ])('%s', (_, shown, grants) => {
    expect(seen('input', shown)).toEqual(grants);
  });

  it('once, where two workloads have the same pods', () => {
    expect(seen('input', pods('edge', AGENT), pods('edge', AGENT, { called: 'other' }))).toEqual([
      `agentgateway edge/${AGENT_TEXT}`,
    ]);
  });

  it('and why it is one', () => {
    const { gateways } = gatewaysSeenIn(worldOf(pods('edge', AGENT)), 'input', POLICY)(workload(SERVER));
    expect(gateways.grants[0]).toMatchObject({ reason: 'Deployment edge/proxy', ports: { kind: 'any' } });
  });
});

describe('A cluster shows a gateway', () => {
  it.each<[what: string, shown: Manifest, grants: readonly string[]]>([
    [
      'by documented labels in its usual namespace',
      pods('agentgateway-system', AGENT),
      [`agentgateway agentgateway-system/${AGENT_TEXT}`],
    ],
    [
      'in each of its usual namespaces',
      pods('istio-ingress', { istio: 'ingressgateway' }),
      ['istio-ingressgateway istio-ingress/istio=ingressgateway'],
    ],
    ['not elsewhere', pods('edge', AGENT), []],
    ['not in the usual namespace of another', pods('traefik', AGENT), []],
    ['not by its image', pods('traefik', { app: 'proxy' }, { image: 'traefik' }), []],
    ['not by its name', pods('agentgateway-system', { app: 'x' }, { called: 'agentgateway' }), []],
    ['not on the network of its node', onNode(pods('traefik', TRAEFIK)), []],
    ['not once it goes', terminating(pods('traefik', TRAEFIK)), []],
  ])('%s', (_, shown, grants) => {
    expect(seen('cluster', shown)).toEqual(grants);
  });
});

describe('Of several', () => {
  const service = (name: string, app = 'fetch'): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'tools' },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  });
  const ingress = (ingressClassName: string, name = 'fetch', namespace = 'tools'): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'to-it', namespace },
    spec: { ingressClassName, defaultBackend: { service: { name, port: { number: 80 } } } },
  });
  const route = (namespace: string, name: string): Manifest => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'to-it', namespace: 'tools' },
    spec: { parentRefs: [{ name, namespace }], rules: [{ backendRefs: [{ name: 'fetch', port: 80 }] }] },
  });
  const [AGENTS, TRAEFIKS, NGINXES] = [pods('edge', AGENT), pods('traefik', TRAEFIK), pods('ingress-nginx', NGINX)];
  const [AGENTS_TOLD, TRAEFIKS_TOLD, NGINXES_TOLD] = [
    `agentgateway edge/${AGENT_TEXT}`,
    'traefik traefik/app.kubernetes.io/name=traefik',
    `ingress-nginx ingress-nginx/${NGINX_TEXT}`,
  ];
  const envoys = (namespace: string, labels: Readonly<Record<string, string>> = {}): Manifest =>
    pods(namespace, { ...ENVOY, ...labels });
  const OWNING = {
    'gateway.envoyproxy.io/owning-gateway-namespace': 'infra',
    'gateway.envoyproxy.io/owning-gateway-name': 'main',
  };
  const OF_GATEWAY = { 'gateway.networking.k8s.io/gateway-name': 'main' };

  it.each<[what: string, manifests: readonly Manifest[], grants: readonly string[]]>([
    ['all are taken that nothing tells apart', [NGINXES, TRAEFIKS], [NGINXES_TOLD, TRAEFIKS_TOLD]],
    ['that one goes first which is made for MCP', [NGINXES, AGENTS, TRAEFIKS], [AGENTS_TOLD]],
    [
      'that one goes first which a route leads through',
      [NGINXES, TRAEFIKS, service('fetch'), ingress('traefik')],
      [TRAEFIKS_TOLD],
    ],
    [
      'one made for MCP goes before one on a route',
      [AGENTS, TRAEFIKS, service('fetch'), ingress('traefik')],
      [AGENTS_TOLD],
    ],
    [
      'a route through something else tells nothing',
      [NGINXES, TRAEFIKS, service('fetch'), ingress('kong')],
      [NGINXES_TOLD, TRAEFIKS_TOLD],
    ],
    [
      'a route to another Service tells nothing',
      [NGINXES, TRAEFIKS, service('fetch'), service('other', 'other'), ingress('traefik', 'other')],
      [NGINXES_TOLD, TRAEFIKS_TOLD],
    ],
    [
      'a route of another namespace tells nothing',
      [NGINXES, TRAEFIKS, service('fetch'), ingress('traefik', 'fetch', 'shop')],
      [NGINXES_TOLD, TRAEFIKS_TOLD],
    ],
    [
      'a route without its Service tells nothing',
      [NGINXES, TRAEFIKS, ingress('traefik')],
      [NGINXES_TOLD, TRAEFIKS_TOLD],
    ],
    [
      'the pods of the Gateway of a route go first',
      [TRAEFIKS, envoys('edge', OF_GATEWAY), service('fetch'), route('edge', 'main')],
      [`envoy-gateway edge/${ENVOY_TEXT}`],
    ],
    [
      'pods of a Gateway of this name in another namespace do not',
      [TRAEFIKS, envoys('edge', OF_GATEWAY), service('fetch'), route('infra', 'main')],
      [`envoy-gateway edge/${ENVOY_TEXT}`, TRAEFIKS_TOLD],
    ],
    [
      'pods of another Gateway do not',
      [TRAEFIKS, envoys('edge', OF_GATEWAY), service('fetch'), route('edge', 'other')],
      [`envoy-gateway edge/${ENVOY_TEXT}`, TRAEFIKS_TOLD],
    ],
    [
      'pods that name their Gateway by labels of the product go first',
      [NGINXES, TRAEFIKS, envoys('envoy-gateway-system', OWNING), service('fetch'), route('infra', 'main')],
      [`envoy-gateway envoy-gateway-system/${ENVOY_TEXT}`],
    ],
    [
      'pods that name another Gateway so do not',
      [TRAEFIKS, envoys('envoy-gateway-system', OWNING), service('fetch'), route('infra', 'other')],
      [`envoy-gateway envoy-gateway-system/${ENVOY_TEXT}`, TRAEFIKS_TOLD],
    ],
    [
      'pods that name it so outside the namespace of the product do not',
      [TRAEFIKS, envoys('elsewhere', OWNING), service('fetch'), route('infra', 'main')],
      [`envoy-gateway elsewhere/${ENVOY_TEXT}`, TRAEFIKS_TOLD],
    ],
  ])('%s', (_, manifests, grants) => {
    expect([...seen('input', ...manifests)].sort()).toEqual([...grants].sort());
  });
});

describe('To choose from there are', () => {
  const products = POLICY.gateways.kind === 'assumed' ? POLICY.gateways.products : [];
  const shown = (kind: 'input' | 'cluster', isServer: (name: string) => boolean, ...manifests: readonly Manifest[]) =>
    told(shownGateways(worldOf(...manifests), kind, products, ({ meta }) => isServer(meta.name)));
  const none = (): boolean => false;
  const BOTH = [pods('traefik', TRAEFIK), pods('agentgateway-system', AGENT, { called: 'agents' })];

  it('those that are made for MCP alone, where there are some', () => {
    expect(shown('cluster', none, ...BOTH)).toEqual([`agentgateway agentgateway-system/${AGENT_TEXT}`]);
  });

  it('all others, where there are none', () => {
    expect(shown('cluster', none, pods('traefik', TRAEFIK), pods('ingress-nginx', NGINX))).toHaveLength(2);
  });

  it('no servers, whatever they look like', () => {
    expect(shown('cluster', name => name === 'agents', ...BOTH)).toEqual([
      'traefik traefik/app.kubernetes.io/name=traefik',
    ]);
  });

  it('each pods once, in files those of the server too', () => {
    const twice = [pods('tools', AGENT), pods('tools', AGENT, { called: 'other' })];
    expect(shown('input', none, ...twice)).toEqual([`agentgateway tools/${AGENT_TEXT}`]);
  });
});

it('A server is no gateway of another, whatever it looks like', () => {
  const settle = gatewaysSeenIn(worldOf(pods('edge', AGENT)), 'input', POLICY, ({ meta }) => meta.name === 'proxy');
  const written = settle(workload(SERVER));
  expect([told(written.gateways.grants), isGatewayUnknown(written)]).toEqual([[], true]);
});

it('Configured gateways are all there are', () => {
  const from = [
    {
      podSelector: { matchLabels: { app: 'own' } },
      namespaceSelector: { matchLabels: { [NAME_KEY.slice(0, -1)]: 'own' } },
    },
  ];
  const { policy = expect.fail('no policy') } = resolveGatePolicy(
    { spec: { gateways: [{ name: 'own', from }] } },
    BUILTIN_DATA,
  );
  const written = gatewaysSeenIn(worldOf(pods('edge', AGENT)), 'input', policy)(workload(SERVER));
  expect([told(written.gateways.grants), isGatewayUnknown(written)]).toEqual([['own own/app=own'], false]);
});

describe('The DNS of OpenShift is written', () => {
  const dns = (kind: 'input' | 'cluster', spec: object, ...manifests: readonly Manifest[]): readonly string[] => {
    const { policy = expect.fail('no policy') } = resolveGatePolicy({ spec }, BUILTIN_DATA);
    return gatewaysSeenIn(
      worldOf(...manifests),
      kind,
      policy,
    )(workload(SERVER)).allowedDestinations.map(({ name }) => name);
  };
  const space = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const policy = (peer: object, types: readonly string[] = ['Egress']): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p', namespace: 'tools' },
    spec: { podSelector: {}, policyTypes: types, egress: [{ to: [peer] }] },
  });
  const toNamespace = (name: string): object => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });

  it.each<[what: string, kind: 'input' | 'cluster', shown: Manifest, names: readonly string[]]>([
    ['in a cluster with its namespace', 'cluster', space('openshift-dns'), ['openshift']],
    ['not in a cluster with another of its prefix', 'cluster', space('openshift-monitoring'), ['kube-dns']],
    ['for files with a namespace of its prefix', 'input', space('openshift-monitoring'), ['openshift']],
    ['for files with a policy that names it', 'input', policy(toNamespace('openshift-dns')), ['openshift']],
    ['not for files with a policy that names another', 'input', policy(toNamespace('not-openshift-dns')), ['kube-dns']],
    [
      'not for files with a policy that says nothing of egress',
      'input',
      policy(toNamespace('openshift-dns'), ['Ingress']),
      ['kube-dns'],
    ],
    ['not for files with a policy about addresses', 'input', policy({ ipBlock: { cidr: '10.0.0.0/8' } }), ['kube-dns']],
    ['not for files with a policy about pods beside it', 'input', policy({ podSelector: {} }), ['kube-dns']],
    ['not for others', 'input', space('shop'), ['kube-dns']],
  ])('%s', (_, kind, shown, names) => {
    expect(dns(kind, {}, shown)).toEqual(names);
  });

  it('not in place of what is configured', () => {
    const to = [{ podSelector: {}, ...toNamespace('kube-system') }];
    const spec = { allowedDestinations: [{ name: 'mine', to }] };
    expect(dns('cluster', spec, space('openshift-dns'))).toEqual(['mine']);
  });
});
