import type { Family } from '../kube/gateway-fact.ts';

/** Controllers of classes (GatewayClass `controllerName`, IngressClass `controller`) whose policies are judged. */
const CONTROLLERS: ReadonlyMap<string, Family> = new Map([
  ['gateway.envoyproxy.io/gatewayclass-controller', 'envoy-gateway'],
  ['agentgateway.dev/agentgateway', 'agentgateway'],
  ['kgateway.dev/agentgateway', 'kgateway-agentgateway'],
  ['kgateway.dev/kgateway', 'kgateway'],
  ['istio.io/gateway-controller', 'istio'],
  ['istio.io/unmanaged-gateway', 'istio'],
  ['openshift.io/gateway-controller/v1', 'istio'],
  ['k8s.io/ingress-nginx', 'ingress-nginx'],
  ['nginx.org/ingress-controller', 'f5-nginx'],
  ['traefik.io/ingress-controller', 'traefik'],
  ['traefik.io/gateway-controller', 'traefik'],
]);

/** What a controller that implements a class is of; `other`: its policies are not judged. */
export const familyOfController = (controller: string): Family => CONTROLLERS.get(controller) ?? 'other';

/** Names that the charts and the documentation of these products give their classes, for where no class object says more. */
const GATEWAY_CLASSES: readonly (readonly [RegExp, Family])[] = [
  [/^(eg|envoy-(ai-)?gateway(-.+)?)$/, 'envoy-gateway'],
  [/^agentgateway(-.+)?$/, 'kgateway-agentgateway'],
  [/^kgateway(-.+)?$/, 'kgateway'],
  [/^istio(-.+)?$/, 'istio'],
  [/^traefik$/, 'traefik'],
];
const INGRESS_CLASSES: readonly (readonly [RegExp, Family])[] = [
  [/^nginx(-.+)?$/, 'nginx'],
  [/^traefik$/, 'traefik'],
  [/^istio$/, 'istio'],
];

/** `undefined`: the name says nothing. */
export const familyOfClassName = (kind: 'GatewayClass' | 'IngressClass', name: string): Family | undefined =>
  (kind === 'GatewayClass' ? GATEWAY_CLASSES : INGRESS_CLASSES).find(([pattern]) => pattern.test(name))?.[1];

/** Families whose policies take effect on the gateways of one. */
const GOVERNED_BY: Readonly<Record<Family, readonly Family[]>> = {
  'envoy-gateway': ['envoy-gateway', 'kuadrant'],
  agentgateway: ['agentgateway'],
  'kgateway-agentgateway': ['agentgateway', 'kgateway'],
  kgateway: ['kgateway'],
  kuadrant: [],
  istio: ['istio', 'kuadrant'],
  'ingress-nginx': ['ingress-nginx'],
  'f5-nginx': [],
  nginx: ['ingress-nginx'],
  traefik: ['traefik'],
  toolhive: ['toolhive'],
  other: [],
};

/** Whether a policy of one family takes effect on a gateway: of one that is not known, any may; a policy that nobody here knows may anywhere. */
export function isGoverned(gateway: Family | undefined, policy: Family): boolean {
  if (gateway === undefined || policy === 'other') return true;
  return GOVERNED_BY[gateway].includes(policy);
}
