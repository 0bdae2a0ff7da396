import { isTooLarge } from './kube/size.ts';
import type { Route, Service } from './kube/types.ts';

/** What sends traffic to the objects of a namespace. */
export interface Senders {
  /** Routes, and Services that are another name: of a Service, or of a route that others send to. */
  to(kind: string, name: string): readonly (Route | Service)[];
  /** Routes that are too large: they may send to any object of the namespace. Those that only name servers open nothing. */
  readonly tooLarge: readonly Route[];
}

/** An index of what sends to this namespace. Costs as much as there is of it. */
export function indexSenders(namespace: string, routes: Iterable<Route>, aliases: Iterable<Service>): Senders {
  const senders = new Map<string, Set<Route | Service>>();
  const tooLarge: Route[] = [];
  const add = (key: string, sender: Route | Service): void => {
    const known = senders.get(key);
    if (known === undefined) senders.set(key, new Set([sender]));
    else known.add(sender);
  };
  for (const route of routes) {
    if (isTooLarge(route) && !route.isMcp) tooLarge.push(route);
    for (const backend of route.backends) {
      if (backend.namespace === namespace) add(`${backend.kind}/${backend.name}`, route);
    }
  }
  for (const alias of aliases) if (alias.aliasOf) add(`Service/${alias.aliasOf.name}`, alias);
  return { to: (kind, name) => [...(senders.get(`${kind}/${name}`) ?? [])], tooLarge };
}
