import { defineConfig } from 'vitest/config';

/** Apart from the other end-to-end tests: a real kubelet needs root, and cgroups of the machine. */
export default defineConfig({
  test: {
    include: ['test/real-node/**/*.e2e.ts'],
    pool: 'forks',
    // All take the addresses of one machine.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Real processes on a machine of somebody else's: one that was starved is asked once more, and the report says so.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ['verbose'],
  },
});
