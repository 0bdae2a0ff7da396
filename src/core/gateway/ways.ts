import { grantedTo } from '../granted.ts';
import type { NamedObject } from '../kube/gateway-fact.ts';
import { MIDDLEWARE } from '../kube/traefik.ts';
import type { Labels, Route } from '../kube/types.ts';
import { type Leading, type PublicationContext, publicationOf } from '../publication.ts';
import { parentsOf, sendsTo } from '../route-delegation.ts';
import type { World } from '../world.ts';
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
  readonly backends: readonly Route[];
  readonly services: ReadonlyMap<string, Leading>;
}

/** The rules of a route that lead to the server, each with what they send to. */
function rulesOf(route: Route, { backends, services }: Led, world: World) {
  const leading = route.backends.flatMap(backend => {
    const behind = backends.find(one => sendsTo(route, backend, one));
    const isService = backend.kind === 'Service' && services.has(`${backend.namespace}/${backend.name}`);
    const isLet = grantedTo(route, backend, world) !== 'no';
    const upTo = behind?.kind === MIDDLEWARE ? backend.path : undefined;
    return isLet && (behind || isService) ? [{ within: ruleOf(backend.path), upTo, backend, behind }] : [];
  });
  const rules = [...Map.groupBy(leading, ({ within, upTo }) => `${within} ${upTo}`).values()].map(sent => ({
    ...{ within: sent[0]?.within ?? '', upTo: sent[0]?.upTo },
    sent,
  }));
  return rules.length === 0 ? [{ within: '', upTo: undefined, sent: [] }] : rules;
}

/** The ways through one route. */
function* waysThrough(route: Route, leading: Leading, led: Led, world: World): Generator<Way> {
  const entrances = entrancesOf(route, led.parentsOf(route), world);
  if (entrances.length === 0) return;
  const own = { group: route.group, kind: route.kind, namespace: route.meta.namespace, name: route.meta.name };
  for (const { within, upTo, sent } of rulesOf(route, led, world)) {
    const section = route.asks?.rules.get(within) ?? '';
    const backends = [...new Set(sent.flatMap(({ behind }) => behind ?? []))].map(one => {
      const [first, ...others] = rulesOf(one, led, world);
      return { route: one, within: others.length === 0 ? (first?.within ?? '') : '' };
    });
    const behind: readonly Point[] = sent.map(({ backend, behind: object }) => ({
      group: object?.group ?? '',
      ...{ kind: backend.kind, namespace: backend.namespace, name: backend.name, section: '' },
      labels: object?.meta.labels ?? NO_LABELS,
      level: LEVEL.backend,
    }));
    const atRoute: Point = { ...own, labels: route.meta.labels, section, level: LEVEL.route };
    for (const entrance of entrances)
      for (const listener of sectionsOf(entrance, route)) {
        const points = [...gatewayPoints(entrance, listener), atRoute, ...behind];
        yield { route, within, ...(upTo !== undefined && { upTo }), entrance, leading, backends, points };
      }
  }
}

const passes = ([, leading]: readonly [unknown, Leading]): boolean => leading !== 'not-granted';

/** Every way by which requests come to the server, one after the other: a route has as many as its parents times its rules. */
export function* waysTo(context: PublicationContext): Generator<Way> {
  const all = publicationOf(context);
  const routes = [...all.routes].filter(passes);
  const services = new Map([...all.services].filter(passes));
  const led: Led = {
    parentsOf: route => parentsOf(route, all.routes, context.world),
    backends: routes.map(([route]) => route).filter(route => route.isBackend),
    services,
  };
  for (const [route, leading] of routes) yield* waysThrough(route, leading, led, context.world);
}
