import { type ByHand, indexByHand } from '../by-hand.ts';
import type { GatewayFact } from '../kube/gateway-fact.ts';
import { selectorOf } from '../kube/selector.ts';
import type {
  Endpoints,
  ForeignPolicy,
  GateException,
  NetworkPolicy,
  Route,
  Service,
  Workload,
} from '../kube/types.ts';
import { lazily, remembered } from '../lazily.ts';
import { byName } from '../order.ts';
import { indexGrants, type ReferenceGrants } from '../reference-grants.ts';
import { nearIn, type PodLabels } from '../selector-index.ts';
import { indexSenders, type Senders } from '../senders.ts';
import { type AddressHolders, addressesOf } from './address-index.ts';

/** What is worked out of the content of a namespace when it is first asked for. */
export interface ContentIndexes {
  /** What the routes and aliases send to, worked out when it is first asked for. */
  senders(): Senders;
  /** What its ReferenceGrants let others refer to, worked out when it is first asked for. */
  referenceGrants(): ReferenceGrants;
  /** The GateExceptions that name an object of this kind and name, by their own names; worked out when they are first asked for. */
  exceptionsFor(kind: string, name: string): readonly GateException[];
  /** All policies that may select pods with these labels, and perhaps more, in the order of `policies`. Costs what it finds where it is asked for often. */
  policiesNear(labels: PodLabels): Iterable<NetworkPolicy>;
  /** The same of Services, but for those without a selector. */
  servicesNear(labels: PodLabels): Iterable<Service>;
  /** The same of policies of other APIs that stand in the namespace, those without a selector among them. */
  foreignPoliciesNear(labels: PodLabels): Iterable<ForeignPolicy>;
  /** Pods of the namespace that endpoints of any namespace name, with these. `world`: of which the namespace is. */
  publishedPods(world: Pick<AddressHolders, 'endpointsAt'>): readonly PublishedPod[];
  /** What of the Services may lead to any workload, worked out when it is first asked for. */
  byHand(): ByHand;
}

type Objects<Item> = ReadonlyMap<string, Item>;

/** A Pod and the endpoints that name it. */
interface PublishedPod {
  readonly pod: Workload;
  readonly endpoints: readonly Endpoints[];
}

/** Endpoints of any namespace that name a Pod, by an address or by its name. */
export const endpointsNaming = (pod: Workload, world: Pick<AddressHolders, 'endpointsAt'>): readonly Endpoints[] =>
  [...addressesOf(pod), `${pod.meta.namespace}/${pod.meta.name}`].flatMap(target => world.endpointsAt(target));

function publishedIn(
  workloads: Objects<Workload>,
  world: Pick<AddressHolders, 'endpointsAt'>,
): readonly PublishedPod[] {
  const pods = workloads.values().filter(({ kind }) => kind === 'Pod');
  const all = pods.map(pod => ({ pod, endpoints: endpointsNaming(pod, world) }));
  return [...all.filter(({ endpoints }) => endpoints.length > 0)];
}

function indexExceptions(exceptions: Iterable<GateException>): ReadonlyMap<string, readonly GateException[]> {
  const byTarget = Map.groupBy(exceptions, ({ target }) => `${target.kind}/${target.name}`);
  for (const group of byTarget.values()) group.sort(byName);
  return byTarget;
}

/** What {@link ContentIndexes} are worked out of. */
interface Maps {
  readonly name: string;
  readonly policies: Objects<NetworkPolicy>;
  readonly workloads: Objects<Workload>;
  readonly services: Objects<Service>;
  readonly aliases: Objects<Service>;
  readonly endpoints: Objects<Endpoints>;
  readonly routes: Objects<Route>;
  readonly exceptions: Objects<GateException>;
  readonly gatewayFacts: Objects<GatewayFact>;
  readonly foreignPolicies: Objects<ForeignPolicy>;
}

/** What each is worked out of, and how. */
const INDEXES: {
  readonly [Name in keyof ContentIndexes]: readonly [
    of: readonly (keyof Maps)[],
    make: (maps: Maps) => ContentIndexes[Name],
  ];
} = {
  policiesNear: [['policies'], ({ policies }) => nearIn(policies, ({ podSelector }) => podSelector)],
  servicesNear: [['services'], ({ services }) => nearIn(services, ({ selector }) => selector && selectorOf(selector))],
  foreignPoliciesNear: [
    ['foreignPolicies'],
    ({ foreignPolicies }) => nearIn(foreignPolicies, ({ podSelector }) => podSelector ?? []),
  ],
  publishedPods: [['workloads'], ({ workloads }) => remembered(world => publishedIn(workloads, world))],
  byHand: [
    ['services', 'endpoints'],
    ({ services, endpoints }) => lazily(() => indexByHand(services.values(), endpoints.values())),
  ],
  senders: [
    ['routes', 'aliases'],
    ({ name, routes, aliases }) => lazily(() => indexSenders(name, routes.values(), aliases.values())),
  ],
  referenceGrants: [['gatewayFacts'], ({ gatewayFacts }) => lazily(() => indexGrants(gatewayFacts.values()))],
  exceptionsFor: [
    ['exceptions'],
    ({ exceptions }) => {
      const byTarget = lazily(() => indexExceptions(exceptions.values()));
      return (kind, object) => byTarget().get(`${kind}/${object}`) ?? [];
    },
  ],
};

/**
 * Nothing may change in the maps once something has been asked for. `before`: a content of the same namespace, perhaps with some of the same maps: what is
 * worked out of these is taken over.
 */
export function indexesOf(maps: Maps, before?: Maps & ContentIndexes): ContentIndexes {
  const index = <Name extends keyof ContentIndexes>(name: Name): ContentIndexes[Name] => {
    const [of, make] = INDEXES[name];
    return before !== undefined && of.every(one => before[one] === maps[one]) ? before[name] : make(maps);
  };
  return {
    policiesNear: index('policiesNear'),
    servicesNear: index('servicesNear'),
    foreignPoliciesNear: index('foreignPoliciesNear'),
    publishedPods: index('publishedPods'),
    byHand: index('byHand'),
    senders: index('senders'),
    referenceGrants: index('referenceGrants'),
    exceptionsFor: index('exceptionsFor'),
  };
}
