import { Session } from 'node:inspector';

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

const countOf = ({ result }: Coverage): number =>
  result
    .filter(({ url }) => url.includes('/src/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);

/** Copies of whole maps and sets, which no block of ours counts. */
function countCopies(): { readonly stop: () => void; readonly copied: () => number } {
  let copied = 0;
  const { set } = Map.prototype;
  const { add, union, difference, intersection } = Set.prototype;
  Map.prototype.set = function (key, value) {
    copied += 1;
    return set.call(this, key, value);
  };
  Set.prototype.add = function (value) {
    copied += 1;
    return add.call(this, value);
  };
  Set.prototype.union = function (other) {
    copied += this.size;
    return union.call(this, other) as never;
  };
  Set.prototype.difference = function (other) {
    copied += this.size;
    return difference.call(this, other);
  };
  Set.prototype.intersection = function (other) {
    copied += Math.min(this.size, other.size);
    return intersection.call(this, other) as never;
  };
  return {
    stop: () => {
      Object.assign(Map.prototype, { set });
      Object.assign(Set.prototype, { add, union, difference, intersection });
    },
    copied: () => copied,
  };
}

/**
 * Counts steps of what is imported after it was made: V8 puts counters only into code that it compiles while it counts. So each file of tests that counts
 * has a process of its own, in which V8's optimizing compilers are switched off (`--no-opt --no-maglev`): what they compile does not count everything, and which
 * code that is depends on the moment.
 */
export function createStepCounter(): {
  /**
   * How much work this is, the same on every machine: how often each block of the sources ran (precise coverage), and how many entries were
   * put into maps and sets. No time is looked at.
   */
  count(work: () => void): number;
} {
  if (!process.execArgv.includes('--no-opt')) throw new Error('steps are counted in tests of test/cost alone');
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const take = (): number => {
    let steps = 0;
    session.post('Profiler.takePreciseCoverage', (_error, coverage) => {
      steps = countOf(coverage as unknown as Coverage);
    });
    return steps;
  };
  return {
    count: work => {
      take();
      const copies = countCopies();
      try {
        work();
      } finally {
        copies.stop();
      }
      return take() + copies.copied();
    },
  };
}
