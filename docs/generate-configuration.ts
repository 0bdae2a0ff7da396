import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration-page.ts';

/** Writes the page of the configuration, or with `--check` only tells whether it is as it would be written. */
const FILE = fileURLToPath(new URL('configuration.md', import.meta.url));
const page = configurationPage();
const isCurrent = existsSync(FILE) && readFileSync(FILE, 'utf8') === page;

if (!process.argv.includes('--check')) {
  if (!isCurrent) writeFileSync(FILE, page);
} else if (!isCurrent) {
  process.stderr.write('not as npm run gen writes it: configuration.md\n');
  process.exitCode = 1;
}
