/**
 * Puts random worlds with policies of Cilium beside NetworkPolicies to the project's `reach` and to the independent oracle and stops at the first difference.
 * Usage: node bench/cilium-agreement.ts [--probes N] [--seed S]. Exit status: 0 they agree, 1 they differ, 2 the arguments cannot be read.
 */
import { parseArgs } from 'node:util';
import { compareCilium } from '../test/support/cilium-agreement.ts';

const { values } = parseArgs({
  options: { probes: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const probes = Number(values.probes);
const seed = Number(values.seed);
if (!Number.isSafeInteger(probes) || !Number.isSafeInteger(seed)) {
  process.stderr.write('cilium-agreement: --probes and --seed take whole numbers\n');
  process.exit(2);
}

const started = performance.now();
const { probes: done, allowed, unknown, disagreement } = compareCilium(probes, seed);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const count = disagreement === undefined ? 0 : 1;
process.stdout.write(
  `seed ${seed}: ${done} probes (${allowed} allowed, ${unknown} not known), ${count} disagreements, ${seconds} s\n${disagreement ?? ''}`,
);
process.exit(count);
