import { readFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { CLUSTER_VARIABLE, type ClusterAddress } from '../control-plane/address.ts';
import { startCluster } from '../control-plane/cluster.ts';
import { buildProgram } from './gate.ts';
import { LANE_VARIABLE } from './lane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The cluster that all files share; a file that stops or restarts components starts its own. */
    readonly cluster: ClusterAddress;
  }
}

/** Builds the program that tests run, and starts the shared cluster before the first file and stops it after the last; or takes the one that is given, which is its giver's to stop. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lane = process.env[LANE_VARIABLE];
  // Lanes run at the same time: what starts them has built it.
  if (lane === undefined) buildProgram();
  if (lane?.startsWith('own-clusters')) return async () => undefined;
  const given = process.env[CLUSTER_VARIABLE];
  if (given !== undefined) {
    project.provide('cluster', JSON.parse(readFileSync(given, 'utf8')) as ClusterAddress);
    return async () => undefined;
  }
  const started = Date.now();
  const cluster = await startCluster({ audit: true });
  process.stderr.write(`control plane: ready in ${Date.now() - started} ms (${cluster.address.folder})\n`);
  project.provide('cluster', cluster.address);
  return cluster.stop;
}
