import type { Query, Verdict } from './oracle.ts';
import { createRandom } from './random.ts';
import { type RandomWorld, randomWorld } from './random-world.ts';

/** An implementation under comparison: reads manifests (YAML text), then answers queries about that world. */
export type Evaluate = (manifests: string) => (query: Query) => Verdict;

/** A world and a query on which two implementations differ, made as small as leaving documents out makes it. */
export interface Disagreement {
  readonly seed: number;
  readonly manifests: string;
  readonly query: Query;
  readonly answers: readonly [Verdict, Verdict];
}

export interface Agreement {
  readonly worlds: number;
  readonly probes: number;
  /** Probes whose connection both allow: neither all nor none of them, or the comparison says little. */
  readonly allowed: number;
  readonly disagreement: Disagreement | undefined;
}

const PROBES_PER_WORLD = 100;
const FILE = (documents: readonly string[]): string => documents.join('\n---\n');

/** Puts random worlds, seeded one by one from `seed`, to both implementations until they differ or `probes` are done. */
export function compare(first: Evaluate, second: Evaluate, probes: number, seed: number): Agreement {
  let worlds = 0;
  let done = 0;
  let allowed = 0;
  while (done < probes) {
    const world = randomWorld(createRandom(seed + worlds), Math.min(PROBES_PER_WORLD, probes - done));
    const manifests = FILE(world.documents);
    const ask = [first(manifests), second(manifests)] as const;
    for (const query of world.queries) {
      const answers = [ask[0](query), ask[1](query)] as const;
      if (!same(...answers)) {
        const disagreement = shrink(first, second, world, query, seed + worlds);
        return { worlds: worlds + 1, probes: done + 1, allowed, disagreement };
      }
      done += 1;
      allowed += answers[0].allowed ? 1 : 0;
    }
    worlds += 1;
  }
  return { worlds, probes: done, allowed, disagreement: undefined };
}

function same(one: Verdict, other: Verdict): boolean {
  return (
    one.allowed === other.allowed &&
    one.egress === other.egress &&
    one.ingress === other.ingress &&
    one.by.join() === other.by.join()
  );
}

/** Leaves out every document without which the two still differ. */
function shrink(first: Evaluate, second: Evaluate, world: RandomWorld, query: Query, seed: number): Disagreement {
  const answersOn = (documents: readonly string[]): readonly [Verdict, Verdict] => {
    const manifests = FILE(documents);
    return [first(manifests)(query), second(manifests)(query)];
  };
  const stillDiffers = (documents: readonly string[]): boolean => {
    try {
      return !same(...answersOn(documents));
    } catch {
      return false; // a pod of the query is gone
    }
  };
  let documents = world.documents;
  for (const document of world.documents) {
    const fewer = documents.filter(item => item !== document);
    if (stillDiffers(fewer)) documents = fewer;
  }
  return { seed, manifests: FILE(documents), query, answers: answersOn(documents) };
}

/** The disagreement as text to act on. */
export function describeDisagreement(names: readonly [string, string], found: Disagreement): string {
  const [first, second] = found.answers;
  return [
    `world of seed ${found.seed}, as small as it gets:`,
    found.manifests,
    `query: ${JSON.stringify(found.query)}`,
    `${names[0]}: ${JSON.stringify(first)}`,
    `${names[1]}: ${JSON.stringify(second)}`,
  ].join('\n');
}
