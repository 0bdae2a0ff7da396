import { cpSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { type Folder, temporaryFolder } from './run.ts';

/** Inputs as people have them, of which test/cases says what must hold: here is everything that is said of them. */
const CASES = fileURLToPath(new URL('../cases/', import.meta.url));
const names = readdirSync(CASES, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []));

describe.each(names)('Of the case %s', name => {
  let folder: Folder;
  beforeAll(() => {
    folder = temporaryFolder();
    cpSync(`${CASES}${name}/in`, folder.path, { recursive: true });
  });
  afterAll(() => folder.remove());

  test.each([
    ['the report', ['check', '.', '--output', 'json'], 'json'],
    ['what is generated', ['generate', '.'], 'text'],
  ])('%s is exactly this', async (_title, args, ending) => {
    const { stdout, stderr } = await folder.run(args, { env: { PATH: '' } });
    expectGolden(`cases/${name}.${ending}`, ending === 'json' ? stdout : `${stdout}${stderr}`);
  });
});
