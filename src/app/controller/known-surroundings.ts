import type { Workload } from '../../core/kube/types.ts';
import { areSameItems } from '../../core/same.ts';
import type { NamespaceContent } from '../../core/world/world.ts';
import type { Surroundings } from '../namespace-index.ts';

/** All of a content that is neither policy, workload nor Service. */
function besideOf({ namespace, ...content }: NamespaceContent): readonly unknown[] {
  const { aliases, endpoints, routes, foreignPolicies, exceptions, gatewayFacts } = content;
  const maps = [aliases, endpoints, routes, foreignPolicies, exceptions, gatewayFacts];
  return [namespace, ...maps.flatMap(map => [map.size, ...map.values()])];
}

/** A list of objects, and what stands for them. */
interface Known {
  readonly objects: readonly unknown[];
  readonly token: object;
}

/** What stands for these objects: the same as before where they are the same. */
function tokenFor(objects: readonly unknown[], before: Known | undefined): Known {
  return before !== undefined && areSameItems(objects, before.objects) ? before : { objects, token: {} };
}

/** Remembers the surroundings of one namespace from one index of it to the next: of each workload the last ones, for as long as it is there. */
export function rememberSurroundings(): Surroundings {
  let beside: Known | undefined;
  const around = new WeakMap<Workload, Known>();
  return {
    beside: content => {
      beside = tokenFor(besideOf(content), beside);
      return beside.token;
    },
    around: (workload, near, besideThem) => {
      if (workload === undefined) return {};
      const known = tokenFor([...near, besideThem], around.get(workload));
      around.set(workload, known);
      return known.token;
    },
  };
}
