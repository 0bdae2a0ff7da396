import type { Control, Delegation, Family, GatewayFact, Merge, Target } from '../kube/gateway-fact.ts';
import { matches } from '../kube/selector.ts';
import { MIDDLEWARE } from '../kube/traefik.ts';
import type { Labels, ObjectRef, Route, Selector } from '../kube/types.ts';
import { refOf } from '../world/refs.ts';
import type { World } from '../world/world.ts';
import { isGoverned } from './classes.ts';
import { toldToControllers } from './controllers.ts';
import type { Point, Way } from './ways.ts';

/** A policy as it attaches to a way. */
export interface Attached {
  readonly object: ObjectRef;
  /** Policies of one sort are laid over each other; those of two are not. */
  readonly sort: string;
  readonly level: number;
  readonly merge: Merge;
  readonly controls: readonly Control[];
  readonly delegations: readonly Delegation[];
  /** It may be for this way, and may not. */
  readonly isUnsure: boolean;
}

/** One more than the level of the whole, where a policy names a part of it. */
const SECTION = 1;

interface Hit {
  readonly level: number;
  readonly isUnsure: boolean;
}

function isAt(target: Target, point: Point, home: string): boolean {
  if (target.group !== point.group || target.kind !== point.kind) return false;
  if (target.namespaces === 'own' && home !== point.namespace) return false;
  return 'name' in target.which ? target.which.name === point.name : matches(target.which.labels, point.labels);
}

function hitOf({ targets, meta }: GatewayFact, points: readonly Point[]): Hit | undefined {
  const hits = points.flatMap(point =>
    targets
      .filter(target => isAt(target, point, meta.namespace))
      .flatMap((target): readonly Hit[] => {
        if (target.section === '') return [{ level: point.level, isUnsure: false }];
        const isUnsure = point.section === '';
        return isUnsure || point.section === target.section ? [{ level: point.level + SECTION, isUnsure }] : [];
      }),
  );
  return hits.sort((a, b) => b.level - a.level)[0];
}

/** Labels that the pods of a Gateway of Istio surely bear. */
function podsOf({ entrance: { gateway, parent } }: Way): Labels {
  if (gateway?.selects !== undefined)
    return new Map(gateway.selects.flatMap(({ key, values }) => [...values].map(value => [key, value] as const)));
  return new Map([
    ['gateway.networking.k8s.io/gateway-name', parent.name],
    ['istio.io/gateway-name', parent.name],
  ]);
}

/** Whether a policy of Istio without targets is for the pods of the gateway: all of its namespace, the mesh's, or those with some labels. */
function istioHit({ selects, meta, isWide }: GatewayFact, way: Way): Hit | undefined {
  if (selects === undefined) return undefined;
  const { gateway, parent } = way.entrance;
  const isIstioApi = gateway?.selects !== undefined || parent.object?.group === 'networking.istio.io';
  const isHere = meta.namespace === parent.namespace;
  if (selects.length === 0) {
    // Where the pods of a Gateway of Istio's own API are, it does not say.
    if (isWide) return { level: 1, isUnsure: false };
    return isHere ? { level: 2, isUnsure: isIstioApi } : undefined;
  }
  if (!isIstioApi && !isHere) return undefined;
  const labels = podsOf(way);
  if (matches(selects, labels)) return { level: 3, isUnsure: false };
  return isForeignTo(selects, labels) ? undefined : { level: 3, isUnsure: true };
}

/** The selector asks for another value of a label that is known, or for none that is. */
const isForeignTo = (selects: Selector, labels: Labels): boolean =>
  selects.some(({ key, values }) => labels.has(key) && !values.has(labels.get(key) ?? '')) ||
  !selects.some(({ key }) => labels.has(key));

/** Parts of the ways of other objects, by what their policies are: both say the same kind of thing. */
const OWN_SORTS: ReadonlyMap<string, { readonly sort: string; readonly merge: Merge }> = new Map([
  ['aigateway.envoyproxy.io/MCPRoute', { sort: 'gateway.envoyproxy.io/SecurityPolicy', merge: 'replace' }],
  ['agentgateway.dev/AgentgatewayBackend', { sort: 'agentgateway.dev/AgentgatewayPolicy', merge: 'fields' }],
]);

/** Whose annotations begin so: on another's controller they are only text. `other`: of a class whose controller is known, and none of the judged ones. */
const ANNOTATIONS: readonly (readonly [prefix: string, families: readonly Family[]])[] = [
  ['nginx.ingress.kubernetes.io/', ['ingress-nginx', 'nginx']],
  ['nginx.org/', ['f5-nginx', 'nginx']],
  ['nginx.com/', ['f5-nginx', 'nginx']],
  ['alb.ingress.kubernetes.io/', ['other']],
  ['traefik.ingress.kubernetes.io/', ['traefik']],
  ['middleware ', ['traefik']],
  ['clientAuth', ['traefik']],
];

function isRead(by: string, family: Family | undefined): boolean {
  const owner = family && ANNOTATIONS.find(([prefix]) => by.startsWith(prefix));
  return owner === undefined || (family !== undefined && owner[1].includes(family));
}

/** Middlewares of a list before the one at a path, with all that is no middleware; `undefined`: all. */
function before(upTo: string | undefined, delegations: readonly Delegation[]): readonly Delegation[] {
  const end = delegations.findIndex(({ path }) => path === upTo);
  return end < 0 ? delegations : delegations.filter(({ to }, index) => index < end || to.kind !== MIDDLEWARE);
}

/** What a route, or what stands behind it, asks itself. */
function ownOf(
  route: Route,
  { within, upTo }: Pick<Way, 'within' | 'upTo'>,
  level: number,
  family: Family | undefined,
): readonly Attached[] {
  if (route.asks === undefined) return [];
  const isHere = (one: { readonly within: string; readonly by: string }): boolean =>
    (one.within === '' || one.within === within) && (route.kind !== 'Ingress' || isRead(one.by, family));
  const [controls, delegations] = [
    route.asks.controls.filter(isHere),
    before(upTo, route.asks.delegations).filter(isHere),
  ];
  if (controls.length + delegations.length === 0) return [];
  const own = OWN_SORTS.get(`${route.group}/${route.kind}`) ?? { sort: `${route.group}/${route.kind}`, merge: 'union' };
  // An MCPRoute that asks nobody who he is leaves that to the policy of its Gateway.
  const isMerged = own.merge === 'replace' && !controls.some(({ aspect }) => aspect === 'authentication');
  const merge = isMerged ? 'merge' : own.merge;
  return [{ object: refOf(route), ...own, merge, level, controls, delegations, isUnsure: false }];
}

/** Routes that pass bytes on, and look at no request. */
const BYTE_ROUTES: ReadonlySet<string> = new Set([
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
  'IngressRouteTCP',
  'IngressRouteUDP',
]);
/** Parts of policies that ask for the certificate of a connection. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set(['tls', 'clientValidation', 'clientAuth']);

/** What of a policy takes effect where no request is looked at. Istio's rules about requests then match nothing, so that its policies say as much. */
function onBytes(attached: Attached): Attached {
  if (attached.sort.includes('istio.io/')) return attached;
  return {
    ...attached,
    controls: attached.controls.filter(({ aspect, by }) => aspect === 'log' || OF_CONNECTIONS.has(by)),
    delegations: attached.delegations.filter(({ by }) => OF_CONNECTIONS.has(by)),
  };
}

/** The objects that attach to a way, and what it asks itself. */
export function attachedTo(way: Way, world: World): readonly Attached[] {
  const attached = allAttachedTo(way, world);
  return BYTE_ROUTES.has(way.route.kind) ? attached.map(onBytes) : attached;
}

function allAttachedTo(way: Way, world: World): readonly Attached[] {
  const namespaces = new Set(way.points.map(({ namespace }) => namespace));
  const near = [...namespaces].flatMap(name => [...world.namespace(name).gatewayFacts.values()]);
  const facts = new Set([...near, ...world.wideFacts.filter(({ unlisted }) => unlisted === undefined)]);
  const attached = [...facts].flatMap((fact): readonly Attached[] => {
    if (!isGoverned(way.entrance.family, fact.family)) return [];
    const hit =
      hitOf(fact, way.points) ?? (fact.family === 'istio' && isPolicy(fact) ? istioHit(fact, way) : undefined);
    if (hit === undefined) return [];
    const { controls, delegations, merge } = fact;
    return [{ object: refOf(fact), sort: `${fact.group}/${fact.kind}`, ...hit, merge, controls, delegations }];
  });
  const { gateway } = way.entrance;
  const ofGateway: readonly Attached[] =
    gateway === undefined || gateway.controls.length === 0
      ? []
      : [
          {
            object: refOf(gateway),
            sort: 'Gateway',
            level: 10,
            merge: 'union',
            controls: gateway.controls,
            delegations: [],
            isUnsure: false,
          },
        ];
  return [
    ...attached,
    ...ofGateway,
    ...toldToControllers(way, world),
    ...ownOf(way.route, way, 30, way.entrance.family),
    ...way.backends.flatMap(({ route, within }) => ownOf(route, { within }, 41, undefined)),
  ];
}

/** A Gateway of Istio selects pods too. */
const isPolicy = ({ kind }: GatewayFact): boolean => kind !== 'Gateway';
