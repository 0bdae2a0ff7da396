import { execFileSync } from 'node:child_process';
import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/adapters/files/read.ts';
import { asOrdinaryUser } from '../../support/as-ordinary-user.ts';
import { folder, read, summarize } from './folder.ts';

const pod = (name: string) => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}}\n`;

describe('a folder', () => {
  it('is searched by name, hidden folders too, as kubectl apply -R searches it', async () => {
    const root = await folder({
      'b.yaml': pod('b'),
      'a/z.yml': pod('z'),
      'a/y.JSON': '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "y"}}',
      'a/.hidden.yaml': pod('hidden'),
      'a/readme.md': '# no',
      '.h/x.yaml': pod('below-hidden'),
      'node_modules/x.yaml': pod('modules'),
      'a/.#z.yml': { link: 'someone@machine.1:2' },
    });
    expect(await read(root, [''])).toMatchObject({
      files: 6,
      objects: [
        '.h/x.yaml#0:1 Pod/below-hidden',
        'a/.hidden.yaml#0:1 Pod/hidden',
        'a/y.JSON#0:1 Pod/y',
        'a/z.yml#0:1 Pod/z',
        'b.yaml#0:1 Pod/b',
        'node_modules/x.yaml#0:1 Pod/modules',
      ],
      problems: [],
    });
  });

  it('passes over files of other tools that hold no object, and counts them', async () => {
    const root = await folder({
      'a.yaml': pod('a'),
      'Chart.yaml': 'apiVersion: v2\nname: x\nannotations: {artifacthub.io/changes: "- kind: added"}\n',
      'package.json': '{"name": "x"}',
      'mkdocs.yml': 'a: !!python/name:x.y\n',
      '.github/workflows/x.yml': 'on: push\njobs: {x: {steps: [run: x]}}\n',
      'node_modules/y/bad.yaml': 'a: [',
      'node_modules/y/empty.yaml': '',
      'values.yaml': 'image: x\n',
    });
    expect(await read(root, [''])).toMatchObject({
      files: 1,
      foreignFiles: 7,
      objects: ['a.yaml#0:1 Pod/a'],
      problems: [],
    });
  });

  it.each([
    ...['ct.yaml', 'compose.yaml', 'docker-compose.yml', 'skaffold.yaml', 'Chart.yaml', 'requirements.yaml'],
    ...['kustomization.yaml', 'helmfile.yaml', 'devspace.yaml', 'mkdocs.yml', 'pnpm-lock.yaml', '.#x.yaml'],
    ...['.hidden/x.yaml', '.git/x.yaml', 'a/.b/c/x.yml', 'node_modules/x.yaml', 'node_modules/a/package.json'],
    ...['package.json', 'renovate.json', 'tsconfig.json'],
  ])('gives the object in %s, which kubectl apply -R would apply', async file => {
    const root = await folder({ [file]: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }) });
    expect(await read(root, [''])).toMatchObject({ objects: [`${file}#0:1 Pod/x`], problems: [] });
    expect(await read(root, [file])).toMatchObject({ objects: [`${file}#0:1 Pod/x`], problems: [] });
  });

  it.each([
    ['escapes in keys', '{"\\x61piVersion": v1, "k\\u0069nd": Pod, metadata: {name: x}}'],
    ['long escapes', '"\\U00000061piVersion": v1\n"\\u006bind": Pod\nmetadata: {name: x}\n'],
    ['a key over two lines', '? "api\\\n  Version"\n: v1\n? "ki\\\n  nd"\n: Pod\nmetadata: {name: x}\n'],
    ['explicit keys', '? apiVersion\n: v1\n? kind\n: Pod\n? metadata\n: {name: x}\n'],
    ['a second document', 'version: "3"\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n'],
    ['a list', 'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: x}}]\n'],
  ])('finds an object in a file of another tool by its content: %s', async (_, text) => {
    const root = await folder({ 'compose.yaml': text });
    expect((await read(root, [''])).objects.map(object => object.split(' ').at(-1))).toEqual(['Pod/x']);
  });

  it('tells of objects in files of other tools that cannot be read', async () => {
    const root = await folder({
      'ct.yaml': `${pod('a')}---\napiVersion: v1\nkind: [\n`,
      'compose.yaml': Buffer.from(`\uFEFF${pod('b')}`, 'utf16le'),
      'a.yaml': pod('c'),
    });
    expect(await read(root, [''])).toMatchObject({
      objects: ['a.yaml#0:1 Pod/c', 'ct.yaml#0:1 Pod/a'],
      problems: ['error utf-16 compose.yaml:0:0', 'error yaml-syntax ct.yaml:5:1'],
    });
  });

  it('without manifests is a problem', async () => {
    const root = await folder({ 'readme.md': '# no' });
    expect((await read(root, [''])).problems).toEqual(['error no-manifests .:0:0']);
  });

  it('passes over and counts what is no object and was not named', async () => {
    const root = await folder({
      'a.json': '[1, 2]',
      'b.yaml': 'text',
      'c.yaml': `- ${pod('c')}`,
      'd.yaml': '- name: {{ .x }}\n',
      'e.yaml': Buffer.from('a: \xe9', 'latin1'),
      'f.json': Buffer.from([0, 1, 2]),
      'g.yaml': 'apiVersion: v1\nkind: [\n',
    });
    expect(await read(root, [''])).toMatchObject({
      foreignFiles: 5,
      problems: ['error not-an-object c.yaml:1:1', 'error yaml-syntax g.yaml:3:1'],
    });
    expect((await read(root, ['d.yaml', 'e.yaml', 'f.json'])).problems).toEqual([
      'error unrendered-template d.yaml:1:9',
      'error not-utf-8 e.yaml:1:4',
      'error binary-file f.json:0:0',
    ]);
  });
});

describe('a path', () => {
  it('that is a file is read whatever its name', async () => {
    const root = await folder({ 'a.txt': pod('a') });
    expect((await read(root, ['a.txt'])).objects).toEqual(['a.txt#0:1 Pod/a']);
  });

  it('that does not exist is a problem and hides nothing', async () => {
    const root = await folder({ 'a.yaml': pod('a') });
    expect(await read(root, ['none.yaml', 'a.yaml/b', 'a.yaml'])).toMatchObject({
      objects: ['a.yaml#0:1 Pod/a'],
      problems: ['error not-found none.yaml:0:0', 'error not-found a.yaml/b:0:0'],
    });
  });

  it('that may not be read is a problem', async () => {
    const root = await folder({ 'a.yaml': pod('a') });
    await chmod(join(root, 'a.yaml'), 0);
    const { problems } = await asOrdinaryUser(root, () => read(root, ['a.yaml']));
    expect(problems).toEqual(['error unreadable a.yaml:0:0']);
  });

  it('stays as the user gave it', async () => {
    const { manifests } = await readManifests(['./package.json'], { stdin: async () => Buffer.alloc(0) });
    expect(manifests).toEqual([]);
    const { problems } = await readManifests(['./none'], { stdin: async () => Buffer.alloc(0) });
    expect(problems.map(({ file }) => file)).toEqual(['./none']);
  });

  it('given twice is read once', async () => {
    const root = await folder({ 'a/a.yaml': pod('a') });
    const { objects, problems, messages } = await read(root, ['a', 'a/a.yaml', 'a']);
    expect(objects).toEqual(['a/a.yaml#0:1 Pod/a']);
    expect(problems).toEqual(['warning read-before a/a.yaml:0:0', 'warning read-before a:0:0']);
    expect(messages[0]).toBe('this is the same as a path given before, and was read there');
  });
});

describe('a symbolic link', () => {
  it('to a file or a folder is followed', async () => {
    const root = await folder({
      'x/a.txt': pod('a'),
      'x/b/b.yaml': pod('b'),
      'm/a.yaml': { link: '../x/a.txt' },
      'm/b': { link: '../x/b' },
    });
    expect((await read(root, ['m'])).objects).toEqual(['m/a.yaml#0:1 Pod/a', 'm/b/b.yaml#0:1 Pod/b']);
  });

  it('to a folder above is reported once and not followed', async () => {
    const root = await folder({ 'm/a.yaml': pod('a'), 'm/up': { link: '..' }, 'm/self': { link: '.' } });
    expect(await read(root, [''])).toMatchObject({
      objects: ['m/a.yaml#0:1 Pod/a'],
      problems: ['warning symlink-loop m/self:0:0', 'warning symlink-loop m/up:0:0'],
    });
  });

  it('to what was read already is reported and not read again', async () => {
    const root = await folder({ 'a/a.yaml': pod('a'), 'b.yaml': { link: 'a/a.yaml' }, c: { link: 'a' } });
    expect(await read(root, [''])).toMatchObject({
      objects: ['a/a.yaml#0:1 Pod/a'],
      problems: ['warning read-before b.yaml:0:0', 'warning read-before c:0:0'],
      messages: ['this is the same as a/a.yaml, and was read there', 'this is the same as a, and was read there'],
    });
  });

  it('to itself or to nothing is a problem', async () => {
    const root = await folder({
      'a.yaml': { link: 'b.yaml' },
      'b.yaml': { link: 'a.yaml' },
      'c.yaml': { link: 'none' },
      d: { link: 'none' },
    });
    expect((await read(root, [''])).problems).toEqual([
      'error symlink-loop a.yaml:0:0',
      'error symlink-loop b.yaml:0:0',
      'error not-found c.yaml:0:0',
    ]);
  });
});

describe('the bytes of a file', () => {
  const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map(part => Buffer.from(part as string)));

  it.each([
    ['nothing', '', ['warning empty-file a.yaml:0:0']],
    ['a NUL byte', bytes('a: 1\n', [0], 'b'), ['error binary-file a.yaml:0:0']],
    ['UTF-16', Buffer.from('\uFEFFa: 1', 'utf16le'), ['error utf-16 a.yaml:0:0']],
    ['big-endian UTF-16', bytes([0xfe, 0xff, 0, 0x61]), ['error utf-16 a.yaml:0:0']],
    ['Latin-1', bytes('a: 1\nb: é', [0xe9], 'x\n'), ['error not-utf-8 a.yaml:2:5']],
    ['a cut character', bytes('a: 1\nb: ', [0xe2, 0x82]), ['error not-utf-8 a.yaml:2:4']],
    ['an encoded surrogate', bytes('\n\n', [0xed, 0xa0, 0x80]), ['error not-utf-8 a.yaml:3:1']],
  ])('that holds %s', async (_, content, problems) => {
    const root = await folder({ 'a.yaml': content, 'b.yaml': pod('b') });
    expect(await read(root, ['a.yaml', 'b.yaml'])).toMatchObject({ objects: ['b.yaml#0:1 Pod/b'], problems });
  });

  it('that are no UTF-8 are named by their offset', async () => {
    const root = await folder({ 'a.yaml': bytes('a: 1\nb: é', [0xe9]) });
    expect((await read(root, ['a.yaml'])).messages).toEqual([
      'this file is not valid UTF-8 from byte 10 on: save it as UTF-8',
    ]);
  });

  it('above the limit are refused, at the limit not', async () => {
    const root = await folder({ 'a.yaml': pod('a'), 'b.yaml': `${pod('b')}\n` });
    expect(await read(root, [''], { maxFileBytes: pod('a').length })).toMatchObject({
      objects: ['a.yaml#0:1 Pod/a'],
      problems: ['error file-too-large b.yaml:0:0'],
    });
  });

  it('are not read at all where the file is far too large', async () => {
    const root = await folder({ 'a.yaml': '' });
    const file = await open(join(root, 'a.yaml'), 'r+');
    await file.truncate(8 * 1024 ** 4);
    await file.close();
    expect((await read(root, [''])).problems).toEqual(['error file-too-large a.yaml:0:0']);
  });

  it('of an endless stream are refused at the limit', async () => {
    const file = await open('/dev/zero');
    const { problems } = await readManifests([`/dev/fd/${file.fd}`], {
      stdin: async () => Buffer.alloc(0),
      limits: { maxFileBytes: 200_000 },
    });
    await file.close();
    expect(problems.map(({ code }) => code)).toEqual(['file-too-large']);
  });
});

/** None of these may wait: nobody writes to the pipe. */
describe('what is no regular file', () => {
  it.each([
    ['a named pipe', 'pipe.yaml', ''],
    ['a link to one', 'link.yaml', 'pipe.yaml'],
    ['a link to a device', 'zero.yaml', '/dev/zero'],
    ['a link to a stream', 'stdin.yaml', '/dev/stdin'],
  ])('is an error, named and found: %s', async (_, name, target) => {
    const root = await folder(target === '' ? {} : { [`m/${name}`]: { link: target } });
    await mkdir(join(root, 'm'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'm/pipe.yaml')]);
    for (const path of ['m', `m/${name}`]) {
      const { problems, messages } = await read(root, [path]);
      expect(problems).toContain(`error not-a-file m/${name}:0:0`);
      expect(messages[0]).toBe('this is no regular file: only standard input can be a stream, as `-`');
    }
  });

  it('is a device', async () => {
    const { problems } = await readManifests(['/dev/zero'], { stdin: async () => Buffer.alloc(0) });
    expect(problems.map(({ code }) => code)).toEqual(['not-a-file']);
  });
});

describe('the whole input', () => {
  it('can be taken object by object, and is not kept then', async () => {
    const root = await folder({ 'a.yaml': pod('a'), 'b.yaml': pod('b') });
    const kinds: unknown[] = [];
    const stdin = async () => Buffer.alloc(0);
    const result = await readManifests([root], { stdin, onManifest: ({ value }) => kinds.push(value.kind) });
    expect(kinds).toEqual(['Pod', 'Pod']);
    expect([result.manifests, result.problems]).toEqual([[], []]);
  });

  it('is reported file by file as it is read', async () => {
    const root = await folder({ 'a.yaml': pod('a'), 'b.yaml': 'a: [', 'c.yaml': pod('c') });
    const progress: number[] = [];
    await readManifests([root], {
      stdin: async () => Buffer.alloc(0),
      onProgress: filesRead => progress.push(filesRead),
    });
    expect(progress).toEqual([1, 2, 3]);
  });
});

describe('standard input', () => {
  const readStdin = async (stdin: () => Promise<Buffer>, limits = {}) =>
    summarize(await readManifests(['-'], { stdin, limits }), '/nowhere/');

  it('is read for -, and its text kept for later', async () => {
    const result = await readManifests(['-'], { stdin: async () => Buffer.from(pod('a')) });
    expect(summarize(result, '/nowhere/')).toMatchObject({ files: 1, objects: ['-#0:1 Pod/a'], problems: [] });
    expect(result.texts).toEqual(new Map([['-', pod('a')]]));
  });

  it('is bounded like a file', async () => {
    expect((await readStdin(async () => Buffer.alloc(11), { maxFileBytes: 10 })).problems).toEqual([
      'error file-too-large -:0:0',
    ]);
  });

  it('that fails is a problem', async () => {
    const failing = async () => {
      throw new Error('closed');
    };
    expect(await readStdin(failing)).toMatchObject({
      problems: ['error unreadable -:0:0'],
      messages: ['this cannot be read: closed'],
    });
  });
});
