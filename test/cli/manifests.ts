/** An MCP server that declares itself, without a policy. */
export const SERVER = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata:
      labels: {app: orders, chokepoint.dev/mcp-server: "true"}
    spec:
      containers:
      - name: server
        image: registry.example/orders:1
        ports: [{name: mcp, containerPort: 8080}]
`;

/** Closes {@link SERVER} but for its gateway and cluster DNS. */
export const CLOSED = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: orders, namespace: shop}
spec:
  podSelector: {matchLabels: {app: orders}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}
      podSelector: {matchLabels: {app: envoy}}
    ports: [{protocol: TCP, port: 8080}]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
`;

/** Opens {@link SERVER} to every pod of the cluster. */
export const OPEN = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {}
`;

/** Names the gateway of {@link CLOSED}. */
export const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: test}
spec:
  gateways:
  - name: envoy
    from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}
      podSelector: {matchLabels: {app: envoy}}
`;

/** No MCP server, and a kind that is not judged. */
export const HARMLESS = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
`;

export const BROKEN = `apiVersion: v1
kind: Pod
metadata: {name: broken
spec:
`;
