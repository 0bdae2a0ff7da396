import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from '../cli/manifests.ts';
import { type Ended, fencedBlocks, installPacked, type Packed, pack, runProgram } from './packed.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Everything that may be in the package, and that must be: each pattern matches at least one file. */
const WANTED: readonly RegExp[] = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^dist\/chokepoint\.js$/,
  /^dist\/chunks\/[\w-]+\.cjs$/,
  /^dist\/index\.js$/,
  /^dist\/THIRD-PARTY-LICENSES\.txt$/,
  /^dist\/sbom\.cdx\.json$/,
  /^dist\/types\/index\.d\.ts$/,
  /^dist\/types\/(core|app|adapters\/config)\/[\w/-]+\.d\.ts$/,
  /^policies\/[\w.-]+\.json$/,
  /^policies\/(presets|samples|demo)\/[\w/.-]+\.(json|yaml)$/,
];

/** Texts of licences that the bundler found beside code: there need not be any. */
const ALLOWED = /^dist\/(?:[\w-]+\.js|chunks\/[\w-]+\.cjs)\.LEGAL\.txt$/;

let packed: Packed;
let installed: Ended;
beforeAll(async () => {
  packed = await pack();
  packed.write('project/package.json', '{"name": "project", "private": true, "type": "module"}\n');
  installed = await installPacked(packed, join(packed.folder, 'project'));
});
afterAll(() => packed.remove());

const inProject = (program: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(program, args, { cwd: join(packed.folder, 'project') });

test('the package holds what its users need, and nothing else', () => {
  const { files } = packed;
  expect(files.filter(file => !ALLOWED.test(file) && !WANTED.some(pattern => pattern.test(file)))).toEqual([]);
  expect(WANTED.filter(pattern => !files.some(file => pattern.test(file)))).toEqual([]);
});

test('it can be installed without a registry, and brings nothing besides itself', () => {
  expect(installed).toMatchObject({ status: 0 });
  const modules = readdirSync(join(packed.folder, 'project/node_modules')).filter(name => !name.startsWith('.'));
  expect(modules).toEqual(['chokepoint']);
});

test('it carries the licence of every package that is bundled', () => {
  const read = (name: string): string =>
    readFileSync(join(packed.folder, 'project/node_modules/chokepoint/dist', name), 'utf8');
  const { components } = JSON.parse(read('sbom.cdx.json'));
  const titles = components.map(({ name, version }: Record<string, unknown>) => `${name} ${version} (`);
  const licenses = read('THIRD-PARTY-LICENSES.txt');
  expect(titles.length).toBeGreaterThan(20);
  expect(titles.filter((title: string) => !licenses.includes(title))).toEqual([]);
  expect(licenses.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(20);
});

describe('the installed command line', () => {
  const chokepoint = (...args: readonly string[]): Promise<Ended> =>
    inProject(process.execPath, 'node_modules/.bin/chokepoint', ...args);

  test.each([
    ['refuses a server without its policy', [SERVER], 1],
    ['passes it with its policy', [SERVER, CLOSED], 0],
  ])('%s', async (_, manifests, status) => {
    packed.write('project/chokepoint.yaml', CONFIG);
    packed.write('project/manifests/all.yaml', manifests.join('---\n'));
    const ended = await chokepoint('check', 'manifests', '--output', 'json');
    expect(ended.status).toBe(status);
    expect(JSON.parse(ended.stdout).summary).toMatchObject({ servers: 1, deny: status, undetermined: 0 });
  });

  test('runs the demo, whose samples are in the package', async () => {
    const { status, stderr } = await chokepoint('demo');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the library', () => {
  test('needs nothing of Node.js', async () => {
    packed.write(
      'project/bare.mjs',
      `const { log } = console;
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'navigator', 'crypto', 'fetch']) delete globalThis[name];
const { decodeGatePolicy, judgeManifests, presetPolicy } = await import('chokepoint');
const pod = {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'a', labels: {'chokepoint.dev/mcp-server': 'true'}}, spec: {}};
const document = {apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: {name: 'a'}, spec: {gatewais: []}};
log(judgeManifests([pod], presetPolicy()).decisions.map(decision => decision.verdict), decodeGatePolicy(document).issues[0].path);
`,
    );
    expect(await inProject(process.execPath, 'bare.mjs')).toEqual({
      status: 0,
      stdout: "[ 'deny' ] spec.gatewais\n",
      stderr: '',
    });
    const text = readFileSync(join(packed.folder, 'project/node_modules/chokepoint/dist/index.js'), 'utf8');
    expect(text.match(/^import\b|^export\b.*\bfrom\b/gm)).toBe(null);
    expect(text.match(/\bnew Function\b|\beval\(/g), 'no code is made from text').toBe(null);
  });

  test('lets nobody past its entry', async () => {
    packed.write('project/deep.mjs', "await import('chokepoint/dist/chokepoint.js');\n");
    expect((await inProject(process.execPath, 'deep.mjs')).stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('is documented by examples that compile under strict TypeScript and print what the page says', async () => {
    const examples = fencedBlocks('docs/library.md', 'ts');
    expect(examples.length).toBe(3);
    const names = examples.map((_, index) => `example-${index}`);
    for (const [index, example] of examples.entries()) packed.write(`project/src/example-${index}.ts`, example);
    packed.write(
      'project/tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          target: 'es2024',
          lib: ['es2024', 'dom'],
          module: 'nodenext',
          types: [],
          outDir: 'out',
          rootDir: 'src',
        },
        include: ['src'],
      }),
    );
    expect(await inProject(process.execPath, TSC, '-p', '.')).toEqual({ status: 0, stdout: '', stderr: '' });
    const printed = [];
    for (const name of names) printed.push((await inProject(process.execPath, `out/${name}.js`)).stdout);
    expect(printed).toEqual(fencedBlocks('docs/library.md', 'text'));
  });

  test('declares every function that it exports, under its own name', async () => {
    const text = readFileSync(join(packed.folder, 'project/node_modules/chokepoint/dist/types/index.d.ts'), 'utf8');
    const names = Object.keys(await import(join(packed.folder, 'project/node_modules/chokepoint/dist/index.js')));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter(name => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
    const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
    expect(names.filter(name => !page.includes(`\`${name}(`))).toEqual([]);
  });
});
