import type { Route, RouteParent } from '../kube/types.ts';
import { mayMatchPairs, podLabelsOf } from '../netpol/selects.ts';
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

/** Names of the Services that may select the server's pods. */
function serviceNames({ subject, content }: RuleContext): ReadonlySet<string> {
  const labels = podLabelsOf(subject);
  const selecting = [...content.services.values()].filter(
    ({ selector }) => selector !== undefined && mayMatchPairs(selector, labels),
  );
  return new Set(selecting.map(service => service.meta.name));
}

const entranceText = ({ kind, namespace, name }: RouteParent): string => {
  if (kind === 'IngressClass') return name === '' ? 'the default ingress class' : `ingress class ${name}`;
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
    'Which entrances lead to the MCP gateway is configured under `routes`; without that every route is a warning.',
  sources: ['https://gateway-api.sigs.k8s.io/api-types/httproute/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  messages: {
    bypasses: '{route} publishes it through {entrance}, which is not among the entrances of the MCP gateway',
    'unknown-entrance':
      '{route} publishes it through {entrance}; whether that leads to the MCP gateway is not configured',
  },
  check(context) {
    const services = serviceNames(context);
    return [...context.content.routes.values()].flatMap(route => {
      const leadsHere = route.backends.some(
        backend => backend.namespace === context.ref.namespace && services.has(backend.service),
      );
      if (!leadsHere) return [];
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
        if (entrance === undefined)
          return { ...report, messageId: 'unknown-entrance' as const, atMost: 'warn' as const };
        return { ...report, messageId: 'bypasses' as const };
      });
    });
  },
});
