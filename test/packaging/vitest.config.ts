import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/packaging/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real processes on a machine of somebody else's: one that was starved is asked once more, and the report says so.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ['verbose'],
  },
});
