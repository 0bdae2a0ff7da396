import type { Output } from './io.ts';

/** Milliseconds before the first line, and between two: short work shows none. */
const INTERVAL_MS = 250;

/** One line that is written over, on a terminal. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

/** Shows nothing where nobody watches. */
export function createProgress(output: Output): Progress {
  let next = Date.now() + INTERVAL_MS;
  let isShown = false;
  return {
    show: text => {
      const now = Date.now();
      if (now < next) return;
      next = now + INTERVAL_MS;
      if (!output.isTerminal()) return;
      isShown = true;
      void output.write(`\r\u001b[2K${text}`);
    },
    clear: () => {
      if (isShown) void output.write('\r\u001b[2K');
    },
  };
}
