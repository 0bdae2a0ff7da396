import { isTooLarge } from './kube/size.ts';
import type { Endpoints, Service } from './kube/types.ts';

/** Of the Services of a namespace, what may lead to any workload, whatever its labels. */
export interface ByHand {
  /** Those without a selector that are no other name of another: somebody writes their endpoints. */
  readonly services: readonly Service[];
  /** Known endpoints of the Service of this name. */
  endpointsOf(service: string): readonly Endpoints[];
  /** Services that are too large, with a selector or without. */
  readonly tooLarge: readonly Service[];
  readonly tooLargeEndpoints: readonly Endpoints[];
}

export function indexByHand(services: Iterable<Service>, endpoints: Iterable<Endpoints>): ByHand {
  const [all, written] = [[...services], [...endpoints]];
  const byService = Map.groupBy(written, ({ service }) => service);
  return {
    services: all.filter(({ selector, type }) => selector === undefined && type !== 'ExternalName'),
    endpointsOf: service => byService.get(service) ?? [],
    tooLarge: all.filter(isTooLarge),
    tooLargeEndpoints: written.filter(isTooLarge),
  };
}
