import { execFileSync } from 'node:child_process';
import { realpathSync, statSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findFiles } from '../../../src/adapters/files/walk.ts';
import { planRendering, type RenderOptions } from '../../../src/adapters/render/plan.ts';
import { type Place, temporaryPlace } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = temporaryPlace();
  place.program('bin/kubectl', '');
  place.program('bin/helm', '');
});
afterEach(() => place.remove());

type Files = Readonly<Record<string, string>>;

/** Writes files below `in/`, and plans what is built of the folders given there. */
function plan(files: Files, options: Partial<RenderOptions> = {}, given: readonly string[] = ['']) {
  for (const [name, text] of Object.entries(files)) place.write(`in/${name}`, text);
  const root = join(place.path, 'in');
  const paths = given.map(path => join(root, path));
  const { found } = findFiles(paths, { exclude: [], ignoreFiles: false });
  const all = found.map(({ file }) => file);
  const planned = planRendering(all, {
    env: { PATH: join(place.path, 'bin'), HOME: '/home/someone', SECRET: 'x' },
    foreign: paths,
    home: place.path,
    allowRemote: false,
    helm: { values: [], set: [], apiVersions: [] },
    ...options,
  });
  const short = (path: string): string => (path === '' ? '' : relative(root, path) || '.');
  return {
    builds: planned.builds.map(({ tool, folder }) => `${tool} ${short(folder)}`),
    problems: planned.problems.map(({ code, file }) => `${code} ${short(file)}`),
    messages: planned.problems.map(({ message }) => message.replaceAll(`${root}/`, '')),
    alone: all.filter(file => !planned.isPart(statSync(file).isFile() ? realpathSync(file) : file)).map(short),
    planned,
  };
}

const uses = (...resources: readonly string[]): string =>
  `resources: [${resources.map(one => JSON.stringify(one)).join(', ')}]\n`;
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n';

describe('A kustomization that no other one loads is built, and what it loads is not read by itself', () => {
  test.each<[string, Files, readonly string[], readonly string[]]>([
    ['one folder', { 'kustomization.yaml': uses('a.yaml'), 'a.yaml': '', 'b.yaml': '' }, ['kustomize .'], ['b.yaml']],
    ['kustomization.yml', { 'kustomization.yml': uses('a.yaml'), 'a.yaml': '' }, ['kustomize .'], []],
    ['Kustomization', { Kustomization: uses('a.yaml'), 'a.yaml': '' }, ['kustomize .'], []],
    [
      'overlays and their base',
      {
        'base/kustomization.yaml': uses('a.yaml'),
        'base/a.yaml': '',
        'o/p/kustomization.yaml': uses('../../base'),
        'o/s/kustomization.yaml': 'bases: [../../base/]\n',
      },
      ['kustomize o/p', 'kustomize o/s'],
      [],
    ],
    [
      'a component',
      {
        'c/kustomization.yaml': 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [a.yaml]\n',
        'c/a.yaml': '',
        'k/kustomization.yaml': 'components: [../c]\n',
      },
      ['kustomize k'],
      [],
    ],
    [
      'every field that names a file',
      {
        'kustomization.yaml': `crds: [a1.yaml]
configurations: [a2.yaml]
patches: [{path: a3.yaml}, {patch: "- op: remove"}, a4.yaml]
patchesStrategicMerge: [a5.yaml, "apiVersion: v1\\nkind: Service"]
patchesJson6902: [{path: a6.yaml, target: {kind: Service}}]
replacements: [{path: a7.yaml}]
openapi: {path: a8.json}
configMapGenerator: [{name: x, files: [a9.yaml, key=b1.yaml], envs: [b2.yaml], env: b3.yaml}]
secretGenerator: [{name: x, files: [b4.yaml]}]
transformers: [b5.yaml, "kind: x\\napiVersion: y"]
generators: [b6.yaml]
validators: [b7.yaml]
`,
        ...Object.fromEntries(
          ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a9', 'b1', 'b2', 'b3', 'b4', 'b6', 'b7', 'b8', 'c'].map(name => [
            `${name}.yaml`,
            '',
          ]),
        ),
        'a8.json': '{}',
        'b5.yaml': 'kind: PatchTransformer\napiVersion: builtin\npath: b8.yaml\n',
      },
      ['kustomize .'],
      ['c.yaml'],
    ],
    [
      'fields in any case',
      { 'kustomization.yaml': 'RESOURCES: [a.yaml]\nreſources: [b.yaml]\n', 'a.yaml': '', 'b.yaml': '' },
      ['kustomize .'],
      [],
    ],
    [
      'a Kustomization of Flux',
      {
        'kustomization.yaml': 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {}\n',
        'a.yaml': '',
      },
      [],
      ['a.yaml', 'kustomization.yaml'],
    ],
    ['an object called so', { 'kustomization.yaml': DEPLOYMENT, 'a.yaml': '' }, [], ['a.yaml', 'kustomization.yaml']],
    [
      'an object behind it',
      { 'kustomization.yaml': `${uses('a.yaml')}---\n${DEPLOYMENT}`, 'a.yaml': '' },
      ['kustomize .'],
      ['kustomization.yaml'],
    ],
    ['itself', { 'kustomization.yaml': uses('.', 'a.yaml'), 'a.yaml': '' }, ['kustomize .'], []],
    ['what is not there', { 'kustomization.yaml': uses('gone.yaml', '../gone') }, ['kustomize .'], []],
  ])('%s', (_, files, builds, alone) => {
    expect(plan(files)).toMatchObject({ builds, alone, problems: [] });
  });

  test('also where the base stands outside of what is given, or its own file is named', () => {
    const files = {
      'base/kustomization.yaml': uses('a.yaml'),
      'base/a.yaml': '',
      'o/kustomization.yaml': uses('../base'),
    };
    expect(plan(files, {}, ['o'])).toMatchObject({ builds: ['kustomize o'], problems: [] });
    expect(plan(files, {}, ['o/kustomization.yaml', 'base/a.yaml'])).toMatchObject({
      builds: ['kustomize o'],
      alone: [],
    });
    expect(plan(files, {}, ['base'])).toMatchObject({ builds: ['kustomize base'] });
  });

  test('past links, as kustomize goes', () => {
    place.write('in/real/deep/kustomization.yaml', uses('../a'));
    place.write('in/real/a/kustomization.yaml', uses('a.yaml'));
    place.write('in/real/a/a.yaml', '');
    symlinkSync(join(place.path, 'in/real/deep'), join(place.path, 'in/way'));
    expect(plan({}, {}, ['way', 'real'])).toMatchObject({ builds: ['kustomize way'], problems: [], alone: [] });
  });
});

describe('A kustomization is not built', () => {
  test.each<[string, Files, string]>([
    [
      'if it loads itself through others',
      { 'a/kustomization.yaml': uses('../b'), 'b/kustomization.yaml': uses('../a') },
      'not-built a/kustomization.yaml, not-built b/kustomization.yaml',
    ],
    ['if it cannot be read', { 'kustomization.yaml': 'resources: [a\n---\n: {' }, 'not-built kustomization.yaml'],
    [
      'if a base of it cannot be read',
      { 'o/kustomization.yaml': uses('../b'), 'b/kustomization.yaml': 'a: [' },
      'not-built o/kustomization.yaml',
    ],
  ])('%s', (_, files, problems) => {
    const planned = plan(files);
    expect([planned.builds, planned.problems.join(', ')]).toEqual([[], problems]);
  });

  test('if what it loads is a pipe, or it is one', () => {
    plan({ 'a/kustomization.yaml': uses('pipe.yaml'), 'b/c.yaml': '' });
    for (const name of ['a/pipe.yaml', 'b/kustomization.yaml']) execFileSync('mkfifo', [join(place.path, 'in', name)]);
    expect(plan({}).problems).toEqual(['not-built a/kustomization.yaml', 'not-built b/kustomization.yaml']);
  });

  const REMOTE = [
    ...[
      'https://example.com/a.yaml',
      'http://example.com/x?ref=v1',
      'ssh://git@example.com/x',
      'git::https://example.com/x',
      'file:///etc',
    ],
    ...[
      'github.com/a/b',
      'GitHub.com/a/b//x?ref=v1',
      'git@example.com:a/b.git',
      'gh:a/b',
      'example.com/a/b.git',
      'example.com/a//b?ref=x',
    ],
  ];
  test.each(REMOTE)('if it loads %s', entry => {
    const planned = plan({ 'kustomization.yaml': uses(entry, 'a.yaml'), 'a.yaml': '' });
    expect(planned).toMatchObject({ builds: [], problems: ['remote-base kustomization.yaml'], alone: [] });
    expect(planned.messages[0]).toContain(`it loads ${entry} over the network`);
    expect(plan({}, { allowRemote: true })).toMatchObject({ builds: ['kustomize .'], problems: [] });
  });

  test.each([
    [
      'a base of a base',
      {
        'o/kustomization.yaml': uses('../b'),
        'b/kustomization.yaml': uses('../c'),
        'c/kustomization.yaml': uses('https://example.com/x'),
      },
    ],
    ['a patch', { 'o/kustomization.yaml': 'patches: [{path: "https://example.com/x.yaml"}]' }],
    [
      'a file of a generator',
      { 'o/kustomization.yaml': 'configMapGenerator: [{name: a, files: ["key=https://example.com/x"]}]' },
    ],
    ['a transformer', { 'o/kustomization.yaml': 'transformers: [t.yaml]', 'o/t.yaml': 'path: https://example.com/x' }],
    ['a component', { 'o/kustomization.yaml': 'components: [github.com/a/b]' }],
    ['a field in capitals', { 'o/kustomization.yaml': 'Resources: [github.com/a/b]' }],
  ])('if something remote is loaded by %s', (_, files) => {
    expect(plan(files)).toMatchObject({ builds: [], problems: ['remote-base o/kustomization.yaml'] });
  });

  test('if it is one of more than are built', () => {
    const files = Object.fromEntries(
      Array.from({ length: 501 }, (_, index) => [`${index}/kustomization.yaml`, uses('a.yaml')]),
    );
    expect(plan(files)).toMatchObject({ builds: [], problems: ['too-many-builds '] });
  });

  test('without a builder, which is named with the folder', () => {
    const files = { 'prod/kustomization.yaml': uses('a.yaml'), 'prod/a.yaml': '' };
    const planned = plan(files, { env: { PATH: place.path } });
    expect(planned).toMatchObject({ builds: [], problems: ['no-builder prod/kustomization.yaml'], alone: [] });
    expect(planned.messages).toEqual([
      'prod is a kustomization, and to build it there is neither kustomize nor kubectl on PATH: install one; --no-render reads the files as they stand',
    ]);
    place.program('in/bin/kubectl', '');
    expect(plan({}, { env: { PATH: join(place.path, 'in/bin') } }).messages[0]).toContain(
      '(bin/kubectl is not run: it stands in the working folder or in the input)',
    );
  });
});

describe('The builder', () => {
  test('is kustomize if it is there, with nothing but the folder', () => {
    const kubectl = plan({ 'kustomization.yaml': uses('a.yaml') }).planned.builds[0];
    expect(kubectl).toMatchObject({
      program: join(place.path, 'bin/kubectl'),
      args: ['kustomize', join(place.path, 'in')],
    });
    place.program('bin/kustomize', '');
    const kustomize = plan({}).planned.builds[0];
    expect(kustomize).toMatchObject({
      program: join(place.path, 'bin/kustomize'),
      args: ['build', join(place.path, 'in')],
    });
  });

  test('gets no PATH and no network, but where it is allowed', () => {
    const closed = plan({ 'kustomization.yaml': uses('a.yaml') }).planned.builds[0]?.env;
    expect(closed).toEqual({
      HOME: place.path,
      KUBECONFIG: join(place.path, 'none'),
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
    });
    const env = { PATH: `.:${join(place.path, 'bin')}:`, HOME: '/home/someone', SECRET: 'x' };
    const open = plan({}, { env, allowRemote: true }).planned.builds[0]?.env;
    expect(open).toEqual({
      HOME: '/home/someone',
      KUBECONFIG: join(place.path, 'none'),
      PATH: join(place.path, 'bin'),
      GIT_TERMINAL_PROMPT: '0',
    });
  });
});

describe('A chart is rendered', () => {
  const CHART = {
    'c/Chart.yaml': 'apiVersion: v2\nname: orders\nversion: 1.0.0\n',
    'c/templates/a.yaml': '',
    'c/values.yaml': '',
    'c/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
    'c/charts/sub/templates/b.yaml': '',
    'c/examples/d.yaml': '',
  };

  test('with what charts lie in it, and what helm does not read stands by itself', () => {
    expect(plan(CHART)).toMatchObject({ builds: ['helm c'], alone: ['c/examples/d.yaml'], problems: [] });
  });

  test('with arguments that nothing of ours is read from', () => {
    const helm = { release: '-x', namespace: 'shop', values: ['/v.yaml'], set: ['a=b,c=d'], apiVersions: ['x/v1'] };
    const [build] = plan(CHART, { helm }).planned.builds;
    expect(build?.args).toEqual([
      ...['template', '--namespace=shop', '--values=/v.yaml', '--set=a=b,c=d', '--api-versions=x/v1', '--', '-x'],
      join(place.path, 'in/c'),
    ]);
    expect(build?.env).toMatchObject({ HELM_PLUGINS: join(place.path, 'plugins') });
  });

  test.each<[string, Files]>([
    [
      'a library has nothing to render',
      { 'c/Chart.yaml': 'apiVersion: v2\nname: x\ntype: library\n', 'c/templates/a.yaml': '' },
    ],
    ['a Chart.yaml of another tool is none', { 'c/Chart.yaml': 'apiVersion: example.com/v1\nname: x\n' }],
    ['nor is one without anything in it', { 'c/Chart.yaml': 'apiVersion: v2\nname: x\n' }],
  ])('not: %s', (_, files) => {
    expect(plan(files)).toMatchObject({ builds: [], problems: [] });
  });

  test('not without helm: the templates say themselves that they are some', () => {
    const planned = plan(CHART, { env: { PATH: place.path } });
    expect([planned.builds, planned.problems, planned.alone.length]).toEqual([[], [], 6]);
  });
});
