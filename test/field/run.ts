import { existsSync } from 'node:fs';
import { commandLine } from '../support/developer-command.ts';
import { HEADING, lineOf, type Measured, measureFolders, totalOf } from './measure.ts';

const { operands } = commandLine({
  name: 'npm run field',
  does: 'What `check` makes of each repository in FOLDER: a line for each, and one for all.',
  operands: ['FOLDER'],
  options: {},
});
const [root = ''] = operands;
if (!existsSync(root)) {
  process.stderr.write(`${root} is not there\n`);
  process.exitCode = 2;
} else {
  const all: Measured[] = [];
  process.stdout.write(HEADING);
  for await (const measured of measureFolders(root)) {
    all.push(measured);
    process.stdout.write(lineOf(measured));
  }
  const total = totalOf(all);
  process.stdout.write(lineOf(total));
  process.exitCode = total.status === -1 ? 1 : 0;
}
