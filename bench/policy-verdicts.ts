/**
 * Judges servers in random worlds of each family of policy APIs and puts the verdicts to the independent oracles: what an allowance says is closed, and
 * what a denial says is open. Stops at the first contradiction. Prints how many verdicts could not be told, and for what.
 * Usage: node bench/policy-verdicts.ts [--family tiers|cilium|calico] [--worlds N] [--seed S]. Exit status: 0 none is contradicted, 1 one is, 2 the
 * arguments cannot be read.
 */
import { parseArgs } from 'node:util';
import { contradictions, FAMILY_NAMES } from '../test/support/policy-verdicts.ts';

const { values } = parseArgs({
  options: {
    family: { type: 'string' },
    worlds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
});
const [worlds, seed] = [Number(values.worlds), Number(values.seed)];
const families = FAMILY_NAMES.filter(name => values.family === undefined || name === values.family);
if (!Number.isSafeInteger(worlds) || !Number.isSafeInteger(seed) || families.length === 0) {
  process.stderr.write(
    `policy-verdicts: --worlds and --seed take whole numbers, --family one of ${FAMILY_NAMES.join(', ')}\n`,
  );
  process.exit(2);
}

let count = 0;
for (const family of families) {
  const started = performance.now();
  const { tally, contradiction, why } = contradictions(family, worlds, seed);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { allow, deny, undetermined, probes } = tally;
  count += contradiction === undefined ? 0 : 1;
  process.stdout.write(
    `${family}, seed ${seed}: ${allow + deny + undetermined} servers (${allow} allow, ${deny} deny, ${undetermined} undetermined), ${probes} probes, ${contradiction === undefined ? 0 : 1} contradictions, ${seconds} s\n`,
  );
  for (const [cause, times] of [...why].sort(([, a], [, b]) => b - a)) process.stdout.write(`  ${times} × ${cause}\n`);
  if (contradiction !== undefined) process.stdout.write(`${contradiction}\n`);
}
process.exit(count === 0 ? 0 : 1);
