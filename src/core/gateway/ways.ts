import { grantedTo } from '../backend-grants.ts';
import type { NamedObject } from '../kube/gateway-fact.ts';
import { MIDDLEWARE } from '../kube/traefik.ts';
import type { Labels, Route, RouteBackend } from '../kube/types.ts';
import type { Leading, Publication, PublicationContext } from '../publication.ts';
import { indexBelow, parentsOf } from '../route-delegation.ts';
import type { World } from '../world/world.ts';
import { type Entrance, entrancesOf } from './entrance.ts';

/** Something that policies attach to, on the way of a request. */
export interface Point extends NamedObject {
  readonly labels: Labels;
  /** Listener or rule; empty: it has no parts, or the request takes any of them. */
  readonly section: string;
  /** How near to the server it is: of policies of one kind the nearest one may count alone. */
  readonly level: number;
}

/** One way by which requests come to the server: in at an entrance, by one rule of a route. */
export interface Way {
  readonly route: Route;
  /** Path of the rule: `spec.rules[0]`; empty where the route has no rules. */
  readonly within: string;
  /** Path of the middleware of the rule that sends requests to the server itself: what stands after it is not asked. Absent: the rule does. */
  readonly upTo?: string;
  readonly entrance: Entrance;
  readonly leading: Leading;
  readonly points: readonly Point[];
  /** Objects between the route and the Service that may ask something themselves, each with the rule that leads on; empty: there are none, or several. */
  readonly backends: readonly { readonly route: Route; readonly within: string }[];
}

const NO_LABELS: Labels = new Map();
/** Listeners of one Gateway that are told apart; a Gateway can have 64. */
const MAX_LISTENERS = 64;

/** Where a policy of one place counts before another: the listener before its Gateway, the route before both, its rule, and what lies behind it. */
const LEVEL = { gateway: 10, listenerSet: 20, route: 30, backend: 40, service: 40 } as const;

/** The rule that a backend stands in. */
const ruleOf = (path: string): string => /^spec\.(?:rules|routes|http)\[\d+\]/.exec(path)?.[0] ?? '';

/** Listeners that the route attaches to, each by itself: what is asked at one of them is not asked at the others. */
function sectionsOf({ parent, gateway, listenerSet }: Entrance, route: Route): readonly string[] {
  if (parent.section !== undefined) return [parent.section];
  const holder = listenerSet ?? gateway;
  if (holder === undefined) return [''];
  const isOwn = route.meta.namespace === holder.meta.namespace;
  const all = holder.listeners.slice(0, MAX_LISTENERS);
  const open = all.filter(({ ownNamespaceOnly }) => isOwn || !ownNamespaceOnly);
  const names = (open.length > 0 ? open : all).map(({ name }) => name);
  return names.length === 0 ? [''] : names;
}

function gatewayPoints({ parent, gateway, listenerSet }: Entrance, section: string): readonly Point[] {
  if (parent.kind !== 'Gateway' && listenerSet === undefined) return [];
  const { object = { group: '', kind: '' }, namespace, name } = parent;
  const own = { ...object, namespace, name, section };
  const labels = (listenerSet ?? gateway)?.meta.labels ?? NO_LABELS;
  if (listenerSet === undefined) return [{ ...own, labels, level: LEVEL.gateway }];
  const holder = listenerSet.parent;
  const up = holder && { ...holder, section: '', labels: gateway?.meta.labels ?? NO_LABELS, level: LEVEL.gateway };
  return [...(up ? [up] : []), { ...own, labels, level: LEVEL.listenerSet }];
}

interface Led {
  /** By which a route lets traffic in. */
  readonly parentsOf: (route: Route) => Route['through'];
  readonly below: ReturnType<typeof indexBelow>;
  readonly services: ReadonlyMap<string, Leading>;
}

/** One thing that a rule of a route sends to and that leads to the server. */
interface Sent {
  readonly within: string;
  readonly upTo?: string;
  readonly backend: RouteBackend;
  /** Absent: it is a Service. */
  readonly behind?: Route;
}

const sentKey = ({ within, upTo, backend: { kind, namespace, name }, behind }: Sent): string =>
  JSON.stringify([within, upTo, kind, namespace, behind?.meta.name ?? name]);

/** What the rules of a route send to that leads to the server, each once: what is asked on the way to one is not asked on the way to another. */
function sentBy(route: Route, { below, services }: Led, world: World): readonly Sent[] {
  const sent = route.backends.flatMap((backend): readonly Sent[] => {
    if (grantedTo(route, backend, world) === 'no') return [];
    const within = ruleOf(backend.path);
    const isService = backend.kind === 'Service' && services.has(`${backend.namespace}/${backend.name}`);
    if (isService) return [{ within, backend }];
    const upTo = backend.kind === MIDDLEWARE ? { upTo: backend.path } : {};
    return below(route, backend).map(behind => ({ within, ...upTo, backend, behind }));
  });
  return [...new Map(sent.map(one => [sentKey(one), one])).values()];
}

function pointOf({ backend, behind }: Sent): Point {
  const { kind, namespace, name } = backend;
  return {
    ...{ group: behind?.group ?? '', kind, namespace, name: behind?.meta.name ?? name, section: '' },
    labels: behind?.meta.labels ?? NO_LABELS,
    level: LEVEL.backend,
  };
}

/** The one rule of an object between that leads on. */
function ruleBehind(behind: Route, led: Led, world: World): string {
  const [first, ...others] = new Set(sentBy(behind, led, world).map(({ within }) => within));
  return others.length === 0 ? (first ?? '') : '';
}

/** What of a way is the same at every entrance; `sent` absent: it is not known by which rule the route leads to the server. */
function partsOf(route: Route, sent: Sent | undefined, led: Led, world: World) {
  const { within = '', upTo, behind } = sent ?? {};
  const { group, kind, meta } = route;
  const section = route.asks?.rules.get(within) ?? '';
  const own = { group, kind, namespace: meta.namespace, name: meta.name, labels: meta.labels, section };
  return {
    ...{ route, within, ...(upTo !== undefined && { upTo }) },
    backends: behind ? [{ route: behind, within: ruleBehind(behind, led, world) }] : [],
    points: [{ ...own, level: LEVEL.route }, ...(sent ? [pointOf(sent)] : [])],
  };
}

/** The ways through one route. */
function* waysThrough(route: Route, leading: Leading, led: Led, world: World): Generator<Way> {
  const entrances = entrancesOf(route, led.parentsOf(route), world);
  if (entrances.length === 0) return;
  const sent = sentBy(route, led, world);
  for (const one of sent.length === 0 ? [undefined] : sent) {
    const { points, ...parts } = partsOf(route, one, led, world);
    for (const entrance of entrances)
      for (const listener of sectionsOf(entrance, route))
        yield { ...parts, entrance, leading, points: [...gatewayPoints(entrance, listener), ...points] };
  }
}

const passes = ([, leading]: readonly [unknown, Leading]): boolean => leading !== 'not-granted';

/** Every way by which requests come to the server, one after the other: a route has as many as its parents times its rules. */
export function* waysTo({ world }: PublicationContext, all: Publication): Generator<Way> {
  const routes = [...all.routes].filter(passes);
  const services = new Map([...all.services].filter(passes));
  const led: Led = {
    parentsOf: route => parentsOf(route, all.routes, world),
    below: indexBelow(routes.map(([route]) => route)),
    services,
  };
  for (const [route, leading] of routes) yield* waysThrough(route, leading, led, world);
}
