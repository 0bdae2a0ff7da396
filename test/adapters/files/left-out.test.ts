import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/adapters/files/read.ts';
import { type Files, folder } from './folder.ts';

const pod = (name: string): string => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}}`;

interface Options {
  readonly exclude?: readonly string[];
  readonly ignoreFiles?: boolean;
}

async function read(root: string, paths: readonly string[], options: Options) {
  const stdin = async () => Buffer.alloc(0);
  const { manifests, leftOut, problems } = await readManifests(
    paths.map(path => join(root, path)),
    { stdin, ...options },
  );
  const { option, ignoreFile } = leftOut;
  return {
    files: manifests.map(({ file }) => file.slice(root.length + 1)),
    leftOut: [option, ignoreFile],
    problems: problems.map(({ severity, code }) => `${severity} ${code}`),
  };
}

const TREE: Files = {
  'a.yaml': pod('a'),
  'b.yaml': pod('b'),
  'x/a.yaml': pod('xa'),
  'x/c.json': pod('xc'),
  'x/y/d.yaml': pod('d'),
  'x/y/notes.md': '#',
};

describe('--exclude', () => {
  it.each([
    ['a name, in every folder', ['a.yaml'], ['b.yaml', 'x/c.json', 'x/y/d.yaml'], 2],
    ['a name from the top', ['/a.yaml'], ['b.yaml', 'x/a.yaml', 'x/c.json', 'x/y/d.yaml'], 1],
    ['a folder, with all that is in it', ['x/'], ['a.yaml', 'b.yaml'], 3],
    ['a folder by a path', ['x/y'], ['a.yaml', 'b.yaml', 'x/a.yaml', 'x/c.json'], 1],
    ['a pattern', ['*.json'], ['a.yaml', 'b.yaml', 'x/a.yaml', 'x/y/d.yaml'], 1],
    ['a pattern over folders', ['x/**/*.yaml'], ['a.yaml', 'b.yaml', 'x/c.json'], 2],
    ['several, of which a later one takes back', ['*.yaml', '!b.yaml'], ['b.yaml', 'x/c.json'], 3],
    ['nothing by another case', ['A.yaml'], ['a.yaml', 'b.yaml', 'x/a.yaml', 'x/c.json', 'x/y/d.yaml'], 0],
    ['nothing by a comment', ['#a.yaml'], ['a.yaml', 'b.yaml', 'x/a.yaml', 'x/c.json', 'x/y/d.yaml'], 0],
  ])('leaves out %s', async (_, exclude, files, count) => {
    const root = await folder(TREE);
    expect(await read(root, [''], { exclude })).toEqual({ files, leftOut: [count, 0], problems: [] });
  });

  it('leaves out files that are named, and goes by each folder given', async () => {
    const root = await folder(TREE);
    expect(await read(root, ['a.yaml', 'b.yaml', 'x'], { exclude: ['a.yaml', '/y'] })).toEqual({
      files: ['b.yaml', 'x/c.json'],
      leftOut: [3, 0],
      problems: [],
    });
  });

  it.each(['*a*a*a*a*', 'a/**/b/**/c/**/d/**/e/**/f/**/g/**'])(
    'takes no pattern that could be slow: %s',
    async glob => {
      const root = await folder({ 'a.yaml': pod('a') });
      expect((await read(root, [''], { exclude: [glob] })).problems).toEqual(['error ignore-rules']);
    },
  );
});

describe('.chokepointignore', () => {
  it('holds from its folder on, and the innermost decides', async () => {
    const root = await folder({
      ...TREE,
      '.chokepointignore': '# ours\n*.json\n/a.yaml\nx/y/\n',
      'x/.chokepointignore': '!c.json\na.yaml\n',
    });
    expect(await read(root, [''], { ignoreFiles: true })).toEqual({
      files: ['b.yaml', 'x/c.json'],
      leftOut: [0, 3],
      problems: [],
    });
  });

  it('is not gone by where it stands above the folder given, or is not asked for', async () => {
    const root = await folder({ ...TREE, '.chokepointignore': '*' });
    expect((await read(root, ['x'], { ignoreFiles: true })).files).toEqual(['x/a.yaml', 'x/c.json', 'x/y/d.yaml']);
    expect((await read(root, [''], {})).files).toHaveLength(5);
  });

  it('leaves out no file that is named', async () => {
    const root = await folder({ ...TREE, '.chokepointignore': '*' });
    expect(await read(root, ['a.yaml'], { ignoreFiles: true })).toMatchObject({ files: ['a.yaml'], leftOut: [0, 0] });
  });

  it('is overruled by the option', async () => {
    const root = await folder({ ...TREE, '.chokepointignore': 'a.yaml\n' });
    expect(await read(root, [''], { ignoreFiles: true, exclude: ['!/a.yaml', 'b.yaml'] })).toMatchObject({
      files: ['a.yaml', 'x/c.json', 'x/y/d.yaml'],
      leftOut: [1, 1],
    });
  });

  it('leaves out links and what is behind them, good ones or not', async () => {
    const root = await folder({
      'k.yaml': pod('k'),
      'l.yaml': { link: 'nowhere' },
      d: { link: '.' },
      '.chokepointignore': 'l.yaml\nd\n',
    });
    expect(await read(root, [''], { ignoreFiles: true })).toMatchObject({ files: ['k.yaml'], problems: [] });
  });

  it.each([
    ['a device', { link: '/dev/zero' }, 'error not-a-file'],
    ['far too long', 'x'.repeat(70_000), 'error file-too-large'],
    ['of far too many lines', 'x\n'.repeat(2000), 'error ignore-rules'],
    ['a pattern that could be slow', '*a*a*a*a*a*a*a*a*b\n', 'error ignore-rules'],
  ])('is an error where it is %s', async (_, content, problem) => {
    const root = await folder({ 'a.yaml': pod('a'), '.chokepointignore': content });
    expect(await read(root, [''], { ignoreFiles: true })).toMatchObject({ files: ['a.yaml'], problems: [problem] });
  });

  it('decides as git does; below a folder that a deeper file takes back, it reads what git might leave out', async () => {
    const part = fc.constantFrom('a', 'b', '*', 'a*', '?', '[ab]', '**', 'a.yaml', '*.yaml', '!a', '\\a', ' a');
    const line = fc
      .tuple(fc.constantFrom('', '!', '/'), fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/'))
      .map(([start, parts, end]) => start + parts.join('/') + end);
    const lines = fc.array(line, { minLength: 1, maxLength: 4 }).map(all => all.join('\n'));
    const paths = ['a.yaml', 'b.yaml', 'a/a.yaml', 'a/b.yaml', 'b/a.yaml', 'a/b/a.yaml', 'a/b/c.yaml', 'b/b/b.yaml'];
    await fc.assert(
      fc.asyncProperty(lines, lines, async (top, inner) => {
        const root = await folder({
          ...Object.fromEntries(paths.map(path => [path, pod('x')])),
          ...Object.fromEntries(['.chokepointignore', '.gitignore'].map(name => [name, top])),
          ...Object.fromEntries(['a/.chokepointignore', 'a/.gitignore'].map(name => [name, inner])),
        });
        execFileSync('git', ['init', '-q'], { cwd: root });
        const listed = execFileSync('git', ['ls-files', '--others', '--exclude-standard', '--', '*.yaml'], {
          cwd: root,
          encoding: 'utf8',
        });
        const { files } = await read(root, [''], { ignoreFiles: true });
        const byGit = listed.split('\n').filter(path => path !== '');
        if (inner.includes('!')) expect(files).toEqual(expect.arrayContaining(byGit));
        else expect(files.toSorted()).toEqual(byGit.toSorted());
      }),
      {
        numRuns: 40,
        examples: [
          ['b', '!b\na'],
          ['b\n*.yaml', '!b'],
        ],
      },
    );
  }, 60_000);
});
