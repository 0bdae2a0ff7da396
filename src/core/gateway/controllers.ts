import { control, type GatewayFact } from '../kube/gateway-fact.ts';
import { GLOBAL_AUTH } from '../kube/gateway-settings.ts';
import { ENTRY_POINTS, entryPointsOf } from '../kube/traefik-entry-points.ts';
import type { Route } from '../kube/types.ts';
import { refOf } from '../world/refs.ts';
import type { World } from '../world/world.ts';
import type { Attached } from './attached.ts';
import { objectOf } from './entrance.ts';
import type { Way } from './ways.ts';

/** Whether an Ingress is among those that ask what the controller is told to ask everywhere. */
const ENABLE_GLOBAL_AUTH = 'nginx.ingress.kubernetes.io/enable-global-auth';

/** What the controller of an Ingress is told for all of them. Of several controllers, which one it is is not known. */
function ofController({ route, entrance: { family } }: Way, { wideFacts }: World): readonly Attached[] {
  if (family !== 'ingress-nginx' && family !== 'nginx') return [];
  const told = wideFacts.filter(
    ({ kind, family: of, unlisted }) => kind === 'ConfigMap' && of === 'ingress-nginx' && unlisted === undefined,
  );
  const isExempt = route.meta.annotations.get(ENABLE_GLOBAL_AUTH) === 'false';
  return told.map(fact => ({
    object: refOf(fact),
    sort: fact.kind,
    level: 0,
    merge: 'union',
    controls: fact.controls.filter(({ by }) => !isExempt || by !== GLOBAL_AUTH),
    delegations: [],
    isUnsure: told.length > 1,
  }));
}

const isEntryPoints = ({ group, kind }: GatewayFact): boolean =>
  group === ENTRY_POINTS.group && kind === ENTRY_POINTS.kind;

/** What a fact asks at one entry point, as of all. */
const askedAt = ({ controls, delegations }: GatewayFact, point: string) => ({
  controls: controls.filter(({ within }) => within === point).map(one => ({ ...one, within: '' })),
  delegations: delegations.filter(({ within }) => within === point).map(one => ({ ...one, within: '' })),
});

/** What is asked at the entry points that a route is at, where they ask alike; else it is not known. */
function askedAtEach(fact: GatewayFact, { entryPoints }: Route) {
  const used = entryPoints ?? fact.listeners.map(({ name }) => name);
  const each = used.map(point => askedAt(fact, point));
  const isAlike = new Set(each.map(one => JSON.stringify(one))).size <= 1;
  if (isAlike) return each[0] ?? askedAt(fact, '');
  const says = `entry points ${used.join(', ')} have different middlewares`;
  return { controls: [control('authentication', 'entry points', 'unknown', 'spec', says)], delegations: [] };
}

/** Where charts and distributions run Traefik in a cluster: whoever may run pods elsewhere must not speak for it. */
const HOMES: readonly string[] = ['traefik', 'traefik-system', 'traefik-v2', 'kube-system'];

/** Entry points of every Traefik: wherever it stands among files, and where it usually runs in a cluster. */
function entryPointsIn(world: World): readonly GatewayFact[] {
  const usual = HOMES.flatMap(home => [...world.namespace(home).workloads.values()].flatMap(entryPointsOf));
  const all = [...world.wideFacts.filter(isEntryPoints), ...usual];
  return [...new Map(all.map(fact => [`${fact.meta.namespace}/${fact.meta.name}`, fact])).values()];
}

/** What the entry points of Traefik ask. A route that is not to be logged is not, whatever they say of logs. */
function ofEntryPoints({ route, entrance: { family } }: Way, world: World): readonly Attached[] {
  if (family !== 'traefik') return [];
  const told = entryPointsIn(world);
  const isOff = route.asks?.controls.some(({ aspect, demand }) => aspect === 'log' && demand === 'none') ?? false;
  return told.map(fact => {
    const { controls, delegations } = askedAtEach(fact, route);
    const everywhere = askedAt(fact, '').controls.filter(({ aspect }) => !isOff || aspect !== 'log');
    const own = { object: objectOf(fact), sort: fact.kind, level: 0, merge: 'union' as const };
    return { ...own, controls: [...everywhere, ...controls], delegations, isUnsure: told.length > 1 };
  });
}

/** What the controllers of a class are told for all of their routes. */
export const toldToControllers = (way: Way, world: World): readonly Attached[] => [
  ...ofController(way, world),
  ...ofEntryPoints(way, world),
];
