import { median } from '../processor.ts';
import type { Checker, Cost, Run } from './measure.ts';

/** What came of a checker: medians of its runs and whom it named, or why there is nothing. */
export type Outcome =
  | {
      readonly kind: 'measured';
      readonly name: string;
      readonly version: string;
      readonly looksFor: string;
      readonly cost: Cost;
      readonly named: ReadonlySet<string>;
    }
  | { readonly kind: 'absent'; readonly name: string; readonly version: string; readonly reason: string };

/** One failed run is enough to count for none. */
export function outcomeOf({ name, version, looksFor }: Checker, runs: readonly Run[]): Outcome {
  const costs: Cost[] = [];
  let named: ReadonlySet<string> = new Set();
  for (const run of runs) {
    if (run.kind === 'failed') return { kind: 'absent', name, version, reason: run.reason };
    costs.push(run.cost);
    named = run.named;
  }
  const middle = (of: keyof Cost): number => median(costs.map(cost => cost[of]));
  const cost = { seconds: middle('seconds'), processor: middle('processor'), megabytes: middle('megabytes') };
  return { kind: 'measured', name, version, looksFor, cost, named };
}

/** How many of the servers that are open, and of those that are closed, are named. */
export interface Score {
  readonly open: number;
  readonly closed: number;
}

/** Counts servers only: a checker that looks at each workload names others too, which is no error of it. */
export function score(named: ReadonlySet<string>, servers: ReadonlyMap<string, string | undefined>): Score {
  const hit = [...servers].filter(([place]) => named.has(place));
  const open = hit.filter(([, fault]) => fault !== undefined).length;
  return { open, closed: hit.length - open };
}

/** Servers by what leaves them open, and by checker how many of them it names. */
export function scoreByFault(
  named: ReadonlySet<string>,
  servers: ReadonlyMap<string, string | undefined>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [place, fault] of servers) {
    if (fault !== undefined && named.has(place)) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  return counts;
}
