import type { Output } from './io.ts';

/** Milliseconds before the first line, and between two: short work shows none. */
const INTERVAL_MS = 250;

/** One line that is written over, on a terminal. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

/** `undefined` where nobody watches. */
export function createProgress(output: Output): Progress | undefined {
  if (!output.isTerminal) return undefined;
  let next = performance.now() + INTERVAL_MS;
  let isShown = false;
  return {
    show: text => {
      const now = performance.now();
      if (now < next) return;
      next = now + INTERVAL_MS;
      isShown = true;
      void output.write(`\r\u001b[2K${text}`);
    },
    clear: () => {
      if (isShown) void output.write('\r\u001b[2K');
    },
  };
}
