import { startCluster } from '../control-plane/cluster.ts';
import { buildProgram } from '../e2e/gate.ts';
import { commandLine } from '../support/developer-command.ts';
import { soak } from './soak.ts';
import { faultsOf, summaryText } from './summary.ts';

/** The gate on a real API server, under ordinary work and attacks at once. See README.md. */

const { values } = commandLine({
  name: 'npm run soak',
  does: 'Ordinary work and attacks at once on a real API server with the gate.',
  options: {
    seconds: { value: 'N', means: 'how long', default: 600 },
    seed: { value: 'N', means: 'which attacks, in which order; without it, others each time' },
  },
});
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000));

buildProgram();
const cluster = await startCluster();
try {
  const result = await soak(cluster, { seconds: values.seconds, seed });
  const faults = faultsOf(result);
  process.stdout.write(`${summaryText(result)}\n${faults.length === 0 ? 'passed' : `FAILED: ${faults.join('; ')}`}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await cluster.stop();
}
