import { readdirSync, readFileSync } from 'node:fs';

/** What runs beside what: the files of one lane run one after the other. */
export type Lane = 'shared-cluster' | 'own-clusters';

export const LANES: readonly Lane[] = ['shared-cluster', 'own-clusters'];
/** Of the environment: the lane of a run; absent: everything, one file after the other. */
export const LANE_VARIABLE = 'CHOKEPOINT_E2E_LANE';

const FOLDER = new URL('./', import.meta.url);
/** What a file uses that needs the cluster of the run. */
const SHARED = /sharedCluster\(|inject\(/;

/** The files of the lane that the environment names, or all, from the root of the checkout. */
export function filesOfLane(lane: string | undefined): readonly string[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.e2e.ts'))
    .filter(name => {
      const isShared = SHARED.test(readFileSync(new URL(name, FOLDER), 'utf8'));
      return lane === undefined || isShared === (lane === 'shared-cluster');
    })
    .map(name => `test/e2e/${name}`);
}
