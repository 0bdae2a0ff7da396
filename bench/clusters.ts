/** Clusters of several sizes and sorts for the benchmarks, which a server in memory plays: objects as an API server gives them, with managed fields and all. */
import { readFileSync } from 'node:fs';
import { NETWORK_POLICIES, WATCHED_KINDS } from '../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../src/adapters/kubernetes/client/paths.ts';
import { SYSTEM_TIME } from '../src/adapters/system/time.ts';
import { type FakeApiServer, startFakeApiServer } from '../test/support/fake-api-server.ts';

const REVIEWS = new URL('../test/fixtures/reviews/', import.meta.url);
/** Objects of each kind in a namespace, however large the cluster. */
const IN_NAMESPACE = 20;

/** What the objects of a cluster are like. */
export const SORTS = {
  plain: 'whose labels are their own and whose specs are alike',
  mixed: 'of four APIs, and 20 of the whole cluster',
  usual: 'of charts, with five running Pods of each ReplicaSet',
  own: 'none of which is like another in anything',
} as const;

export interface Size {
  readonly policies: number;
  readonly pods: number;
  readonly sort: keyof typeof SORTS;
}

const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, REVIEWS), 'utf8')).request;
const POLICY = recorded('recorded/networkpolicy-update').object;
const POD = recorded('recorded/pod-create-by-deployment').object;
/** The namespace of the decisions: as full in every cluster. */
const PROD = 'prod';

const namespaceOf = (index: number): string => `team-${Math.floor(index / IN_NAMESPACE)}`;

/** Objects as an API server keeps them, with managed fields and all. */
function fill(
  server: FakeApiServer,
  plural: string,
  template: typeof POD,
  count: number,
  specOf: (index: number) => object = () => template.spec,
): void {
  for (let index = 0; index < count; index += 1) {
    const name = `${plural}-${index}`;
    const labels = { ...template.metadata.labels, app: `app-${index}`, 'pod-template-hash': index.toString(36) };
    const metadata = { ...template.metadata, name, namespace: namespaceOf(index), labels };
    server.put(plural, { ...template, metadata, spec: specOf(index) });
  }
}

/** What one of the Pods of a cluster is called by, and where it runs. */
interface Place {
  readonly app: string;
  readonly replicaSet: string;
  /** As controllers make up the ends of names. */
  readonly suffix: string;
  readonly address: string;
  readonly node: number;
}

const PODS_OF_REPLICA_SET = 5;
/** As many Pods of a cluster are on one node. */
const PODS_OF_NODE = 50;

function placeOf(index: number, { pods, sort }: Size): Place {
  const replicaSet = sort === 'own' ? index : Math.floor(index / PODS_OF_REPLICA_SET);
  const app = sort === 'own' ? `app-${index}` : `app-${replicaSet % (IN_NAMESPACE / PODS_OF_REPLICA_SET)}`;
  return {
    app,
    replicaSet: `${app}-${(0x6fcb6000 + replicaSet).toString(16)}`,
    suffix: index.toString(36).padStart(5, 'b'),
    address: `10.${128 + ((index >> 16) & 63)}.${(index >> 8) & 255}.${index & 255}`,
    node: index % Math.ceil(pods / PODS_OF_NODE),
  };
}

/** A Pod that runs, as its kubelet tells of it. */
function runningPod(index: number, size: Size): typeof POD {
  const { app, replicaSet, suffix, address, node } = placeOf(index, size);
  const [owner] = POD.metadata.ownerReferences;
  const ownerUid = `11111111-1111-4111-8111-${replicaSet.slice(-8).padStart(12, '0')}`;
  const host = `192.168.${node >> 8}.${node & 255}`;
  // The volume with the token of each Pod has a name of its own.
  const spec = JSON.parse(JSON.stringify(POD.spec).replaceAll('bbbb2', suffix));
  const [container] = spec.containers;
  const image = size.sort === 'own' ? `${container.image}.${index}` : container.image;
  const status = { name: container.name, ready: true, image, imageID: `${image}@sha256:${'0'.repeat(64)}` };
  return {
    ...POD,
    metadata: {
      ...POD.metadata,
      name: `${replicaSet}-${suffix}`,
      generateName: `${replicaSet}-`,
      namespace: namespaceOf(index),
      labels: { ...POD.metadata.labels, app, 'pod-template-hash': replicaSet.slice(app.length + 1) },
      ownerReferences: [{ ...owner, name: replicaSet, uid: ownerUid }],
    },
    spec: { ...spec, nodeName: `node-${node}`, containers: [{ ...container, image }] },
    status: {
      phase: 'Running',
      ...{ podIP: address, podIPs: [{ ip: address }], hostIP: host, hostIPs: [{ ip: host }] },
      conditions: ['Ready', 'Initialized', 'ContainersReady', 'PodScheduled'].map(type => ({ type, status: 'True' })),
      containerStatuses: [status],
    },
  };
}

/** A policy for the Pods of an app, as a chart renders it: in each namespace the same but for the name of the release. */
function chartPolicy(index: number, size: Size): typeof POLICY {
  const { app, address } = placeOf(index, size);
  const namespace = namespaceOf(index);
  const labels = { ...POLICY.metadata.labels, app, 'app.kubernetes.io/instance': `${namespace}-${app}` };
  const metadata = { ...POLICY.metadata, name: `${namespace}-${app}-${index}`, namespace, labels };
  const [rule] = POLICY.spec.ingress;
  const from = size.sort === 'own' ? [...rule.from, { ipBlock: { cidr: `${address}/32` } }] : rule.from;
  const spec = { ...POLICY.spec, podSelector: selecting(app), ingress: [{ ...rule, from }] };
  return { ...POLICY, metadata, spec };
}

function fillRunning(server: FakeApiServer, size: Size): void {
  for (let index = 0; index < size.policies; index += 1) server.put('networkpolicies', chartPolicy(index, size));
  for (let index = 0; index < size.pods; index += 1) server.put('pods', runningPod(index, size));
}

/** A kind of policies, and what one of them says of the pods of an app. */
interface PolicyKind {
  readonly resource: Resource;
  readonly specOf: (app: string) => object;
}

const resource = (group: string, version: string, kind: string, plural: string): Resource => ({
  ...{ group, version, kind, plural },
});
const selecting = (app: string): object => ({ matchLabels: { app } });
const ON_443 = [{ protocol: 'TCP', port: 443 }];

/** Policies of namespaces in a mixed cluster, as many of each. */
const MIXED: readonly PolicyKind[] = [
  { resource: NETWORK_POLICIES, specOf: () => POLICY.spec },
  {
    resource: resource('cilium.io', 'v2', 'CiliumNetworkPolicy', 'ciliumnetworkpolicies'),
    specOf: app => ({
      endpointSelector: selecting(app),
      ingress: [{ fromEndpoints: [selecting('envoy')], toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }] }],
      egress: [{ toFQDNs: [{ matchName: `${app}.example.com` }], toPorts: [{ ports: [{ port: '443' }] }] }],
    }),
  },
  {
    resource: resource('networking.k8s.aws', 'v1alpha1', 'ApplicationNetworkPolicy', 'applicationnetworkpolicies'),
    specOf: app => ({
      podSelector: selecting(app),
      policyTypes: ['Egress'],
      egress: [{ to: [{ domainNames: [`${app}.example.com`] }], ports: ON_443 }],
    }),
  },
  {
    resource: resource('networking.gke.io', 'v1alpha1', 'FQDNNetworkPolicy', 'fqdnnetworkpolicies'),
    specOf: app => ({
      podSelector: selecting(app),
      egress: [{ matches: [{ name: `${app}.example.com` }], ports: ON_443 }],
    }),
  },
];
/** Of the whole cluster, for pods of one app each. */
const OF_CLUSTER: readonly PolicyKind[] = [
  {
    resource: resource('policy.networking.k8s.io', 'v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
    specOf: app => ({
      tier: 'Admin',
      priority: 10,
      subject: { pods: { namespaceSelector: {}, podSelector: selecting(app) } },
      ingress: [{ name: 'others', action: 'Deny', from: [{ namespaces: { matchLabels: { team: app } } }] }],
    }),
  },
  {
    resource: resource('cilium.io', 'v2', 'CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies'),
    specOf: app => ({
      endpointSelector: selecting(app),
      enableDefaultDeny: { ingress: false, egress: false },
      egressDeny: [{ toCIDR: ['169.254.169.254/32'] }],
    }),
  },
];
/** Of each kind of the whole cluster, however large it is. */
const CLUSTER_POLICIES = 10;

function fillMixed(server: FakeApiServer, policies: number): void {
  for (const { resource } of [...MIXED, ...OF_CLUSTER]) server.install(resource);
  for (const [index, { resource, specOf }] of OF_CLUSTER.entries()) {
    for (let count = 0; count < CLUSTER_POLICIES; count += 1) {
      const metadata = { ...POLICY.metadata, name: `cluster-${index}-${count}`, namespace: undefined };
      server.put(resource.plural, { metadata, spec: specOf(`app-${count}`) });
    }
  }
  for (const { resource, specOf } of MIXED) {
    fill(server, resource.plural, POLICY, policies / MIXED.length, index => specOf(`app-${index}`));
  }
}

/** Starts a server that holds a cluster of the size. */
export async function startCluster(size: Size): Promise<FakeApiServer> {
  const { policies, pods, sort } = size;
  const resources = WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? [watched.resource] : []));
  const server = await startFakeApiServer(SYSTEM_TIME, resources);
  server.put('namespaces', { metadata: { name: PROD } });
  for (let index = 0; index < Math.ceil(Math.max(policies, pods) / IN_NAMESPACE); index += 1) {
    server.put('namespaces', { metadata: { name: `team-${index}` } });
  }
  server.put('networkpolicies', recorded('networkpolicy-create').object);
  if (sort === 'usual' || sort === 'own') fillRunning(server, size);
  else {
    if (sort === 'mixed') fillMixed(server, policies);
    else fill(server, NETWORK_POLICIES.plural, POLICY, policies);
    fill(server, 'pods', POD, pods);
  }
  return server;
}
