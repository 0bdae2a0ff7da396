import type { Shared } from './share.ts';

/** Something to begin with. */
export interface Example extends Shared {
  readonly title: string;
}

const SERVER = `apiVersion: apps/v1
kind: Deployment
metadata: {namespace: mcp, name: search}
spec:
  selector: {matchLabels: {app: search}}
  template:
    metadata: {labels: {app: search, chokepoint.dev/mcp-server: "true"}}
    spec:
      containers:
      - name: server
        image: registry.example.com/search-mcp-server:1.0
        ports: [{name: http, containerPort: 3000}]
`;

const GATEWAY_PEER = `    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: gateway}
      podSelector:
        matchLabels: {app: mcp-gateway}
`;

interface Ranges {
  readonly provider: string;
  readonly nodes: string;
  readonly controlPlane?: string;
  readonly pods: string;
  readonly services: string;
}

const GKE: Ranges = {
  provider: 'gcp',
  nodes: '10.10.10.0/24',
  controlPlane: '10.0.0.0/28',
  pods: '172.20.0.0/16',
  services: '172.21.0.0/17',
};
const EKS: Ranges = { provider: 'aws', nodes: '10.0.0.0/16', pods: '10.0.0.0/16', services: '172.20.0.0/16' };

const METADATA = '169.254.169.254/32';
const exceptsFor = ({ nodes, controlPlane, pods, services }: Ranges): readonly string[] => [
  ...new Set([nodes, ...(controlPlane ? [controlPlane] : []), pods, services, METADATA]),
];

const policy = (from: string, excepts: readonly string[]): string => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: mcp, name: search}
spec:
  podSelector: {matchLabels: {app: search}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
${from}    ports: [{protocol: TCP, port: 3000}]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
${excepts.map(block => `        - ${block}\n`).join('')}`;

const configuration = ({
  provider,
  nodes,
  controlPlane,
  pods,
  services,
}: Ranges): string => `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  provider: ${provider}
  gateways:
  - name: mcp-gateway
    from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}
      podSelector: {matchLabels: {app: mcp-gateway}}
  protectedNetworks:
    nodes: [${nodes}]
    controlPlane: [${controlPlane ?? ''}]
    pods: [${pods}]
    services: [${services}]
`;

const example = (title: string, ranges: Ranges, ...objects: readonly string[]): Example => ({
  title,
  manifests: [SERVER, ...objects].join('---\n'),
  configuration: configuration(ranges),
});

const SECOND = `# Somebody was debugging.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: mcp, name: debug}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {}
`;

const without = (ranges: Ranges, block: string): readonly string[] => exceptsFor(ranges).filter(one => one !== block);

/** Policies that close a server, and what breaks them: the first is what the page begins with. */
export const EXAMPLES: readonly Example[] = [
  example('a second policy opens what the first closed', GKE, policy(GATEWAY_PEER, exceptsFor(GKE)), SECOND),
  example('closed, on Google Cloud', GKE, policy(GATEWAY_PEER, exceptsFor(GKE))),
  example('closed, on AWS', EKS, policy(GATEWAY_PEER, exceptsFor(EKS))),
  example('no policy at all', GKE),
  example(
    'one dash too many: two list items are OR',
    GKE,
    policy(GATEWAY_PEER.replace('      podSelector', '    - podSelector'), exceptsFor(GKE)),
  ),
  example('cloud metadata can be reached', GKE, policy(GATEWAY_PEER, without(GKE, METADATA))),
  example('the pods of the cluster can be reached', GKE, policy(GATEWAY_PEER, without(GKE, GKE.pods))),
  example(
    'a label that anybody can give a namespace',
    GKE,
    policy(GATEWAY_PEER.replace('kubernetes.io/metadata.name: gateway', 'role: gateway'), exceptsFor(GKE)),
  ),
  { ...example('nothing is configured', GKE, policy(GATEWAY_PEER, exceptsFor(GKE))), configuration: '' },
];
