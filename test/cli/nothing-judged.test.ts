import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOSED, HARMLESS, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

const release = (name: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: ${name}, namespace: shop}\nspec: {}\n`;
const APPLICATION = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: app}\nspec: {}\n';
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('empty.yaml', '');
  folder.write('comment.yaml', '# nothing yet\n');
  folder.write('values.yaml', 'replicas: 1\n');
  folder.write('other/grafana.yaml', 'apiVersion: 1\nproviders: []\n');
  folder.write('other/ci.yaml', '- script: [make]\n');
  folder.write('none/readme.md', '# no\n');
  folder.write('flux/namespace.yaml', NAMESPACE);
  folder.write('flux/release.yaml', release('orders'));
  folder.write('apps.yaml', [APPLICATION, ...[1, 2, 3, 4, 5, 6].map(number => release(`r${number}`))].join('---\n'));
  folder.write('harmless.yaml', HARMLESS);
  folder.write('policy.yaml', CLOSED);
  folder.write('server.yaml', `${SERVER}---\n${CLOSED}`);
});
afterAll(() => folder.remove());

/** `severity code` of each problem. */
const problemsOf = (stdout: string): readonly string[] =>
  JSON.parse(stdout).problems.map(({ severity, code }: { severity: string; code: string }) => `${severity} ${code}`);

describe('an input in which nothing can be judged is no green run', () => {
  test.each([
    ['an empty file', ['empty.yaml'], ['warning empty-file', 'error no-objects']],
    ['a comment', ['comment.yaml'], ['error no-objects']],
    ['Helm values without extraObjects', ['values.yaml'], ['error no-objects']],
    ['files of other tools', ['other'], ['error no-objects']],
    ['several of them', ['comment.yaml', 'other'], ['error no-objects']],
    ['an empty stream', ['-'], ['warning empty-file', 'error no-objects']],
    ['a folder without manifests', ['none'], ['error no-manifests']],
    ['an object that is rendered elsewhere', ['flux/release.yaml'], ['error not-rendered']],
    ['the same beside a Namespace', ['flux'], ['error not-rendered']],
    ['several of them', ['apps.yaml'], ['error not-rendered']],
  ])('%s', async (_, paths, problems) => {
    const ran = await folder.run(['check', ...paths, '--output', 'json']);
    expect([ran.status, problemsOf(ran.stdout).toSorted()]).toEqual([2, problems.toSorted()]);
    const lowered = problems.map(problem => problem.replace('error', 'warning'));
    const allowed = await folder.run(['check', ...paths, '--allow-empty', '--output', 'json']);
    expect([allowed.status, problemsOf(allowed.stdout).toSorted()]).toEqual([0, lowered.toSorted()]);
    for (const args of [['generate'], ['reach', '--from', '10.0.0.1', '--to', '10.0.0.2', '--port', '80']])
      expect((await folder.run([...args, ...paths])).status).toBe(2);
  });

  test('--allow-empty passes nothing else', async () => {
    expect((await folder.run(['check', 'nowhere', '--allow-empty'])).status).toBe(2);
  });
});

describe('an input with objects that can be judged', () => {
  test.each([
    ['objects of other kinds', ['harmless.yaml'], []],
    ['a policy without its server', ['policy.yaml'], []],
    ['objects that are rendered elsewhere beside a server', ['server.yaml', 'flux'], ['warning not-rendered']],
    ['the same beside a policy', ['policy.yaml', 'apps.yaml'], ['warning not-rendered']],
  ])('is one: %s', async (_, paths, problems) => {
    const { status, stdout } = await folder.run(['check', ...paths, '--output', 'json']);
    expect([status, problemsOf(stdout)]).toEqual([0, problems]);
  });

  test('says where no server is among them', async () => {
    const said = 'No MCP server is among these objects: nothing was judged.';
    expect((await folder.run(['check', 'harmless.yaml'])).stdout).toContain(said);
    expect((await folder.run(['check', 'server.yaml'])).stdout).not.toContain(said);
  });
});

test('what is rendered elsewhere is named, up to five of them', async () => {
  const { stdout } = await folder.run(['check', 'apps.yaml']);
  expect(stdout).toContain(
    'apps.yaml:1: error: Application app, HelmRelease shop/r1, HelmRelease shop/r2, HelmRelease shop/r3, HelmRelease shop/r4 and 2 more are not rendered here: what they make was not judged',
  );
});

test('kinds that were passed over are named, the most frequent first, six of them', async () => {
  const object = (kind: string, index: number): string =>
    `apiVersion: acme.io/v1\nkind: ${kind}\nmetadata: {name: a${index}}\n`;
  const kinds = ['Route', 'Widget', 'Widget', 'B', 'C', 'D', 'E', 'F', 'G'];
  const { stdout } = await folder.run(['check', '-'], { stdin: kinds.map(object).join('---\n') });
  expect(stdout).toContain('9 objects of other kinds passed over: 2 Widget, 1 B, 1 C, 1 D, 1 E, 1 F, 2 others.');
});
