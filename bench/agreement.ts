/**
 * Puts random worlds to the project's `reach` and to the independent oracle and stops at the first difference.
 * Exit status: 0 they agree, 1 they differ, 2 the arguments cannot be read.
 */
import { evaluators } from '../test/semantics/evaluators.ts';
import { compare, describeDisagreement } from '../test/support/agreement.ts';
import { commandLine } from '../test/support/developer-command.ts';

const { values } = commandLine({
  name: 'node bench/agreement.ts',
  does: "Puts random worlds to the project's reach and to the independent oracle and stops at the first difference.",
  options: {
    probes: { value: 'N', means: 'how many questions', default: 1_000_000 },
    seed: { value: 'N', means: 'which worlds', default: 1 },
  },
});
const { probes, seed } = values;
const [[oracleName, oracle], [reachName, reach]] = evaluators;

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
