import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from '../cli/manifests.ts';
import { temporaryFolder } from '../cli/run.ts';
import { parseYaml } from '../support/yaml.ts';
import { ROOT } from './action-runner.ts';

/** Fields of a hook that are read (pre-commit.com, "Creating new hooks"). */
interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly language: string;
  readonly pass_filenames: boolean;
}

const [hooks] = parseYaml(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8')) as [readonly Hook[]];
const { bin, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('the hooks run a program of the package, which is built where it is installed from git', () => {
  expect(hooks.map(({ id, language }) => [id, language])).toEqual([
    ['chokepoint', 'node'],
    ['chokepoint-agents', 'node'],
  ]);
  for (const { entry } of hooks) expect(Object.keys(bin)).toContain(entry.split(' ')[0]);
  expect(scripts.prepare).toBe('node packaging/prepare.js');
});

test('the hook judges all manifests together, with the policies that stand in files that did not change', async () => {
  const { entry, args, pass_filenames } = hooks[0] as Hook;
  expect(pass_filenames).toBe(false);
  const folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('manifests/server.yaml', SERVER);
  const commit = async (): Promise<number> => (await folder.run([...entry.split(' ').slice(1), ...args])).status;
  expect(await commit()).toBe(1);
  folder.write('policies/closed.yaml', CLOSED);
  expect(await commit()).toBe(0);
  folder.remove();
});

test('the hook for clients passes a checkout that tells none of a server, and stops what one is told past the gateway', async () => {
  const { entry, args } = hooks[1] as Hook;
  const folder = temporaryFolder();
  folder.write('package.json', '{"name": "x"}');
  const commit = async (): Promise<number> => (await folder.run([...entry.split(' ').slice(1), ...args])).status;
  expect(await commit()).toBe(0);
  folder.write('.vscode/mcp.json', '{"servers": {"x": {"command": "npx", "args": ["-y", "x"]}}}');
  expect(await commit()).toBe(1);
  folder.remove();
});
