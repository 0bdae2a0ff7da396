import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, PROGRAM, temporaryFolder } from './run.ts';

/** The closing policy with a block that lacks its excepts. */
const WIDE = `${CLOSED}  - to:
    - ipBlock: {cidr: 0.0.0.0/0}
    ports: [{protocol: TCP, port: 443}]
`;

const PROFILE = '# what a checkout must not change\n';

let checkout: Folder;
let home: Folder;
beforeEach(() => {
  checkout = temporaryFolder();
  home = temporaryFolder();
  checkout.write('chokepoint.yaml', CONFIG);
  checkout.write('m/server.yaml', SERVER);
  home.write('profile', PROFILE);
});
afterEach(() => {
  checkout.remove();
  home.remove();
});

const link = (target: string, name: string): void => symlinkSync(target, join(checkout.path, name));
const atHome = (name: string): string => readFileSync(join(home.path, name), 'utf8');

describe('check --fix', () => {
  test('does not put a policy behind what a link in its place leads to', async () => {
    link(join(home.path, 'profile'), 'm/server.networkpolicy.yaml');
    const { status, stderr } = await checkout.run(['check', 'm', '--fix']);
    expect(atHome('profile')).toBe(PROFILE);
    expect(stderr).toMatch(
      /^not fixed: m\/server\.networkpolicy\.yaml: Deployment shop\/orders: a symbolic link leads from it to .*\/profile, out of .*\n$/,
    );
    expect(status).toBe(2);
  });

  test('does not edit a manifest that a link leads to', async () => {
    home.write('wide.yaml', WIDE);
    link(join(home.path, 'wide.yaml'), 'm/wide.yaml');
    const { status, stderr } = await checkout.run(['check', 'm', '--fix']);
    expect(atHome('wide.yaml')).toBe(WIDE);
    expect(stderr).toContain('not fixed: m/wide.yaml: NetworkPolicy shop/orders: a symbolic link leads from it to');
    expect(status).toBe(2);
  });

  test.each([
    ['found in the folder given', ['m']],
    ['on the way to the file given', ['m/elsewhere/server.yaml']],
    ['given itself', ['m/elsewhere']],
  ])('does not write below a folder that is a link, %s', async (_, paths) => {
    home.write('d/server.yaml', SERVER.replaceAll('orders', 'other'));
    link(join(home.path, 'd'), 'm/elsewhere');
    const { status, stderr } = await checkout.run(['check', ...paths, '--fix']);
    expect(existsSync(join(home.path, 'd/server.networkpolicy.yaml'))).toBe(false);
    expect(stderr).toContain(
      'not fixed: m/elsewhere/server.networkpolicy.yaml: Deployment shop/other: a symbolic link',
    );
    expect(status).toBe(2);
  });

  test('does not leave the folder given for another one of the checkout', async () => {
    checkout.write('other/server.yaml', SERVER.replaceAll('orders', 'other'));
    link('../other', 'm/elsewhere');
    const { status } = await checkout.run(['check', 'm', '--fix']);
    expect(existsSync(join(checkout.path, 'other/server.networkpolicy.yaml'))).toBe(false);
    expect(status).toBe(2);
    expect((await checkout.run(['check', '.', '--fix'])).status).toBe(0);
    expect(existsSync(join(checkout.path, 'other/server.networkpolicy.yaml'))).toBe(true);
  });

  test('replaces a link that leads nowhere, and a second name of a file, and leaves both ends alone', async () => {
    home.write('wide.yaml', WIDE);
    linkSync(join(home.path, 'wide.yaml'), join(checkout.path, 'm/wide.yaml'));
    checkout.write('n/server.yaml', SERVER.replaceAll('orders', 'other'));
    link(join(home.path, 'new'), 'n/server.networkpolicy.yaml');
    const { status, stderr } = await checkout.run(['check', 'm', 'n/server.yaml', '--fix']);
    expect([stderr, status]).toEqual([stderr, 0]);
    expect(existsSync(join(home.path, 'new'))).toBe(false);
    expect(lstatSync(join(checkout.path, 'n/server.networkpolicy.yaml')).isFile()).toBe(true);
    expect(atHome('wide.yaml')).toBe(WIDE);
  });

  test('follows a link above what is given only where it is no part of the working folder', async () => {
    symlinkSync(checkout.path, join(home.path, 'way'));
    const given = join(home.path, 'way/m');
    expect((await home.run(['check', given, '--config', join(checkout.path, 'chokepoint.yaml'), '--fix'])).status).toBe(
      2,
    );
    expect((await checkout.run(['check', given, '--fix'])).status).toBe(0);
  });
});

describe('check --report', () => {
  test.each([
    ['the file', 'report.sarif', 'report.sarif', 'profile'],
    ['a folder on its way', 'out', 'out/profile', ''],
  ])('does not write through a link out of the working folder: %s', async (_, name, file, target) => {
    link(join(home.path, target), name);
    const { status, stdout, stderr } = await checkout.run(['check', 'm', '--report', `sarif=${file}`]);
    expect(atHome('profile')).toBe(PROFILE);
    expect(readlinkSync(join(checkout.path, name))).toBe(join(home.path, target));
    expect(stderr).toMatch(
      new RegExp(`^chokepoint: the report ${file} cannot be written: a symbolic link leads from it `),
    );
    expect(stdout).toContain('shop/orders');
    expect(status).toBe(2);
  });

  test('goes where it is named, also out of the working folder, and through a link that stays in it', async () => {
    mkdirSync(join(checkout.path, 'reports'));
    link('reports', 'out');
    const files = [join(home.path, 'a.json'), 'out/b.json'];
    for (const file of files) expect((await checkout.run(['check', 'm', '--report', `json=${file}`])).status).toBe(1);
    expect(JSON.parse(atHome('a.json')).summary.deny).toBe(1);
    expect(existsSync(join(checkout.path, 'reports/b.json'))).toBe(true);
  });

  test('does not write through a link in a checkout that is named by its path', async () => {
    link(join(home.path, 'profile'), 'report.json');
    const elsewhere = temporaryFolder();
    const file = join(checkout.path, 'report.json');
    expect((await elsewhere.run(['check', checkout.path, '--report', `json=${file}`])).status).toBe(2);
    expect((await elsewhere.run(['check', '-', '--report', `json=${file}`], { stdin: SERVER })).status).toBe(2);
    elsewhere.remove();
    expect(atHome('profile')).toBe(PROFILE);
  });

  test.runIf(existsSync('/dev/null'))('takes /dev/null and streams of the shell for what they are', async () => {
    const { status, stdout } = await checkout.run(['check', 'm', '--output', 'json', '--report', 'text=/dev/null']);
    expect([status, JSON.parse(stdout).summary.deny]).toEqual([1, 1]);
  });
});

describe('what no regular file is', () => {
  test.each([
    ['check', ['check', 'pipe']],
    ['check of its folder', ['check', 'p']],
    ['reach', ['reach', 'm', '--queries', 'pipe']],
  ])('ends %s with an error at once, instead of waiting for a writer', async (_, args) => {
    mkdirSync(join(checkout.path, 'p'));
    for (const name of ['pipe', 'p/a.yaml']) execFileSync('mkfifo', [join(checkout.path, name)]);
    const { status, stdout, stderr } = await checkout.run(args);
    expect([status, stdout + stderr]).toEqual([
      2,
      expect.stringContaining('only standard input can be a stream, as `-`'),
    ]);
  });

  test.runIf(existsSync('/dev/fd'))('is read where a shell gives it as a stream', () => {
    const line =
      '"$NODE" "$PROGRAM" check <(cat m/server.yaml) --output json; "$NODE" "$PROGRAM" check /dev/stdin < m/server.yaml';
    const env = { PATH: process.env.PATH ?? '', NODE: process.execPath, PROGRAM };
    const { stdout } = spawnSync('bash', ['--norc', '-c', line], { cwd: checkout.path, encoding: 'utf8', env });
    expect(stdout).toMatch(/"file": "\/dev\/fd\/\d+"/);
    expect(stdout).toContain('Deployment shop/orders  denied  /dev/stdin:1');
  });
});

describe('a file that other tools own by its name', () => {
  test.each([
    ...['ct.yaml', 'compose.yaml', 'skaffold.yaml', 'Chart.yaml', 'requirements.yaml', 'mkdocs.yml', '.#x.yaml'],
    ...['kustomization.yaml', '.hidden/x.yaml', 'node_modules/x.yaml'],
  ])('is judged where it holds a server: %s', async name => {
    const folder = temporaryFolder();
    folder.write(name, SERVER);
    const { status, stdout } = await folder.run(['check', '.']);
    folder.remove();
    expect([status, stdout]).toEqual([1, expect.stringContaining(`Deployment shop/orders  denied  ${name}:1`)]);
  });

  test('is counted where it holds none', async () => {
    checkout.write('Chart.yaml', 'apiVersion: v2\nname: orders\n');
    checkout.write('node_modules/x/package.json', '{"name": "x"}');
    const { stdout } = await checkout.run(['check', '.']);
    expect(stdout).toContain('; 2 files without Kubernetes objects passed over.');
    expect(JSON.parse((await checkout.run(['check', '.', '--output', 'json'])).stdout).foreignFiles).toBe(2);
  });
});

test('a server that the checkout hides by a .chokepointignore is told of, and is judged where that file is not gone by', async () => {
  const folder = temporaryFolder();
  folder.write('m/server.yaml', SERVER);
  folder.write('m/policy.yaml', CLOSED);
  folder.write('m/.chokepointignore', 'server.yaml\n');
  const hidden = await folder.run(['check', 'm']);
  expect([hidden.status, hidden.stdout]).toEqual([
    0,
    expect.stringContaining('; 1 file left out by .chokepointignore.'),
  ]);
  expect(JSON.parse((await folder.run(['check', 'm', '--output', 'json'])).stdout).leftOut).toEqual({
    option: 0,
    ignoreFile: 1,
  });
  const shown = await folder.run(['check', 'm', '--no-ignore-file']);
  expect(shown.stdout).toContain('Deployment shop/orders');
  const excluded = await folder.run(['check', 'm', '--no-ignore-file', '--exclude', 'server.yaml']);
  expect([excluded.status, excluded.stdout]).toEqual([0, expect.stringContaining('; 1 file left out by --exclude.')]);
  folder.write('m/.chokepointignore', '*\n');
  expect((await folder.run(['check', 'm'])).status).toBe(2);
  folder.remove();
});

test('the configuration of the checkout is overruled by --config', async () => {
  checkout.write(
    'chokepoint.yaml',
    `${CONFIG}  rules: {ingress-not-isolated: {level: "off"}, egress-not-isolated: {level: "off"}}\n`,
  );
  home.write('chokepoint.yaml', CONFIG);
  expect((await checkout.run(['check', 'm'])).status).toBe(0);
  expect((await checkout.run(['check', 'm', '--config', join(home.path, 'chokepoint.yaml')])).status).toBe(1);
});
