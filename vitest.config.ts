import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    // Its own choice leaves one core idle: on two that is half of the time.
    maxWorkers: '100%',
    // Property tests take a second alone and several on a machine with other work: a limit is there to end what hangs, not to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
