import type { Fields } from '../../src/core/kube/reading.ts';

/** A large object of one shape, the same for the same number of items. */
export type LargeShape = (items: number) => Fields;

const many = <Item>(items: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: items }, (_, index) => make(index));

/** A policy called `mcp` that selects the pods `app: mcp` of namespace `prod`. */
export function policyWith(spec: Fields, name = 'mcp', namespace = 'prod'): Fields {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels: { app: 'mcp' } }, policyTypes: ['Ingress', 'Egress'], ...spec },
  };
}

/** A Deployment called `mcp` with the pods `app: mcp` and these containers. */
export function serverWith(containers: readonly Fields[], labels: Fields = {}, name = 'mcp'): Fields {
  const metadata = { labels: { app: 'mcp', ...labels } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'prod' },
    spec: { selector: { matchLabels: { app: 'mcp' } }, template: { metadata, spec: { containers } } },
  };
}

/** The server that every policy of these shapes selects. */
export const SERVER = serverWith([{ name: 'mcp', image: 'mcp/fetch', ports: [{ name: 'mcp', containerPort: 8080 }] }]);

const podPeer = (matchExpressions: readonly Fields[]): Fields => ({ podSelector: { matchExpressions } });
const requirement = (key: string, operator: string, values?: readonly string[]): Fields => ({
  ...{ key, operator },
  ...(values && { values }),
});
const address = (index: number): string => `${11 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0`;
const privateAddress = (index: number): string => `10.${(index >> 8) & 255}.${index & 255}.0`;
const bothWays = (peers: readonly Fields[], ports?: readonly Fields[]): Fields =>
  policyWith({ ingress: [{ from: peers, ...(ports && { ports }) }], egress: [{ to: peers, ...(ports && { ports }) }] });

/** Policies that are large in one way each. */
export const LARGE_POLICIES: Readonly<Record<string, LargeShape>> = {
  'one peer with DoesNotExist on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'DoesNotExist')))]),
  'one peer with Exists on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'Exists')))]),
  'one peer with NotIn on one key many times': items =>
    bothWays([podPeer(many(items, index => requirement('k', 'NotIn', [`v${index}`])))]),
  'one peer with In on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'In', ['a', 'b'])))]),
  'one peer with In of many values': items =>
    bothWays([
      podPeer([
        requirement(
          'k',
          'In',
          many(items, index => `v${index}`),
        ),
      ]),
    ]),
  'one peer with NotIn of many values': items =>
    bothWays([
      podPeer([
        requirement(
          'other',
          'NotIn',
          many(items, index => `other-${index}`),
        ),
      ]),
    ]),
  'many peers by pods': items => bothWays(many(items, index => podPeer([requirement('app', 'In', [`v${index}`])]))),
  'many peers by namespaces and by pods in turns': items =>
    bothWays(
      many(items, index =>
        index % 2 === 0
          ? { namespaceSelector: { matchLabels: { team: `t${index}` } } }
          : { podSelector: { matchLabels: { app: `a${index}` } } },
      ),
    ),
  'many blocks outside': items => bothWays(many(items, index => ({ ipBlock: { cidr: `${address(index)}/24` } }))),
  'many blocks inside': items => bothWays(many(items, index => ({ ipBlock: { cidr: `${privateAddress(index)}/24` } }))),
  'many blocks with host bits': items =>
    bothWays(many(items, index => ({ ipBlock: { cidr: `${privateAddress(index).replace(/0$/, '1')}/24` } }))),
  'one block with many excepts': items =>
    bothWays([{ ipBlock: { cidr: '0.0.0.0/0', except: many(items, index => `${privateAddress(index * 2)}/24`) } }]),
  'many port numbers': items =>
    bothWays(
      [podPeer([])],
      many(items, index => ({ port: 1 + 2 * (index % 32_000) })),
    ),
  'many port names': items =>
    bothWays(
      [podPeer([])],
      many(items, index => ({ port: `p${index.toString(36)}` })),
    ),
  'many rules': items =>
    policyWith({
      ingress: many(items, index => ({ ports: [{ port: 1 + (index % 60_000) }] })),
      egress: many(items, () => ({})),
    }),
  'many rules that name a port': items => policyWith({ ingress: many(items, () => ({ ports: [{ port: 'mcp' }] })) }),
  'many peers by namespaces and pods, and ports': items =>
    bothWays(
      many(items, index => ({
        namespaceSelector: { matchLabels: { team: `t${index}` } },
        podSelector: { matchExpressions: [requirement('app', 'NotIn', [`a${index}`])] },
      })),
      [{ port: 'mcp' }, { protocol: 'UDP', port: 53, endPort: 60 }],
    ),
  'many blocks with an except each': items =>
    bothWays(many(items, index => ({ ipBlock: { cidr: `${address(index)}/24`, except: [`${address(index)}/25`] } }))),
  'blocks that lie in one another': items =>
    bothWays(
      many(items, index => ({
        ipBlock: { cidr: `fd00:${(index >> 7).toString(16)}::/${1 + (index % 128)}`, except: ['fd00::/127'] },
      })),
    ),
  'an annotation that asks for many exceptions': items => ({
    ...policyWith({ ingress: [{}], egress: [{}] }),
    metadata: {
      name: 'mcp',
      namespace: 'prod',
      annotations: {
        'chokepoint.dev/ignore': many(items, index => `ingress-beyond-gateway r${index} until 2027-01-31`).join('; '),
      },
    },
  }),
  'unreadable blocks': items => bothWays(many(items, index => ({ ipBlock: { cidr: `nowhere-${index}` } }))),
  'a pod selector of many requirements': items =>
    policyWith({
      podSelector: { matchExpressions: many(items, index => requirement(`k${index}`, 'DoesNotExist')) },
      ingress: [],
      egress: [],
    }),
};

const container = (index: number): Fields => ({ name: `mcp-${index}`, image: `mcp/fetch-${index}` });

/** Deployments that are large in one way each. */
export const LARGE_SERVERS: Readonly<Record<string, LargeShape>> = {
  'many containers': items => serverWith(many(items, container)),
  'many ports': items =>
    serverWith([{ ...container(0), ports: many(items, index => ({ name: `mcp${index}`, containerPort: index + 1 })) }]),
  'many variables': items =>
    serverWith([{ ...container(0), env: many(items, index => ({ name: `MCP_${index}`, value: 'x' })) }]),
  'many arguments': items => serverWith([{ ...container(0), args: many(items, index => `--mcp-${index}`) }]),
  'a script of many commands': items =>
    serverWith([
      { ...container(0), command: ['sh', '-c', many(items, index => `mcp-server-${index} --x`).join('; ')] },
    ]),
  'nested shells': items => serverWith([{ ...container(0), command: ['sh', '-c', 'sh -c '.repeat(items)] }]),
  'variables that stand for one another': items =>
    serverWith([
      {
        ...container(0),
        env: many(items, index => ({ name: `V${index}`, value: `$(V${index - 1}) $(V${index - 1}) mcp-server` })),
        command: ['sh', '-c', `$(V${items - 1})`],
      },
    ]),
  'containers of variables that double': items =>
    serverWith(
      many(items, index => ({
        ...container(index),
        env: many(18, name => ({
          name: `V${name}`,
          value: name === 0 ? 'mcp-server ' : `$(V${name - 1})$(V${name - 1})`,
        })),
        command: ['sh', '-c', '$(V17)'],
      })),
    ),
  'containers of scripts that double': items =>
    serverWith(
      many(items, index => ({
        ...container(index),
        command: ['sh', '-c', `a='mcp-server; '; ${'a=$a$a;'.repeat(14)} eval "$a"`],
      })),
    ),
  'many labels': items =>
    serverWith([container(0)], Object.fromEntries(many(items, index => [`mcp-${index}`, `v${index}`]))),
};

/** A Pod called `mcp` with the labels `app: mcp`. */
const podOf = (containers: readonly Fields[], spec: Fields = {}, annotations: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mcp', namespace: 'prod', labels: { app: 'mcp' }, annotations },
  spec: { ...spec, containers },
});

/** Pods, and resources of operators, that are servers and large in one way each. */
export const LARGE_PODS: Readonly<Record<string, LargeShape>> = {
  'many volumes and mounts': items => {
    const volumeMounts = many(items, index => ({ name: `v${index}`, mountPath: `/m${index}` }));
    const volumes = many(items, index => ({ name: `v${index}`, hostPath: { path: `/data/${index}` } }));
    return podOf([{ ...container(0), volumeMounts }], { volumes });
  },
  'many init containers that go on': items =>
    podOf([container(0)], {
      initContainers: many(items, index => ({ ...container(index + 1), restartPolicy: 'Always' })),
    }),
  'many annotations': items =>
    podOf([container(0)], {}, Object.fromEntries(many(items, index => [`example.com/a${index}`, `mcp ${index}`]))),
  'an annotation of many networks': items =>
    podOf(
      [container(0)],
      {},
      {
        'k8s.v1.cni.cncf.io/networks': JSON.stringify(many(items, index => ({ name: `net-${index}` }))),
        'networking.gke.io/interfaces': JSON.stringify(many(items, index => ({ network: `net-${index}` }))),
      },
    ),
  'many owners': items => {
    const pod = podOf([container(0)]);
    const ownerReferences = many(items, index => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: `r${index}`,
      uid: `u${index}`,
    }));
    return { ...pod, metadata: { ...(pod.metadata as Fields), ownerReferences } };
  },
  'many addresses': items => ({
    ...podOf([container(0)]),
    status: { podIPs: many(items, index => ({ ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` })) },
  }),
  'a resource of an operator with many peers': items => ({
    apiVersion: 'mcp.x-k8s.io/v1beta1',
    kind: 'MCPServer',
    metadata: { name: 'mcp', namespace: 'prod' },
    spec: {
      source: { containerImage: { ref: 'mcp/fetch' } },
      network: {
        ingressFrom: many(items, index => podPeer([requirement('app', 'In', [`v${index}`])])),
        egressTo: many(items, index => ({ ipBlock: { cidr: `${address(index)}/24` } })),
        egressPorts: [{ port: 443 }],
      },
    },
  }),
  'a resource of an operator with a template': items => ({
    apiVersion: 'toolhive.stacklok.dev/v1beta1',
    kind: 'MCPServer',
    metadata: { name: 'mcp', namespace: 'prod' },
    spec: {
      image: 'mcp/fetch',
      transport: 'sse',
      podTemplateSpec: { spec: { containers: many(items, container) } },
    },
  }),
};

const objectOf = (apiVersion: string, kind: string, fields: Fields, labels: Fields = {}): Fields => ({
  apiVersion,
  kind,
  metadata: { name: 'mcp', namespace: 'prod', labels },
  ...fields,
});
const serviceNames = (items: number): readonly Fields[] =>
  many(items, index => ({ name: index % 2 === 0 ? 'mcp' : `s${index}`, port: 80 }));
const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** Objects besides these that are large in one way each. They stand beside {@link BESIDE}. */
export const LARGE_OTHERS: Readonly<Record<string, LargeShape>> = {
  'a Service with many ports': items =>
    objectOf('v1', 'Service', {
      spec: {
        selector: { app: 'mcp' },
        type: 'NodePort',
        ports: many(items, index => ({ name: `mcp${index}`, port: index + 1, targetPort: `mcp${index}` })),
      },
    }),
  'a Service with many addresses': items =>
    objectOf('v1', 'Service', {
      spec: {
        selector: { app: 'mcp' },
        externalIPs: many(items, index => `192.0.${(index >> 8) & 255}.${index & 255}`),
      },
      status: {
        loadBalancer: { ingress: many(items, index => ({ ip: `198.51.${(index >> 8) & 255}.${index & 255}` })) },
      },
    }),
  'a Service that selects by many labels': items =>
    objectOf('v1', 'Service', {
      spec: { selector: Object.fromEntries(many(items, index => [`k${index}`, 'v'])), type: 'LoadBalancer' },
    }),
  'an Ingress with many paths': items =>
    objectOf('networking.k8s.io/v1', 'Ingress', {
      spec: {
        rules: serviceNames(items).map(({ name }) => ({
          http: { paths: [{ path: '/', backend: { service: { name, port: { number: 80 } } } }] },
        })),
      },
    }),
  'an HTTPRoute with many backends': items =>
    objectOf(GATEWAY_API, 'HTTPRoute', {
      spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: serviceNames(items) }] },
    }),
  'an HTTPRoute with many parents': items =>
    objectOf(GATEWAY_API, 'HTTPRoute', {
      spec: {
        parentRefs: many(items, index => ({ name: `public-${index}`, namespace: 'edge' })),
        rules: [{ backendRefs: serviceNames(1) }],
      },
    }),
  'an HTTPRoute with many parents and as many backends': items =>
    objectOf(GATEWAY_API, 'HTTPRoute', {
      spec: {
        parentRefs: many(items, index => ({ name: `public-${index}`, namespace: 'edge' })),
        rules: many(items, () => ({ backendRefs: serviceNames(1) })),
      },
    }),
  'a VirtualService with many hosts': items =>
    objectOf('networking.istio.io/v1', 'VirtualService', {
      spec: {
        gateways: many(items, index => `edge/public-${index}`),
        http: serviceNames(items).map(({ name }) => ({ route: [{ destination: { host: `${name}.prod.svc` } }] })),
      },
    }),
  'an object that names many servers': items =>
    objectOf('aigateway.envoyproxy.io/v1alpha1', 'MCPRoute', { spec: { backendRefs: serviceNames(items) } }),
  'an EndpointSlice with many endpoints': items =>
    objectOf(
      'discovery.k8s.io/v1',
      'EndpointSlice',
      { endpoints: many(items, index => ({ addresses: [`10.244.${(index >> 8) & 255}.${index & 255}`] })) },
      { 'kubernetes.io/service-name': 'by-hand' },
    ),
  'an EndpointSlice with one endpoint of many addresses': items =>
    objectOf(
      'discovery.k8s.io/v1',
      'EndpointSlice',
      { endpoints: [{ addresses: many(items, index => `10.244.${(index >> 8) & 255}.${index & 255}`) }] },
      { 'kubernetes.io/service-name': 'by-hand' },
    ),
  'Endpoints with many subsets': items =>
    objectOf('v1', 'Endpoints', {
      subsets: many(items, index => ({ addresses: [{ ip: `10.244.${(index >> 8) & 255}.${index & 255}` }] })),
    }),
  'a Namespace with many labels': items => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'prod', labels: Object.fromEntries(many(items, index => [`k${index}`, `v${index}`])) },
  }),
  'a CiliumNetworkPolicy with many labels': items =>
    objectOf('cilium.io/v2', 'CiliumNetworkPolicy', {
      spec: { endpointSelector: { matchLabels: Object.fromEntries(many(items, index => [`k${index}`, 'v'])) } },
    }),
  'a GateException with many rules': items =>
    objectOf('chokepoint.dev/v1alpha1', 'GateException', {
      spec: {
        object: { kind: 'Deployment', name: 'mcp' },
        rules: many(items, index => `rule-${index}`),
        reason: 'old',
        expires: '2027-01-31',
      },
    }),
};

/** What other objects bear on: a server that is closed, with a Pod of it and its Service. */
export const BESIDE: readonly Fields[] = [
  SERVER,
  policyWith({ ingress: [], egress: [] }, 'closed'),
  { ...podOf([container(0)]), status: { podIPs: [{ ip: '10.244.0.1' }] } },
  objectOf('v1', 'Service', { spec: { selector: { app: 'mcp' } } }),
];
