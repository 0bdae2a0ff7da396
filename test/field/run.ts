import { existsSync } from 'node:fs';
import { HEADING, lineOf, type Measured, measureFolders, totalOf } from './measure.ts';

const [root] = process.argv.slice(2);
if (root === undefined || !existsSync(root)) {
  process.stderr.write('Usage: npm run field -- FOLDER, which holds a repository in each of its folders\n');
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
