import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    // Nothing keeps state in its modules, so a worker need not load them anew for each file: a third of the processor time. Fake times, environments and
    // folders are put back by the test that changes them.
    isolate: false,
    // Left to itself it leaves one processor out, which is half of two.
    maxWorkers: '100%',
    // Property tests take a second alone and several on a machine with other work: a limit is there to end what hangs, not to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
