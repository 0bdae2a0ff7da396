import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { architecturePage } from './architecture-page.ts';

/** Writes the page of the architecture, or with `--check` only tells whether it is as it would be written. */
const FILE = fileURLToPath(new URL('architecture.md', import.meta.url));
const page = architecturePage();
const isCurrent = existsSync(FILE) && readFileSync(FILE, 'utf8') === page;

if (!process.argv.includes('--check')) {
  if (!isCurrent) writeFileSync(FILE, page);
} else if (!isCurrent) {
  process.stderr.write('not as npm run gen writes it: architecture.md\n');
  process.exitCode = 1;
}
