import { refText } from '../explain.ts';
import { type Family, factKey, GATEWAY_API, type GatewayFact, type NamedObject } from '../kube/gateway-fact.ts';
import type { ObjectRef, Route, RouteParent } from '../kube/types.ts';
import { refOf } from '../world/refs.ts';
import type { World } from '../world/world.ts';
import { familyOfClassName, familyOfController } from './classes.ts';

/** Where a route lets traffic in. */
export interface Entrance {
  readonly parent: RouteParent;
  /** In words: `Gateway infra/public`. */
  readonly text: string;
  /** Of a Gateway that is among what is judged. */
  readonly gateway: GatewayFact | undefined;
  /** A set of listeners that the route attaches to in place of the Gateway. */
  readonly listenerSet: GatewayFact | undefined;
  /** `undefined`: it is not known which product it is. */
  readonly family: Family | undefined;
  /** Objects with settings of the Gateway: its own, then those of its class. */
  readonly settings: readonly NamedObject[];
  /** Why it is not known what is asked here, where nothing says it; `undefined`: it is known. */
  readonly unknown: string | undefined;
}

/** The object that people know it by. */
export const objectOf = (fact: GatewayFact): ObjectRef => fact.partOf ?? refOf(fact);

const GATEWAY = { group: GATEWAY_API, kind: 'Gateway' };

/** An object by its full name; `undefined` where it is not among what is judged. */
export const factNamed = (world: World, { group, kind, namespace, name }: NamedObject): GatewayFact | undefined =>
  namespace === ''
    ? world.wideFacts.find(fact => fact.group === group && fact.kind === kind && fact.meta.name === name)
    : world.namespace(namespace).gatewayFacts.get(factKey({ group, kind }, name));

/** Which product a Gateway is of, by its class, and what that class names as its settings. */
function classOf(gateway: GatewayFact | undefined, world: World) {
  if (gateway === undefined) return { family: undefined, settings: undefined };
  const { runBy } = gateway;
  const found = factNamed(world, { group: GATEWAY_API, kind: 'GatewayClass', namespace: '', name: runBy });
  const family = found ? familyOfController(found.runBy) : familyOfClassName('GatewayClass', runBy);
  return { family, settings: found?.parent };
}

const isJudged = (family: Family | undefined): boolean => family !== undefined && family !== 'other';

/** The parent itself, and the Gateway that it is, or that it is a part of. */
function holderOf({ object = GATEWAY, namespace, name }: RouteParent, world: World) {
  const named = { ...object, namespace, name };
  const first = name === '' ? undefined : factNamed(world, named);
  if (object.kind === 'Gateway') return { named, gateway: first, listenerSet: undefined };
  const holder = first?.parent;
  return { named: holder ?? named, gateway: holder && factNamed(world, holder), listenerSet: first };
}

/** A Gateway, or a part of one, as the entrance of a route. */
export function entranceOf(parent: RouteParent, world: World): Entrance {
  const { named, gateway, listenerSet } = holderOf(parent, world);
  const ofClass = classOf(gateway, world);
  const { object = GATEWAY, namespace, name } = parent;
  const text = name === '' ? 'the default Gateways' : refText({ kind: object.kind, namespace, name });
  const family = object.group === 'networking.istio.io' ? 'istio' : ofClass.family;
  const notJudged = isJudged(family) ? undefined : `what gateways of the class "${gateway?.runBy}" ask is not judged`;
  const missing = `${name === '' ? text : refText(named)} is not among what is judged`;
  const settings = [gateway?.parent, ofClass.settings].flatMap(one => one ?? []);
  return { parent, text, gateway, listenerSet, family, settings, unknown: gateway ? notJudged : missing };
}

const classText = (name: string): string => (name === '' ? 'the default ingress class' : `ingress class ${name}`);

const INGRESS_GROUP = 'networking.k8s.io';

/** Kinds that one product alone reads, whatever their class is called. */
const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ['traefik.io', 'traefik'],
  ['traefik.containo.us', 'traefik'],
]);

function classFamily({ group }: Route, { name }: RouteParent, world: World): Family | undefined {
  if (group !== INGRESS_GROUP) return FAMILIES.get(group) ?? 'other';
  const found = factNamed(world, { group, kind: 'IngressClass', namespace: '', name });
  return found ? familyOfController(found.runBy) : familyOfClassName('IngressClass', name);
}

function classEntrance(route: Route, parent: RouteParent, world: World): Entrance {
  const family = classFamily(route, parent, world);
  const text = classText(parent.name);
  const whose = route.group === INGRESS_GROUP ? text : route.kind;
  const unknown = isJudged(family) ? undefined : `what controllers of ${whose} ask is not judged`;
  return { parent, text, gateway: undefined, listenerSet: undefined, family, settings: [], unknown };
}

/** Where a route lets traffic in: one for each of its parents that publishes it. Mesh routes attach to a Service, and publish nothing. */
export function entrancesOf(route: Route, parents: readonly RouteParent[], world: World): readonly Entrance[] {
  return parents.flatMap((parent): readonly Entrance[] => {
    if (parent.kind === 'Service') return [];
    if (parent.kind === 'IngressClass') return [classEntrance(route, parent, world)];
    if (parent.kind !== 'Controller') return [entranceOf(parent, world)];
    const unknown = `what controllers of ${route.kind} ask is not judged`;
    const text = 'the controller of its kind';
    return [{ parent, text, gateway: undefined, listenerSet: undefined, family: 'other', settings: [], unknown }];
  });
}
