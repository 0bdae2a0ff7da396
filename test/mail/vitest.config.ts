import { defineConfig } from 'vitest/config';

/** Apart from the other end-to-end tests, whose private network has one user: Postfix needs several. */
export default defineConfig({
  test: {
    include: ['test/mail/**/*.e2e.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real processes on a machine of somebody else's: one that was starved is asked once more, and the report says so.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ['verbose'],
  },
});
