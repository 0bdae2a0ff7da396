import { foreignGateways } from '../gateway/environment.ts';
import type { Endpoints, Route, RouteParent } from '../kube/types.ts';
import { endpointsAtServer, type Leading } from '../publication.ts';
import { parentsOf } from '../route-delegation.ts';
import { defineRule, type Report, type RuleContext } from '../rule.ts';
import { refOf } from '../world/refs.ts';

type MessageId =
  | 'bypasses'
  | 'may-bypass'
  | 'not-granted'
  | 'unknown-entrance'
  | 'disguised'
  | 'other-environment'
  | 'may-be-other-environment';

/**
 * Whether the parent is one of the entrances that lead to the MCP gateway; `undefined` where no entrance of its kind is configured.
 * Parents of other kinds (ListenerSet) are none: they can bear the name of a Gateway. Nor is a controller that no field names.
 */
function isEntrance({ kind, namespace, name }: RouteParent, { policy }: RuleContext): boolean | undefined {
  const { ingressClasses, gateways } = policy.routes;
  if (kind === 'Controller') return ingressClasses.length + gateways.length === 0 ? undefined : false;
  const [known, wanted] = kind === 'IngressClass' ? [ingressClasses, name] : [gateways, `${namespace}/${name}`];
  return known.length === 0 ? undefined : kind !== 'other' && known.includes(wanted);
}

function entranceText({ kind, namespace, name }: RouteParent): string {
  if (kind === 'Controller') return 'the controller of its kind';
  if (kind === 'IngressClass') return name === '' ? 'the default ingress class' : `ingress class ${name}`;
  if (name === '') return 'the default Gateways';
  return `${kind === 'other' ? 'parent' : kind} ${namespace}/${name}`;
}

/** Mesh routes attach to a Service (GAMMA): they publish nothing. */
const published = (route: Route, led: ReadonlyMap<Route, Leading>, { world }: RuleContext): readonly RouteParent[] =>
  parentsOf(route, led, world).filter(parent => parent.kind !== 'Service');

const fixOf = ({ kind }: RouteParent) => ({
  summary:
    kind === 'Controller'
      ? 'route to the MCP gateway instead'
      : 'route to the MCP gateway instead, or name the entrance under `routes` of the GatePolicy',
});

/** A Gateway that serves other namespaces than the server's. */
function reportOnEnvironment(route: Route, leading: Leading, parent: RouteParent, context: RuleContext) {
  const { policy, content, world } = context;
  if (policy.gateways.kind !== 'configured') return undefined;
  const foreign = foreignGateways(parent, policy.gateways.grants, content, world);
  if (foreign === undefined) return undefined;
  const isSure = foreign.isSure && leading === 'leads';
  const report: Report<MessageId> = {
    messageId: isSure ? 'other-environment' : 'may-be-other-environment',
    object: refOf(route),
    path: parent.path,
    data: {
      route: `${route.kind} ${route.meta.namespace}/${route.meta.name}`,
      entrance: entranceText(parent),
      gateway: foreign.names.join(', '),
      namespace: content.name,
    },
    fix: { summary: 'attach the route to a Gateway of its own environment, or widen servesNamespaces of that gateway' },
    ...(!isSure && { atMost: 'warn' as const }),
  };
  return report;
}

/** Why a reference into another namespace may take no effect. */
const MISSING_GRANT = {
  'may-be-granted': 'none that is known lets it, and others may',
  'not-granted': 'none lets it, so that nothing passes as yet',
} as const;

/** Why a route does not surely lead to the server. */
const unsure = (leading: Exclude<Leading, 'leads'>): Pick<Report<MessageId>, 'messageId'> & { why?: string } =>
  leading === 'unknown' ? { messageId: 'may-bypass' } : { messageId: 'not-granted', why: MISSING_GRANT[leading] };

function reportOn(
  route: Route,
  leading: Leading,
  led: ReadonlyMap<Route, Leading>,
  context: RuleContext,
): readonly Report<MessageId>[] {
  return published(route, led, context).flatMap((parent): readonly Report<MessageId>[] => {
    const entrance = isEntrance(parent, context);
    const isLed = leading !== 'not-granted' && entrance !== false;
    const environment = isLed ? reportOnEnvironment(route, leading, parent, context) : undefined;
    if (environment !== undefined) return [environment];
    if (entrance === true) return [];
    // A route of an MCP gateway's own kind: which entrances are others' is a matter of the configuration alone.
    if (entrance === undefined && route.isMcp) return [];
    const data = { route: `${route.kind} ${route.meta.namespace}/${route.meta.name}`, entrance: entranceText(parent) };
    const report = { object: refOf(route), path: parent.path, data, fix: fixOf(parent) };
    if (leading !== 'leads') {
      const { messageId, why = '' } = unsure(leading);
      return [{ ...report, messageId, data: { ...data, why }, atMost: 'warn' }];
    }
    return [
      entrance === undefined
        ? { ...report, messageId: 'unknown-entrance', atMost: 'warn' }
        : { ...report, messageId: 'bypasses' },
    ];
  });
}

/** Says who writes an EndpointSlice. The cluster is read without those of Kubernetes' own controller, which follow selectors. */
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';

/** The slice says that Kubernetes' own controller writes it, which writes none for a Service without a selector. */
function isDisguised({ meta, service }: Endpoints, { world }: RuleContext): boolean {
  if (meta.labels.get(MANAGED_BY) !== CONTROLLER) return false;
  return world.namespace(meta.namespace).services.get(`Service/${service}`)?.selector === undefined;
}

const disguised = (slice: Endpoints): Report<MessageId> => ({
  messageId: 'disguised',
  object: refOf(slice),
  path: 'metadata.labels',
  data: { slice: `EndpointSlice ${slice.meta.namespace}/${slice.meta.name}` },
  fix: { summary: `remove the label ${MANAGED_BY}` },
});

/** An Ingress or route that leads to the server through something that is no gateway. */
export const routeBypassesGateway = defineRule<MessageId>({
  id: 'route-bypasses-gateway',
  since: 'v1',
  title: 'A route publishes the server through something that is no gateway',
  why: 'A route to the server itself lets callers in without the authentication, authorisation and log of the MCP gateway.',
  limits:
    'Which entrances lead to the MCP gateway is configured under `routes`; without that every route is a warning. A route to a Service without a selector whose endpoints are not known is a warning; in files, endpoints are known by the Pods that the files hold. An EndpointSlice that is there before the Pod that gets its address is told by the scan. Of which gateway of the configuration a Gateway is, the namespace and the labels tell that its pods bear (Envoy Gateway, GEP-1762, the selector of a Gateway of Istio); of an ingress class nothing does. A reference of a route of the Gateway API into another namespace takes effect where a [ReferenceGrant](https://gateway-api.sigs.k8s.io/api-types/referencegrant/) there lets it: in a cluster a route without one is a warning, as nothing passes; in files, where the grant may lie elsewhere, that it may pass. agentgateway can be told by its environment to ask for none (`BackendRefGrantMode`), which is not seen. OpenShift and Emissary name no class of theirs: where another route of theirs is meant, an exception says so. Not followed are targets by selector of AgentgatewayBackends in namespaces that other labels than `kubernetes.io/metadata.name` select, Istio ServiceEntries and Gateways that pass every host through (AUTO_PASSTHROUGH). [By what requests come to a server](../gateways.md) has every field that is followed, and what else is not.',
  sources: [
    'https://gateway-api.sigs.k8s.io/api-types/httproute/',
    'https://gateway-api.sigs.k8s.io/geps/gep-3793/',
    'https://gateway-api.sigs.k8s.io/geps/gep-1748/',
    'https://gateway-api.sigs.k8s.io/api-types/referencegrant/',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.8,
  messages: {
    bypasses: '{route} publishes it through {entrance}, which is not among the entrances of the MCP gateway',
    'may-bypass':
      '{route} may publish it through {entrance}: it sends to a Service without a selector, whose endpoints are not known',
    'not-granted':
      '{route} would publish it through {entrance}, if a ReferenceGrant let its reference into another namespace: {why}',
    disguised:
      '{slice} leads to it, and says that the controller of Services writes it, which writes none for a Service without a selector: it would not be seen',
    'other-environment':
      '{route} publishes it through {entrance}, which is gateway {gateway}: that does not serve namespace {namespace}',
    'may-be-other-environment':
      '{route} publishes it through {entrance}, which may be gateway {gateway}: that does not serve namespace {namespace}, and no gateway that does is known there',
    'unknown-entrance':
      '{route} publishes it through {entrance}; whether that leads to the MCP gateway is not configured',
  },
  check(context) {
    const slices = [...endpointsAtServer(context)].filter(slice => isDisguised(slice, context));
    const { routes } = context.publication();
    const reports = [...routes].flatMap(([route, leading]) => reportOn(route, leading, routes, context));
    return [...slices.map(disguised), ...reports];
  },
});
