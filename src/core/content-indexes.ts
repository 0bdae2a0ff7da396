import { type ByHand, indexByHand } from './by-hand.ts';
import { selectorOf } from './kube/selector.ts';
import type { Endpoints, GateException, NetworkPolicy, Route, Service } from './kube/types.ts';
import { lazily } from './lazily.ts';
import { byName } from './order.ts';
import { nearIn, type PodLabels } from './selector-index.ts';
import { indexSenders, type Senders } from './senders.ts';

/** What is worked out of the content of a namespace when it is first asked for. */
export interface ContentIndexes {
  /** What the routes and aliases send to, worked out when it is first asked for. */
  senders(): Senders;
  /** The GateExceptions that name an object of this kind and name, by their own names; worked out when they are first asked for. */
  exceptionsFor(kind: string, name: string): readonly GateException[];
  /** All policies that may select pods with these labels, and perhaps more, in the order of `policies`. Costs what it finds where it is asked for often. */
  policiesNear(labels: PodLabels): Iterable<NetworkPolicy>;
  /** The same of Services, but for those without a selector. */
  servicesNear(labels: PodLabels): Iterable<Service>;
  /** What of the Services may lead to any workload, worked out when it is first asked for. */
  byHand(): ByHand;
}

function indexExceptions(exceptions: Iterable<GateException>): ReadonlyMap<string, readonly GateException[]> {
  const byTarget = Map.groupBy(exceptions, ({ target }) => `${target.kind}/${target.name}`);
  for (const group of byTarget.values()) group.sort(byName);
  return byTarget;
}

type Objects<Item> = ReadonlyMap<string, Item>;

/** What {@link ContentIndexes} are worked out of. */
interface Maps {
  readonly name: string;
  readonly policies: Objects<NetworkPolicy>;
  readonly services: Objects<Service>;
  readonly aliases: Objects<Service>;
  readonly endpoints: Objects<Endpoints>;
  readonly routes: Objects<Route>;
  readonly exceptions: Objects<GateException>;
}

/** Nothing may change in the maps once something has been asked for. */
export function indexesOf({ name, policies, services, aliases, endpoints, routes, exceptions }: Maps): ContentIndexes {
  const byTarget = lazily(() => indexExceptions(exceptions.values()));
  return {
    policiesNear: nearIn(policies, ({ podSelector }) => podSelector),
    servicesNear: nearIn(services, ({ selector }) => selector && selectorOf(selector)),
    byHand: lazily(() => indexByHand(services.values(), endpoints.values())),
    senders: lazily(() => indexSenders(name, routes.values(), aliases.values())),
    exceptionsFor: (kind, object) => byTarget().get(`${kind}/${object}`) ?? [],
  };
}
