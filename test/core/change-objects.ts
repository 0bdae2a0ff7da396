import { expect } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { decoded } from '../support/workload.ts';
import { parseYaml } from '../support/yaml.ts';

/** One object from YAML. */
export const read = (text: string): KubeObject => decoded(parseYaml(text)[0] as Record<string, unknown>);

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
  routes: {ingressClasses: [mcp], gateways: [gateway/mcp]}
`;
/** Envoy serves production; the ranges of the cluster are known. */
export const judge = createJudge(readGatePolicy(GATE, 'gate').policy ?? expect.fail('no policy'));

/** Namespace tools in this environment. */
export const namespace = (environment: string): KubeObject =>
  read(`{apiVersion: v1, kind: Namespace, metadata: {name: tools, labels: {environment: ${environment}}}}`);
/** An MCP server whose pods have this `app` label. */
export const server = (app: string, name = 'weather'): KubeObject =>
  read(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: tools}, spec: {template: {
    metadata: {labels: {app: ${app}, chokepoint.dev/mcp-server: "true"}},
    spec: {containers: [{name: server, image: a, ports: [{name: mcp, containerPort: 8080}]}]}}}}`);
/** A policy of namespace tools for the pods of one `app`. */
export const policy = (name: string, spec: string, app = 'weather'): KubeObject =>
  read(`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: tools},
    spec: {podSelector: {matchLabels: {app: ${app}}}, ${spec}}}`);
/** Service tools/weather. */
export const service = (spec: string): KubeObject =>
  read(
    `{apiVersion: v1, kind: Service, metadata: {name: weather, namespace: tools}, spec: {ports: [{port: 80}], ${spec}}}`,
  );
/** Ingress of this class to Service tools/weather. */
export const ingress = (className: string): KubeObject =>
  read(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: weather, namespace: tools},
    spec: {ingressClassName: ${className}, defaultBackend: {service: {name: weather}}}}`);

const FROM_GATEWAY =
  'ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}, podSelector: {matchLabels: {app: envoy}}}]}]';
/** Admits the gateway, lets out nothing. */
export const CLOSED = policy('weather', `policyTypes: [Ingress, Egress], ${FROM_GATEWAY}`);
/** The same, with egress left open. */
export const NO_EGRESS = policy('weather', `policyTypes: [Ingress], ${FROM_GATEWAY}`);
/** The same, with one block of egress. */
export const TO_PODS = (block: string): KubeObject =>
  policy('weather', `policyTypes: [Ingress, Egress], ${FROM_GATEWAY}, egress: [{to: [{ipBlock: {cidr: ${block}}}]}]`);
/** Admits everybody. */
export const ANYBODY = policy('open', 'policyTypes: [Ingress], ingress: [{}]');
/** Closes both directions. */
export const NOBODY = policy('deny-all', 'policyTypes: [Ingress, Egress]');

/** Where the gateway serves. */
export const PRODUCTION = namespace('production');
/** The server. */
export const WEATHER = server('weather');
