import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shippedWebhooks } from './shipped-webhooks.ts';

/** Writes what the shipped webhooks ask about, for `doctor`, or with `--check` only tells whether it is as it would be written. */
const FILE = fileURLToPath(new URL('../policies/webhooks.json', import.meta.url));
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FORMAT = [`${ROOT}node_modules/@biomejs/biome/bin/biome`, 'format', '--stdin-file-path=policies/webhooks.json'];
const text = execFileSync(process.execPath, FORMAT, {
  cwd: ROOT,
  input: JSON.stringify(shippedWebhooks(), null, 2),
  encoding: 'utf8',
});
const isCurrent = existsSync(FILE) && readFileSync(FILE, 'utf8') === text;

if (!process.argv.includes('--check')) {
  if (!isCurrent) writeFileSync(FILE, text);
} else if (!isCurrent) {
  process.stderr.write('not as npm run gen writes it: policies/webhooks.json\n');
  process.exitCode = 1;
}
