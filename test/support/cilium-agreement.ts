import { createDecoder } from '../../src/core/kube/decode.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { type CiliumVerdict, createCiliumOracle } from './cilium-oracle.ts';
import type { Query } from './oracle.ts';
import { createRandom } from './random.ts';
import { randomCilium } from './random-cilium.ts';

/** The answers of `reach` to questions about some objects; throws where one of them cannot be read as a whole. */
export function ciliumReach(objects: readonly object[]): (query: Query) => CiliumVerdict {
  const decode = createDecoder();
  const decoded = objects.map(object => decode({ ...object }));
  const read = decoded.flatMap(one => {
    const issues = one.kind === 'other' ? [] : one.issues.filter(({ severity }) => severity === 'error');
    if (issues.length > 0) throw new Error(JSON.stringify(issues));
    return one.kind === 'object' ? [one.object] : [];
  });
  const reach = createReach(buildWorld(read));
  return raw => {
    const query = parseReachQuery(raw);
    if ('problem' in query) throw new Error(query.problem);
    const answer = reach(query);
    if (!('allowed' in answer)) throw new Error(JSON.stringify(answer));
    const { allowed, egress, ingress } = answer;
    return { allowed, egress: egress.allowed, ingress: ingress.allowed };
  };
}

/** What a comparison of `reach` with the oracle came to. */
interface CiliumAgreement {
  readonly probes: number;
  readonly allowed: number;
  readonly unknown: number;
  /** As text to act on; absent: there is none. */
  readonly disagreement?: string;
}

const PROBES_PER_WORLD = 50;

const isSame = (a: CiliumVerdict, b: CiliumVerdict): boolean =>
  a.allowed === b.allowed && a.egress === b.egress && a.ingress === b.ingress;

/** Leaves out every object without which the two still differ. */
function shrunk(objects: readonly object[], query: Query): readonly object[] {
  const differs = (fewer: readonly object[]): boolean => {
    try {
      return !isSame(createCiliumOracle(fewer)(query), ciliumReach(fewer)(query));
    } catch {
      return false; // a pod of the query is gone
    }
  };
  return objects.reduce<readonly object[]>((left, object) => {
    const fewer = left.filter(item => item !== object);
    return differs(fewer) ? fewer : left;
  }, objects);
}

/** Puts random worlds, seeded one by one from `seed`, to both until they differ or `probes` are done. */
export function compareCilium(probes: number, seed: number): CiliumAgreement {
  let [done, allowed, unknown] = [0, 0, 0];
  for (let world = seed; done < probes; world += 1) {
    const { objects, queries } = randomCilium(createRandom(world), Math.min(PROBES_PER_WORLD, probes - done));
    const [oracle, reach] = [createCiliumOracle(objects), ciliumReach(objects)];
    for (const query of queries) {
      const [expected, answered] = [oracle(query), reach(query)];
      if (!isSame(expected, answered)) {
        const small = shrunk(objects, query).map(object => JSON.stringify(object));
        const texts = [expected, answered].map(verdict => JSON.stringify(verdict));
        const disagreement = [`seed ${world}`, ...small, JSON.stringify(query), ...texts].join('\n');
        return { probes: done, allowed, unknown, disagreement };
      }
      done += 1;
      allowed += expected.allowed === true ? 1 : 0;
      unknown += expected.allowed === null ? 1 : 0;
    }
  }
  return { probes: done, allowed, unknown };
}
