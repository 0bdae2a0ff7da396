import { defineConfig } from 'vitest/config';
import { filesOfLane, LANE_VARIABLE } from './test/e2e/lane.ts';

export default defineConfig({
  test: {
    include: [...filesOfLane(process.env[LANE_VARIABLE])],
    globalSetup: ['test/e2e/setup.ts'],
    pool: 'forks',
    // Files of one lane share a cluster, or the addresses of the private network.
    fileParallelism: false,
    // Nothing is as slow as this by itself: four lanes on two processors are.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // Real processes on a machine of somebody else's: one that was starved is asked once more, and the report says so.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ['verbose'],
  },
});
