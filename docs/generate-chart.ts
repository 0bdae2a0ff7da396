import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withValues } from './chart-values.ts';

/**
 * Writes the table of values into the chart's README, and the schema of the configuration into that of the values; with `--check` only tells which of
 * the two is not as it would be written.
 */
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const README = 'manifests/chart/README.md';
const SCHEMA = 'manifests/chart/values.schema.json';
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

const readme = (): string => withValues(read(README), read('manifests/chart/values.yaml'));

type Schema = Readonly<Record<string, unknown>>;

/** Examples are for the reader of the schema itself, and what begins so for the API server. */
const forHelm = (key: string, value: unknown): unknown =>
  (key === 'examples' && Array.isArray(value)) || key.startsWith('x-kubernetes-') ? undefined : value;

function schema(): string {
  const policy = JSON.parse(read('policies/gate-policy.schema.json')) as {
    readonly $defs: Schema;
    readonly properties: { readonly spec: Schema };
  };
  const $defs = { ...policy.$defs, configuration: policy.properties.spec };
  const text = JSON.stringify({ ...(JSON.parse(read(SCHEMA)) as Schema), $defs }, forHelm, 2);
  const format = [`${ROOT}node_modules/@biomejs/biome/bin/biome`, 'format', `--stdin-file-path=${SCHEMA}`];
  return execFileSync(process.execPath, format, { cwd: ROOT, input: text, encoding: 'utf8' });
}

const stale = [[README, readme()] as const, [SCHEMA, schema()] as const].filter(([path, text]) => read(path) !== text);

if (process.argv.includes('--check')) {
  const names = stale.map(([path]) => path).join(', ');
  if (names !== '') process.stderr.write(`not as npm run gen writes them: ${names}\n`);
  process.exitCode = names === '' ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(`${ROOT}${path}`, text);
}
