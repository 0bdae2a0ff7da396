import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gatePolicySchema } from './gate-policy-schema.ts';

/** Writes the rules into the schema of the configuration, or with `--check` only tells whether it is as it would be written. */
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SCHEMA = 'policies/gate-policy.schema.json';
const biome = [`${ROOT}node_modules/@biomejs/biome/bin/biome`, 'format', `--stdin-file-path=${SCHEMA}`];

const before = readFileSync(`${ROOT}${SCHEMA}`, 'utf8');
const input = JSON.stringify(gatePolicySchema(before), null, 2);
const after = execFileSync(process.execPath, biome, { cwd: ROOT, input, encoding: 'utf8' });

if (!process.argv.includes('--check')) {
  if (after !== before) writeFileSync(`${ROOT}${SCHEMA}`, after);
} else if (after !== before) {
  process.stderr.write(`not as npm run gen writes it: ${SCHEMA}\n`);
  process.exitCode = 1;
}
