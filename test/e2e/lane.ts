import { readdirSync, readFileSync } from 'node:fs';

/** What runs beside what: the files of one lane run one after the other. In those of the first two a cluster is shared, in each another. */
export const LANES = ['shared-cluster-1', 'shared-cluster-2', 'own-clusters-1', 'own-clusters-2'] as const;
/** `shared-cluster`: every file that shares one, on a cluster that is given. */
export type Lane = (typeof LANES)[number] | 'shared-cluster';
/** Of the environment: the lane of a run; absent: everything, one file after the other. */
export const LANE_VARIABLE = 'CHOKEPOINT_E2E_LANE';

const FOLDER = new URL('./', import.meta.url);
/** What a file uses that needs the cluster of the run. */
const SHARED = /sharedCluster\(|inject\(/;

/** Lanes that files which share a cluster go to in turn. */
const SHARED_TURNS: readonly Lane[] = ['shared-cluster-1', 'shared-cluster-2'];
/** Lanes that the other files go to in turn: all four take about as long then. */
const OWN_TURNS: readonly Lane[] = [
  ...(['shared-cluster-1', 'shared-cluster-2', 'own-clusters-1', 'own-clusters-1'] as const),
  ...(['own-clusters-2', 'own-clusters-2', 'own-clusters-2'] as const),
];

const inLane = (files: readonly string[], turns: readonly Lane[], lane: string): readonly string[] =>
  files.filter((_, index) => turns[index % turns.length] === lane);

/** The files of the lane that the environment names, or all, from the root of the checkout. */
export function filesOfLane(lane: string | undefined): readonly string[] {
  const files = readdirSync(FOLDER)
    .filter(name => name.endsWith('.e2e.ts'))
    .sort();
  const isShared = (name: string): boolean => SHARED.test(readFileSync(new URL(name, FOLDER), 'utf8'));
  const { shared = [], own = [] } = Object.groupBy(files, name => (isShared(name) ? 'shared' : 'own'));
  const ofLane =
    lane === 'shared-cluster'
      ? shared
      : [...inLane(shared, SHARED_TURNS, lane ?? ''), ...inLane(own, OWN_TURNS, lane ?? '')];
  return (lane === undefined ? files : ofLane).map(name => `test/e2e/${name}`);
}
