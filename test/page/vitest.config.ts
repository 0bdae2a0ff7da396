import { defineConfig } from 'vitest/config';

/** Pages in a real Chromium, apart from the tests that need none. */
export default defineConfig({
  test: {
    include: ['test/page/**/*.page.ts'],
    fileParallelism: false,
    // Of a browser on a machine that has other work: the limit ends what never comes.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
