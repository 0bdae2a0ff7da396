import { defineConfig } from 'vitest/config';

const COUNTED = ['test/cost/**/*.test.ts'];

export default defineConfig({
  test: {
    // Nothing keeps state in its modules, so a worker need not load them anew for each file: a third of the processor time. Fake times, environments and
    // folders are put back by the test that changes them.
    isolate: false,
    // Left to itself it leaves one processor out, which is half of two.
    maxWorkers: '100%',
    // Property tests take a second alone and several on a machine with other work: a limit is there to end what hangs, not to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'test', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**', ...COUNTED] } },
      {
        extends: true,
        // Steps are counted from when the sources are loaded, and in code that no optimizing compiler has touched: see test/support/count-steps.ts.
        test: { name: 'cost', include: COUNTED, isolate: true, execArgv: ['--no-opt', '--no-maglev'] },
      },
    ],
  },
});
