import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workloadKindsPage } from './workload-kinds-page.ts';

/** Writes the page of the kinds of workloads, or with `--check` only tells whether it is as it would be written. */
const FILE = fileURLToPath(new URL('workload-kinds.md', import.meta.url));
const page = workloadKindsPage();
const isCurrent = existsSync(FILE) && readFileSync(FILE, 'utf8') === page;

if (!process.argv.includes('--check')) {
  if (!isCurrent) writeFileSync(FILE, page);
} else if (!isCurrent) {
  process.stderr.write('not as npm run gen writes it: workload-kinds.md\n');
  process.exitCode = 1;
}
