import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resourceDefinitions } from './resource-definitions.ts';

/** Writes the definitions of GatePolicy and GateException for kustomize and for the chart; with `--check` only tells which are not as they would be written. */
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = ['manifests/crds', 'manifests/chart/files/crds'];
const read = (path: string): string => (existsSync(`${ROOT}${path}`) ? readFileSync(`${ROOT}${path}`, 'utf8') : '');

const written = FOLDERS.flatMap(folder =>
  [...resourceDefinitions()].map(([name, text]) => [`${folder}/${name}`, text] as const),
);
const stale = written.filter(([path, text]) => read(path) !== text);

if (process.argv.includes('--check')) {
  const names = stale.map(([path]) => path).join(', ');
  if (names !== '') process.stderr.write(`not as npm run gen writes them: ${names}\n`);
  process.exitCode = names === '' ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(`${ROOT}${path}`, text);
}
