/** A small company with servers of every standing, as it is written for people to look at. */

export const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  mode: enforce
  provider: gcp
  gateways:
  - name: envoy
    from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}
      podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}
  allowedClients:
  - name: prometheus
    reason: scrapes metrics
    from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}, podSelector: {matchLabels: {app: prometheus}}}]
    ports: [{protocol: TCP, port: 9090}]
  protectedNetworks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.0.0/24]
    controlPlane: [172.16.0.2/32]
  exceptions:
  - {namespace: legacy, kind: Deployment, name: tickets, rules: [egress-not-isolated, ingress-not-isolated], reason: "TICKET-17, moved in spring", expires: "2099-12-31"}
`;

/** A server by name and namespace, which declares itself. */
export const server = (namespace: string, name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, chokepoint.dev/mcp-server: "true"}}
    spec:
      containers:
      - name: server
        image: registry.example.com/${name}-mcp-server:1.0
        ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
`;

const PROTECTED = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
];
/** Leaves the blocks of other clouds open, which is a warning. */
const NARROW = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.169.254/32'];

interface Choices {
  readonly from?: string;
  readonly except?: readonly string[];
}

const GATEWAY = `    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}
      podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}
`;

/** The policy of a server. `from`: further peers, as they stand in the list. */
export const policy = (
  namespace: string,
  name: string,
  { from = '', except = PROTECTED }: Choices = {},
): string => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  podSelector: {matchLabels: {app: ${name}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
${GATEWAY}${from}    ports: [{protocol: TCP, port: 8080}]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [${except.join(', ')}]
    ports: [{protocol: TCP, port: 443}]
`;

const workload = (namespace: string, name: string, labels: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  selector: {matchLabels: {${labels}}}
  template:
    metadata: {labels: {${labels}}}
    spec:
      containers: [{name: main, image: registry.example.com/${name}:1.0, ports: [{containerPort: 8080}]}]
`;

/** Opens what the others closed. */
const DEBUG = `# Left over from a debugging session.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: debug}
spec:
  podSelector: {matchLabels: {app: orders}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {}
`;

/** Of a version that is not judged. */
const ANTREA = `apiVersion: crd.antrea.io/v1alpha1
kind: NetworkPolicy
metadata: {namespace: research, name: baseline}
spec: {priority: 5, ingress: [{action: Drop}]}
`;

/** Files by name. */
export const COMPANY: Readonly<Record<string, string>> = {
  'platform.yaml': [
    workload('mcp-gateway', 'envoy', 'app.kubernetes.io/name: envoy'),
    workload('monitoring', 'prometheus', 'app: prometheus'),
    workload('kube-system', 'coredns', 'k8s-app: kube-dns'),
  ].join('---\n'),
  'shop.yaml': [
    server('shop', 'orders'),
    policy('shop', 'orders'),
    DEBUG,
    server('shop', 'search'),
    policy('shop', 'search', { except: PROTECTED.filter(block => block !== '10.0.0.0/8') }),
    server('shop', 'catalog'),
    policy('shop', 'catalog'),
    workload('shop', 'web', 'app: web'),
  ].join('---\n'),
  'finance.yaml': [
    server('finance', 'ledger'),
    policy('finance', 'ledger'),
    server('finance', 'invoices'),
    policy('finance', 'invoices', { except: NARROW }),
    server('finance', 'payroll'),
  ].join('---\n'),
  'research.yaml': [server('research', 'papers'), policy('research', 'papers'), ANTREA].join('---\n'),
  'legacy.yaml': server('legacy', 'tickets'),
  'support.yaml': [
    server('support', 'chat'),
    policy('support', 'chat'),
    server('support', 'mail'),
    policy('support', 'mail'),
  ].join('---\n'),
};

/** All closed. */
export const CLOSED: Readonly<Record<string, string>> = {
  'support.yaml': [
    server('support', 'chat'),
    policy('support', 'chat'),
    server('support', 'mail'),
    policy('support', 'mail'),
  ].join('---\n'),
};

/** So many servers, twelve a namespace; every fifth one is open. */
export function many(count: number): Readonly<Record<string, string>> {
  const one = (index: number): string => {
    const [namespace, name] = [`team-${String(Math.floor(index / 12)).padStart(3, '0')}`, `server-${index}`];
    return [server(namespace, name), policy(namespace, name, index % 5 === 0 ? { except: NARROW.slice(1) } : {})].join(
      '---\n',
    );
  };
  return { 'many.yaml': Array.from({ length: count }, (_, index) => one(index)).join('---\n') };
}

/** Further lines of the spec of {@link CONFIG}. */
export const ROLLOUT = `  rollout:
  - {name: shops, namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}, auditDays: 30, warnDays: 7}
`;

/** A line of a record: somebody made a policy of the namespace shop just now. */
export const recorded = (name: string, by: string, fields: object): string =>
  JSON.stringify({
    time: new Date().toISOString(),
    type: 'decision',
    operation: 'CREATE',
    object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'shop', name },
    user: { name: by, groups: [] },
    allowed: true,
    ...fields,
  });

const way = (to: string) => ({ from: 'any pod', to, port: 8080, protocol: 'TCP' });

/** What such a line tells of a policy that opens a server, and of one that closes it. */
export const OPENED = { reach: { gained: [way('shop/orders')], lost: [] } };
export const SHUT = { reach: { gained: [], lost: [way('shop/catalog')] } };
