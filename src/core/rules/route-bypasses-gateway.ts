import type { Route, RouteParent, Service } from '../kube/types.ts';
import { mayMatchPairs, type PodLabels, podLabelsOf } from '../netpol/selects.ts';
import { defineRule, type RuleContext } from '../rule.ts';
import { refOf } from '../world.ts';

/**
 * Whether the parent is one of the entrances that lead to the MCP gateway; `undefined` where no entrance of its kind is configured.
 * Parents of other kinds (ListenerSet) are none: they can bear the name of a Gateway.
 */
function isEntrance(parent: RouteParent, { policy }: RuleContext): boolean | undefined {
  const [known, name] =
    parent.kind === 'IngressClass'
      ? [policy.routes.ingressClasses, parent.name]
      : [policy.routes.gateways, `${parent.namespace}/${parent.name}`];
  return known.length === 0 ? undefined : parent.kind !== 'other' && known.includes(name);
}

/** The Service of this namespace that an ExternalName Service is another name of: `NAME.NAMESPACE.svc`, with or without the domain of the cluster. */
function aliased({ externalName, meta }: Service): string | undefined {
  const [name, namespace, svc] = externalName.toLowerCase().split('.');
  return namespace === meta.namespace && svc === 'svc' ? name : undefined;
}

/** Whether a Service leads to the server: `unknown` where it has no selector, so that somebody else writes its endpoints. */
type Leading = 'leads' | 'unknown';

function leadingItself(service: Service, labels: PodLabels): Leading | undefined {
  if (service.selector !== undefined) return mayMatchPairs(service.selector, labels) ? 'leads' : undefined;
  return service.type === 'ExternalName' ? undefined : 'unknown';
}

/** By name, every Service that leads to the server or may, and their aliases; an alias of an alias is resolved by DNS alike. */
function leadingServices({ subject, content }: RuleContext): ReadonlyMap<string, Leading> {
  const labels = podLabelsOf(subject);
  const services = [...content.services.values()];
  const leading = new Map<string, Leading>();
  const aliases = new Map<string, string[]>();
  const queue: string[] = [];
  for (const service of services) {
    const { name } = service.meta;
    const target = aliased(service);
    if (target !== undefined) aliases.set(target, [...(aliases.get(target) ?? []), name]);
    const itself = leadingItself(service, labels);
    if (itself === undefined) continue;
    leading.set(name, itself);
    queue.push(name);
  }
  for (const name of queue) {
    for (const alias of aliases.get(name) ?? []) {
      if (leading.has(alias)) continue;
      leading.set(alias, leading.get(name) ?? 'unknown');
      queue.push(alias);
    }
  }
  return leading;
}

const entranceText = ({ kind, namespace, name }: RouteParent): string => {
  if (kind === 'IngressClass') return name === '' ? 'the default ingress class' : `ingress class ${name}`;
  if (name === '') return kind === 'other' ? 'the controller of its kind' : 'the default Gateways';
  return `${kind === 'other' ? 'parent' : kind} ${namespace}/${name}`;
};

/** Mesh routes attach to a Service (GAMMA): they publish nothing. */
const published = (route: Route): readonly RouteParent[] => route.through.filter(parent => parent.kind !== 'Service');

/** An Ingress or route that leads to the server through something that is no gateway. */
export const routeBypassesGateway = defineRule({
  id: 'route-bypasses-gateway',
  since: 'v1',
  title: 'A route publishes the server through something that is no gateway',
  why: 'A route to the server itself lets callers in without the authentication, authorisation and log of the MCP gateway.',
  limits:
    'Which entrances lead to the MCP gateway is configured under `routes`; without that every route is a warning. Endpoints are not looked at: a route to a Service without a selector is a warning. An ExternalName Service of another namespace is not seen. Routes of other APIs (OpenShift, Traefik, Istio, Contour, Kong, APISIX, NGINX, Emissary) are judged in files; the webhook is not asked about them.',
  sources: [
    'https://gateway-api.sigs.k8s.io/api-types/httproute/',
    'https://gateway-api.sigs.k8s.io/geps/gep-3793/',
    'https://gateway-api.sigs.k8s.io/geps/gep-1748/',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  messages: {
    bypasses: '{route} publishes it through {entrance}, which is not among the entrances of the MCP gateway',
    'may-bypass':
      '{route} may publish it through {entrance}: it sends to a Service without a selector, whose endpoints are not known',
    'unknown-entrance':
      '{route} publishes it through {entrance}; whether that leads to the MCP gateway is not configured',
  },
  check(context) {
    const services = leadingServices(context);
    return [...context.content.routes.values()].flatMap(route => {
      const leading = route.backends.flatMap(({ namespace, service }) =>
        namespace === context.ref.namespace ? (services.get(service) ?? []) : [],
      );
      if (leading.length === 0) return [];
      const isSure = leading.includes('leads');
      return published(route).flatMap(parent => {
        const entrance = isEntrance(parent, context);
        if (entrance === true) return [];
        const data = {
          route: `${route.kind} ${route.meta.namespace}/${route.meta.name}`,
          entrance: entranceText(parent),
        };
        const fix = {
          summary: 'route to the MCP gateway instead, or name the entrance under `routes` of the GatePolicy',
        };
        const report = { object: refOf(route), path: parent.path, data, fix };
        if (!isSure) return { ...report, messageId: 'may-bypass' as const, atMost: 'warn' as const };
        if (entrance === undefined)
          return { ...report, messageId: 'unknown-entrance' as const, atMost: 'warn' as const };
        return { ...report, messageId: 'bypasses' as const };
      });
    });
  },
});
