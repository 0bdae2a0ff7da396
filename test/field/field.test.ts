import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLOSED, CONFIG, HARMLESS, SERVER } from '../cli/manifests.ts';
import { type Folder, temporaryFolder } from '../cli/run.ts';
import { lineOf, type Measured, measureFolders, totalOf } from './measure.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('b-open/m/server.yaml', SERVER);
  folder.write('b-open/m/broken.yaml', 'apiVersion: v1\nkind: [\n');
  folder.write('a-closed/all.yaml', `${SERVER}---\n${CLOSED}---\n${HARMLESS}`);
  folder.write('c-empty/readme.md', '# nothing\n');
  folder.write('.git/config.yaml', CONFIG);
});
afterAll(() => folder.remove());

test('each folder is measured by itself, and all together', async () => {
  const all: Measured[] = [];
  for await (const measured of measureFolders(folder.path)) all.push({ ...measured, ms: 1 });
  const counts = all.map(({ name, objects, servers, denied, errors, status }) => [
    name,
    ...[objects, servers, denied, errors, status],
  ]);
  expect(counts).toEqual([
    ['a-closed', 3, 1, 0, 0, 0],
    ['b-open', 1, 1, 1, 1, 2],
    ['c-empty', 0, 0, 0, 0, 0],
  ]);
  const total = totalOf(all);
  expect(total).toMatchObject({ objects: 4, servers: 2, denied: 1, errors: 1, status: 2, ms: 3 });
  expect(lineOf(total).trim().split(/\s+/)).toEqual(
    ['2', '4', '2', '1', '0', '0', '1', String(total.warnings), '2', '3', 'total', 'of', '3'].with(
      0,
      String(total.files),
    ),
  );
});

test('a run that ends otherwise is told', () => {
  const crashed: Measured = {
    ...{ name: 'x', files: 0, objects: 0, servers: 0, denied: 0, close: 0, setAside: 0, errors: 0, warnings: 0 },
    ...{ status: -1, ms: 1 },
  };
  expect(lineOf(crashed)).toContain('crashed');
  expect(totalOf([crashed, { ...crashed, status: 2 }]).status).toBe(-1);
});
