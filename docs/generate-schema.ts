import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gatePolicySchema } from './gate-policy-schema.ts';
import { validatorSource } from './validator-source.ts';

/**
 * Writes the rules into the schema of the GatePolicy, and the code that checks documents against their schemas; with `--check` only tells which of
 * these is not as it would be written.
 */
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SCHEMA = 'policies/gate-policy.schema.json';
const VALIDATOR = 'src/core/gate/document/validate-gate-policy.js';
const RECORDER_SCHEMA = 'policies/recorder-config.schema.json';
const RECORDER_VALIDATOR = 'src/app/recorder/validate-recorder-config.js';
const read = (path: string): string => (existsSync(`${ROOT}${path}`) ? readFileSync(`${ROOT}${path}`, 'utf8') : '');

function formatted(text: string): string {
  const format = [`${ROOT}node_modules/@biomejs/biome/bin/biome`, 'format', `--stdin-file-path=${SCHEMA}`];
  return execFileSync(process.execPath, format, { cwd: ROOT, input: text, encoding: 'utf8' });
}

const schema = gatePolicySchema(read(SCHEMA));
const written = [
  [SCHEMA, formatted(JSON.stringify(schema, null, 2))],
  [VALIDATOR, validatorSource(schema, SCHEMA)],
  [RECORDER_VALIDATOR, validatorSource(JSON.parse(read(RECORDER_SCHEMA)), RECORDER_SCHEMA)],
] as const;
const stale = written.filter(([path, text]) => read(path) !== text);

if (process.argv.includes('--check')) {
  const names = stale.map(([path]) => path).join(', ');
  if (names !== '') process.stderr.write(`not as npm run gen writes them: ${names}\n`);
  process.exitCode = names === '' ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(`${ROOT}${path}`, text);
}
