import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifests } from '../../src/adapters/files/read.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { yamlCorpus } from '../support/yaml-corpus.ts';

/** The same files, read by kubectl and by us: the same objects, or both refuse. */

const COUNT = 4000;
const SEED = 20261127;
const REFUSED = 'refused';

/** What each file holds, by its name: its objects, or that it cannot be read. */
type Readings = ReadonlyMap<string, readonly unknown[] | typeof REFUSED>;

let folder = '';
let kubectl = '';
const corpus = yamlCorpus(SEED, COUNT);
const nameOf = (index: number): string => `d${index}.yaml`;

beforeAll(async () => {
  ({ kubectl } = await findBinaries(['kubectl']));
  folder = mkdtempSync(path.join(tmpdir(), 'yaml-corpus-'));
  for (const [index, text] of corpus.entries()) writeFileSync(path.join(folder, nameOf(index)), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** kubectl writes objects one behind the other, and an empty map of annotations into each. */
function objectsIn(stdout: string): readonly { readonly metadata: { annotations?: object; readonly name: string } }[] {
  const objects =
    stdout.trim() === ''
      ? []
      : stdout
          .trim()
          .split(/\n(?=\{)/)
          .map(text => JSON.parse(text));
  for (const { metadata } of objects) delete metadata.annotations;
  return objects;
}

/** Its reader needs no cluster: `annotate --local` writes what it has read, here without any change. */
function readByKubectl(): Readings {
  const readings = new Map<string, readonly unknown[] | typeof REFUSED>();
  const args = ['annotate', '--local', '--dry-run=client', '-o', 'json', '-f', folder, 'none-'];
  const { stdout, stderr } = spawnSync(kubectl, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  for (const object of objectsIn(stdout)) {
    const name = `${object.metadata.name}.yaml`;
    readings.set(name, [...(readings.get(name) ?? []), object]);
  }
  for (const [, name = ''] of stderr.matchAll(/(d\d+\.yaml)/g)) readings.set(name, REFUSED);
  return readings;
}

/** A document beside objects that is none is a warning here: kubectl refuses its file. */
async function readByUs(): Promise<Readings> {
  const readings = new Map<string, readonly unknown[] | typeof REFUSED>();
  const { manifests, problems } = await readManifests([folder], { stdin: async () => Buffer.alloc(0) });
  for (const { file, value } of manifests) {
    const name = path.basename(file);
    readings.set(name, [...(readings.get(name) ?? []), JSON.parse(JSON.stringify(value))]);
  }
  for (const { severity, code, file } of problems)
    if (severity === 'error' || code === 'not-an-object') readings.set(path.basename(file), REFUSED);
  return readings;
}

test(`${COUNT} documents and near-misses are read as kubectl reads them`, async () => {
  const [theirs, ours] = [readByKubectl(), await readByUs()];
  const differences = corpus.flatMap((text, index) => {
    const [they, we] = [theirs.get(nameOf(index)), ours.get(nameOf(index))];
    return JSON.stringify(sorted(they)) === JSON.stringify(sorted(we)) ? [] : [{ text, they, we }];
  });
  expect(differences).toEqual([]);
  const read = [...theirs.values()].filter(reading => reading !== REFUSED).length;
  expect(theirs.size).toBe(COUNT);
  expect(read).toBeGreaterThan(COUNT / 3);
});

/** With the keys of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
