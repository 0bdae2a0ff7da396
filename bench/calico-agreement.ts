/**
 * Puts random worlds with policies of Calico to the project's `reach` and to the independent oracle and stops at the first difference.
 * Exit status: 0 they agree, 1 they differ, 2 the arguments cannot be read.
 */
import { compareCalico, PROBES_PER_WORLD } from '../test/semantics/calico-agreement.ts';
import { commandLine } from '../test/support/developer-command.ts';

const { values } = commandLine({
  name: 'node bench/calico-agreement.ts',
  does: "Puts random worlds with policies of Calico to the project's reach and to the independent oracle and stops at the first difference.",
  options: {
    probes: { value: 'N', means: 'how many questions', default: 1_000_000 },
    seed: { value: 'N', means: 'the first world', default: 1 },
  },
});
const { probes, seed } = values;

const started = performance.now();
const worlds = Math.ceil(probes / PROBES_PER_WORLD);
const { answers, difference } = compareCalico(seed, worlds);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const counts = `${answers.true} allowed, ${answers.false} refused, ${answers.null} not known`;
const disagreements = difference === undefined ? 0 : 1;
process.stdout.write(`seed ${seed}: ${worlds} worlds, ${counts}, ${disagreements} disagreements, ${seconds} s\n`);
if (difference !== undefined) {
  process.stdout.write(`${difference}\n`);
  process.exit(1);
}
