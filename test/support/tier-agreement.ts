import { createDecoder } from '../../src/core/kube/decode.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { Query } from './oracle.ts';
import { createRandom } from './random.ts';
import { randomTierWorld } from './random-tiers.ts';
import { createTierOracle, type Truth } from './tier-oracle.ts';

type Objects = readonly Readonly<Record<string, unknown>>[];

/** What `reach` says. Throws where it refuses a query. */
function reachOf(objects: Objects): (query: Query) => Truth {
  const decode = createDecoder();
  const decoded = objects.map(object => decode(object));
  const reach = createReach(buildWorld(decoded.flatMap(one => (one.kind === 'object' ? [one.object] : []))));
  return raw => {
    const query = parseReachQuery(raw);
    const answer = 'problem' in query ? query : reach(query);
    if (!('allowed' in answer)) throw new Error(JSON.stringify(answer));
    return answer.allowed;
  };
}

/** What came of a comparison. */
export interface TierAgreement {
  readonly probes: number;
  readonly allowed: number;
  readonly unknown: number;
  /** As JSON: the world without what does not matter, the query and both answers. */
  readonly disagreement: string | undefined;
}

const PROBES_PER_WORLD = 60;

function shrunk(objects: Objects, query: Query): Objects {
  const differs = (some: Objects): boolean => {
    try {
      return createTierOracle(some)(query) !== reachOf(some)(query);
    } catch {
      return false;
    }
  };
  return objects.reduce((rest, object) => {
    const fewer = rest.filter(one => one !== object);
    return differs(fewer) ? fewer : rest;
  }, objects);
}

/** Puts random worlds with policies of several tiers to `reach` and to the oracle, until they differ or `probes` are done. */
export function compareTiers(probes: number, seed: number): TierAgreement {
  let [done, allowed, unknown] = [0, 0, 0];
  for (let world = 0; done < probes; world += 1) {
    const { objects, queries } = randomTierWorld(createRandom(seed + world), Math.min(PROBES_PER_WORLD, probes - done));
    const [oracle, reach] = [createTierOracle(objects), reachOf(objects)];
    for (const query of queries) {
      const answers = [oracle(query), reach(query)] as const;
      done += 1;
      if (answers[0] !== answers[1]) {
        const small = shrunk(objects, query);
        return {
          probes: done,
          allowed,
          unknown,
          disagreement: JSON.stringify({ objects: small, query, answers }, null, 1),
        };
      }
      if (answers[0] === true) allowed += 1;
      if (answers[0] === null) unknown += 1;
    }
  }
  return { probes: done, allowed, unknown, disagreement: undefined };
}
