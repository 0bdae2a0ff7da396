/** One line of a truth table: in the cluster below, under these policies, these connections are allowed or denied. */
export interface Case {
  readonly title: string;
  /** Specs of policies in namespace `mcp` (flow YAML); `POLICY_IN` makes whole ones for another namespace. */
  readonly policies: readonly string[];
  /** Probes as `parseProbe` reads them. */
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  /** Further manifests, beside those of the cluster. */
  readonly also?: string;
}

/** Builds a Case from its columns. */
export const row = (
  title: string,
  policies: readonly string[],
  allowed: readonly string[],
  denied: readonly string[],
  also?: string,
): Case => ({ title, policies, allowed, denied, ...(also === undefined ? {} : { also }) });

/** A NetworkPolicy manifest with this spec (flow YAML). */
export const policyIn = (namespace: string, name: string, spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: "${name}", namespace: "${namespace}"}, spec: ${spec}}`;

/**
 * The cluster that the cases are about, dual-stack. Everything lives at 10.244.<namespace>.<pod> and at
 * fd00:10:244:<namespace>::<pod>: mcp (1) has server (10) and client (11), gateway (2) has envoy (10) and debug (11),
 * other (3) has web (10). mcp/agent runs on its node's network at 192.168.0.5.
 */
export const CLUSTER = `
{apiVersion: v1, kind: Namespace, metadata: {name: mcp, labels: {team: ai}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: gateway, labels: {role: gateway, team: net}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: other}}
---
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: mcp, labels: {app: mcp}}
spec:
  containers:
  - name: main
    ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}, {name: dns, containerPort: 53, protocol: UDP}]
status: {podIP: 10.244.1.10, podIPs: [{ip: 10.244.1.10}, {ip: "fd00:10:244:1::10"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: mcp, labels: {app: client}}
spec: {containers: [{name: main, ports: [{name: http, containerPort: 9090}]}]}
status: {podIP: 10.244.1.11, podIPs: [{ip: 10.244.1.11}, {ip: "fd00:10:244:1::11"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: envoy, namespace: gateway, labels: {app: envoy}}
spec: {containers: [{name: main, ports: [{name: http, containerPort: 8080}]}]}
status: {podIP: 10.244.2.10, podIPs: [{ip: 10.244.2.10}, {ip: "fd00:10:244:2::10"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: debug, namespace: gateway, labels: {app: debug}}
spec: {containers: [{name: main}]}
status: {podIP: 10.244.2.11, podIPs: [{ip: 10.244.2.11}, {ip: "fd00:10:244:2::11"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: other, labels: {app: web}}
spec: {containers: [{name: main, ports: [{name: http, containerPort: 8081}]}]}
status: {podIP: 10.244.3.10, podIPs: [{ip: 10.244.3.10}, {ip: "fd00:10:244:3::10"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: mcp, labels: {app: mcp}}
spec: {hostNetwork: true, containers: [{name: main, ports: [{name: http, containerPort: 8080}]}]}
status: {podIP: 192.168.0.5, podIPs: [{ip: 192.168.0.5}]}
`;
