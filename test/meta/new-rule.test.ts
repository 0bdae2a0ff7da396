import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newRule } from '../rules/new-rule.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = 'node_modules/vitest/vitest.mjs';
/** Runs of the test runner within this one: a machine with other work takes long for them. */
const LIMIT_MS = 300_000;
/** What the tests of rules and the generators of pages need of the tree. */
const COPIED = ['src', 'policies', 'docs', 'package.json', 'biome.json', 'tsconfig.json', 'test/rules', 'test/support'];

let root: string;

beforeAll(() => {
  root = `${realpathSync(mkdtempSync(join(tmpdir(), 'chokepoint-new-rule-')))}/`;
  for (const path of [...COPIED, 'test/meta/rules.test.ts', 'test/meta/retired-ids.json']) {
    cpSync(`${ROOT}${path}`, `${root}${path}`, { recursive: true });
  }
  symlinkSync(realpathSync(`${ROOT}node_modules`), `${root}node_modules`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<string> =>
  new Promise(resolve => {
    const options = { cwd: root, env: { PATH: process.env.PATH ?? '', ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });

/** Names of the tests that fail in the copy, with the first line of what each says. */
async function failures(): Promise<readonly string[]> {
  const report = `${root}report.json`;
  const files = ['test/rules/rules.test.ts', 'test/meta/rules.test.ts'];
  const output = await run([VITEST, 'run', ...files, '--reporter=json', `--outputFile=${report}`]);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly testResults: readonly {
      readonly message: string;
      readonly assertionResults: readonly {
        readonly fullName: string;
        readonly status: string;
        readonly failureMessages: readonly string[];
      }[];
    }[];
  };
  expect(
    testResults.flatMap(({ assertionResults }) => assertionResults).length,
    `${output}${testResults.map(({ message }) => message).join('\n')}`,
  ).toBeGreaterThan(100);
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n')[0] ?? ''}`)
    .sort();
}

it(
  'A rule that npm run new-rule makes lacks its golden and its page, each told by one test, and passes once both are written',
  async () => {
    newRule(root, 'image-nightly');
    expect(await failures(), 'no golden yet').toEqual([
      expect.stringMatching(/^The fixtures of image-nightly: expect\.json holds these.*UPDATE_GOLDEN=1 writes/),
      expect.stringMatching(/^The pages of the rules.*run npm run gen/),
    ]);
    await run([VITEST, 'run', 'test/rules/rules.test.ts', '-t', 'image-nightly'], { UPDATE_GOLDEN: '1' });
    for (const name of ['rules', 'schema', 'configuration']) expect(await run([`docs/generate-${name}.ts`])).toBe('');
    expect(await failures()).toEqual([]);
  },
  LIMIT_MS,
);

it('A rule is not made twice, and not under a name that is no id', () => {
  expect(() => newRule(root, 'host-network')).toThrow('host-network is there already');
  expect(() => newRule(root, 'Host Network')).toThrow('is no id');
});
