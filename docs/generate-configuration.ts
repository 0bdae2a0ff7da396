import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration-page.ts';
import { recorderConfigurationPage } from './recorder-configuration-page.ts';

/** Writes the pages of the configurations, or with `--check` only tells which are not as they would be written. */
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const pages = [
  ['configuration.md', configurationPage()],
  ['recorder-configuration.md', recorderConfigurationPage()],
] as const;
const stale = pages.filter(([name, page]) => !existsSync(fileOf(name)) || readFileSync(fileOf(name), 'utf8') !== page);

if (!process.argv.includes('--check')) {
  for (const [name, page] of stale) writeFileSync(fileOf(name), page);
} else if (stale.length > 0) {
  process.stderr.write(`not as npm run gen writes them: ${stale.map(([name]) => name).join(', ')}\n`);
  process.exitCode = 1;
}
