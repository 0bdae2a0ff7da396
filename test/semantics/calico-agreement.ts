import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { type Answer, createCalicoOracle } from '../support/calico-oracle.ts';
import type { Query } from '../support/oracle.ts';
import { createRandom } from '../support/random.ts';
import { randomCalicoWorld } from '../support/random-calico.ts';

type Ask = (query: Query) => Answer;

/** `reach` of these objects; throws where one of them has an error. */
function reachOf(objects: readonly unknown[]): Ask {
  const decode = createDecoder();
  const decoded = objects.map(object => decode(object as Fields));
  const reach = createReach(buildWorld(decoded.flatMap(one => (one.kind === 'object' ? [one.object] : []))));
  return raw => {
    const query = parseReachQuery(raw);
    if ('problem' in query) throw new Error(query.problem);
    const answer = reach(query);
    if (!('allowed' in answer)) throw new Error(JSON.stringify(answer));
    if (answer.allowed === null && !answer.causes?.length) throw new Error(`no cause: ${JSON.stringify(answer)}`);
    return answer.allowed;
  };
}

export interface CalicoAgreement {
  readonly answers: Readonly<Record<'true' | 'false' | 'null', number>>;
  /** The first difference, in a world as small as it gets. */
  readonly difference: string | undefined;
}

/** Questions about each world. */
export const PROBES_PER_WORLD = 60;

/** Leaves out every object without which the two still differ. */
function smallest(objects: readonly unknown[], query: Query): string {
  const differ = (fewer: readonly unknown[]): boolean => {
    try {
      return createCalicoOracle(fewer)(query) !== reachOf(fewer)(query);
    } catch {
      return false;
    }
  };
  let left = objects;
  for (const object of objects) {
    const fewer = left.filter(one => one !== object);
    if (differ(fewer)) left = fewer;
  }
  const answers = `oracle ${createCalicoOracle(left)(query)}, reach ${reachOf(left)(query)}`;
  return [...left, query]
    .map(one => JSON.stringify(one))
    .concat(answers)
    .join('\n');
}

/** Asks both about worlds of these seeds, up to the first difference. Ends that could be two pods have no answer, and are not asked about. */
export function compareCalico(firstSeed: number, worlds: number): CalicoAgreement {
  const answers = { true: 0, false: 0, null: 0 };
  for (let seed = firstSeed; seed < firstSeed + worlds; seed += 1) {
    const { objects, queries } = randomCalicoWorld(createRandom(seed), PROBES_PER_WORLD);
    const [oracle, reach] = [createCalicoOracle(objects), reachOf(objects)];
    for (const query of queries) {
      const answer = oracle(query);
      if (answer !== reach(query)) return { answers, difference: `seed ${seed}\n${smallest(objects, query)}` };
      answers[`${answer}`] += 1;
    }
  }
  return { answers, difference: undefined };
}
