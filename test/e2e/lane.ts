import { readdirSync, readFileSync } from 'node:fs';

/** What runs beside what: the files of one lane run one after the other. */
export const LANES = ['shared-cluster', 'own-clusters-1', 'own-clusters-2', 'own-clusters-3'] as const;
export type Lane = (typeof LANES)[number];
/** Of the environment: the lane of a run; absent: everything, one file after the other. */
export const LANE_VARIABLE = 'CHOKEPOINT_E2E_LANE';

const FOLDER = new URL('./', import.meta.url);
/** What a file uses that needs the cluster of the run. */
const SHARED = /sharedCluster\(|inject\(/;

/** The files of the lane that the environment names, or all, from the root of the checkout. */
export function filesOfLane(lane: string | undefined): readonly string[] {
  const files = readdirSync(FOLDER)
    .filter(name => name.endsWith('.e2e.ts'))
    .sort()
    .map(name => ({ path: `test/e2e/${name}`, isShared: SHARED.test(readFileSync(new URL(name, FOLDER), 'utf8')) }));
  const lanes: readonly string[] = LANES;
  const place = lane === undefined ? -1 : lanes.indexOf(lane);
  const own = files.filter(({ isShared }) => !isShared);
  const chosen = [
    files.filter(({ isShared }) => isShared),
    ...LANES.slice(1).map((_, turn) => own.filter((_file, index) => index % (LANES.length - 1) === turn)),
  ];
  return (chosen[place] ?? files).map(({ path }) => path);
}
