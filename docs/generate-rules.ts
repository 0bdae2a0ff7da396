import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rulePages } from './rule-pages.ts';

/** Writes the rules' pages, or with `--check` only tells which of them are not as they would be written. */
const FOLDER = fileURLToPath(new URL('rules/', import.meta.url));
const isCheck = process.argv.includes('--check');
const pages = rulePages();

mkdirSync(FOLDER, { recursive: true });
const foreign = readdirSync(FOLDER).filter(name => !pages.has(name));
const isCurrent = (name: string, text: string): boolean =>
  existsSync(`${FOLDER}${name}`) && readFileSync(`${FOLDER}${name}`, 'utf8') === text;
const stale = [...pages].filter(([name, text]) => !isCurrent(name, text));

if (isCheck) {
  const names = [...stale.map(([name]) => name), ...foreign].sort();
  if (names.length > 0) process.stderr.write(`not as npm run gen writes them: ${names.join(', ')}\n`);
  process.exitCode = names.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) writeFileSync(`${FOLDER}${name}`, text);
  for (const name of foreign) rmSync(`${FOLDER}${name}`);
}
