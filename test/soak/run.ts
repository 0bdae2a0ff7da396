import { parseArgs } from 'node:util';
import { startCluster } from '../control-plane/cluster.ts';
import { buildProgram } from '../e2e/gate.ts';
import { soak } from './soak.ts';
import { faultsOf, summaryText } from './summary.ts';

/** The gate on a real API server, under ordinary work and attacks at once. See README.md. */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
  },
});

buildProgram();
const cluster = await startCluster();
try {
  const result = await soak(cluster, { seconds: Number(values.seconds), seed: Number(values.seed) });
  const faults = faultsOf(result);
  process.stdout.write(`${summaryText(result)}\n${faults.length === 0 ? 'passed' : `FAILED: ${faults.join('; ')}`}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await cluster.stop();
}
