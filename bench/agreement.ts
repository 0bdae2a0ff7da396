/**
 * Puts random worlds to the project's `reach` and to the independent oracle and stops at the first difference.
 * Usage: node bench/agreement.ts [--probes N] [--seed S]. Exit status: 0 they agree, 1 they differ,
 * 2 the arguments cannot be read.
 */
import { parseArgs } from 'node:util';
import { evaluators } from '../test/semantics/evaluators.ts';
import { compare, describeDisagreement } from '../test/support/agreement.ts';

const { values } = parseArgs({
  options: { probes: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const probes = Number(values.probes);
const seed = Number(values.seed);
const [[oracleName, oracle], [reachName, reach]] = evaluators;
if (!Number.isSafeInteger(probes) || !Number.isSafeInteger(seed)) {
  process.stderr.write('agreement: --probes and --seed take whole numbers\n');
  process.exit(2);
}

const started = performance.now();
const { worlds, probes: done, allowed, disagreement } = compare(oracle, reach, probes, seed);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const disagreements = disagreement === undefined ? 0 : 1;
process.stdout.write(
  `seed ${seed}: ${worlds} worlds, ${done} probes (${allowed} allowed), ${disagreements} disagreements, ${seconds} s\n`,
);
if (disagreement !== undefined) {
  process.stdout.write(`${describeDisagreement([oracleName, reachName], disagreement)}\n`);
  process.exit(1);
}
