import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../../src/errors.ts';
import { UsageError } from '../usage.ts';

/** Each release has them; by these an earlier one is known again. */
const SUMS = 'SHA256SUMS';
const NOTES = 'RELEASE_NOTES.md';

/** What of a release the sums do not name. */
const IS_BESIDE = /^(?:SHA256SUMS(?:\..+)?|cosign\.pub|chokepoint-.+\.intoto\.dsse\.json)$/;

/** What lies in a folder that no release has put there. All, where it holds no release. */
function strangersIn(folder: string): readonly string[] {
  const names = readdirSync(folder).sort();
  if (![SUMS, NOTES].every(name => names.includes(name))) return names;
  const lines = readFileSync(join(folder, SUMS), 'utf8').split('\n');
  const summed = new Set(lines.map(line => line.slice(line.indexOf('  ') + 2)));
  return names.filter(name => !summed.has(name) && !IS_BESIDE.test(name));
}

/** Throws where a release would take the place of anything but an earlier release. */
export function checkOutput(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new UsageError(`--output ${folder} is no folder`);
  const [stranger] = strangersIn(folder);
  if (stranger !== undefined)
    throw new UsageError(`--output ${folder} holds "${stranger}", which is of no earlier release`);
}

/** Makes a folder and those above it. `mkdirSync` does not end where it is to do that in a file system like /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** Sees to it that the folder is there, before much is made for it. */
export function makeOutput(folder: string): void {
  try {
    makeFolder(resolve(folder));
  } catch (error) {
    throw new UsageError(`--output ${folder} cannot be made: ${messageOf(error)}`);
  }
}

/** Puts a release, which is whole now, in the place of the earlier one, and returns its files. */
export function fillOutput(folder: string, from: string): readonly string[] {
  checkOutput(folder);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const names = readdirSync(from).sort();
  for (const name of names) cpSync(join(from, name), join(folder, name));
  return names.map(name => join(folder, name));
}
