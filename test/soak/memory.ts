import { readFileSync } from 'node:fs';
import { percentile } from './percentile.ts';

/** Resident memory of one process over the time of the soak, in MiB: medians of its second and its last third, and the most that was seen. */
export interface Memory {
  readonly middle: number;
  readonly last: number;
  readonly most: number;
}

const EVERY_MS = 1000;
/** Flat: the last third takes no more than this of the second one. */
const GROWTH = 1.15;
/** And this beside it, in MiB: what a collector of garbage leaves lying for a while. */
const SLACK = 32;

/** In MiB; undefined where the process has ended. */
function residentOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return undefined;
  }
}

export function memoryOf(samples: readonly number[]): Memory {
  const third = Math.floor(samples.length / 3);
  return {
    middle: percentile(samples.slice(third, 2 * third), 0.5),
    last: percentile(samples.slice(2 * third), 0.5),
    most: percentile(samples, 1),
  };
}

export const isFlat = ({ middle, last }: Memory): boolean => last <= middle * GROWTH + SLACK;

/** Looks at the process every second, until it is told to stop. */
export function watchMemory(pid: number): () => Memory {
  const samples: number[] = [];
  const timer = setInterval(() => {
    const resident = residentOf(pid);
    if (resident !== undefined) samples.push(resident);
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    return memoryOf(samples);
  };
}

export const memoryText = (memory: Memory): string =>
  `median of the second third ${Math.round(memory.middle)} MiB, of the last ${Math.round(memory.last)} MiB, most ${Math.round(memory.most)} MiB${isFlat(memory) ? '' : ' (grows)'}`;
