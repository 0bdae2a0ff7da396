import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ComposeFiles } from '../../../src/adapters/agents/compose-files.ts';
import { fileProblem, type Text } from '../../../src/adapters/yaml/text.ts';
import { formatPath } from '../../../src/core/field-path.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'compose-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): string {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  return join(root, file);
}

/** The files that are read, once each. */
function filesOf(...paths: readonly string[]) {
  const loaded: string[] = [];
  const load = (file: string): Text => {
    loaded.push(file);
    try {
      return { kind: 'text', text: readFileSync(file, 'utf8') };
    } catch {
      return { kind: 'problem', problem: fileProblem('not-found', file, 'there is no such file') };
    }
  };
  return { files: new ComposeFiles(paths, load), loaded };
}

test.each<readonly [string, string]>([
  ['one.yaml', 'file'],
  ['./b/../one.yaml', 'file'],
  ['b/two.yaml', 'file'],
  ['../a/one.yaml', 'file'],
  ['gone.yaml', 'absent'],
  ['broken.yaml', 'unread'],
  ['../outside.yaml', 'unread'],
  ['../../../../../etc/passwd', 'unread'],
  ['/etc/passwd', 'unread'],
  ['link.yaml', 'unread'],
  ['folder-link/outside.yaml', 'unread'],
  ['https://example.com/compose.yaml', 'unread'],
  ['oci://registry.example/x', 'unread'],
  ['git@example.com:x/y.git', 'unread'],
])('of what is named from a folder that is searched, %s is %s', (path, kind) => {
  write('a/one.yaml', 'services: {}');
  write('a/b/two.yaml', 'services: {}');
  write('a/broken.yaml', 'services: {{');
  write('outside.yaml', 'services: {}');
  symlinkSync(join(root, 'outside.yaml'), join(root, 'a/link.yaml'));
  symlinkSync(root, join(root, 'a/folder-link'));
  const { files, loaded } = filesOf(join(root, 'a'));
  expect(files.open(join(root, 'a'), path).kind).toBe(kind);
  expect(loaded.every(file => file.startsWith(join(root, 'a/')))).toBe(true);
});

test('a file that is named lets the files beside and below it be read', () => {
  const named = write('a/compose.yaml', 'services: {}');
  write('a/b/two.yaml', 'services: {}');
  write('c.yaml', 'services: {}');
  const { files } = filesOf(named);
  expect(files.open(dirname(named), 'b/two.yaml').kind).toBe('file');
  expect(files.open(dirname(named), '../c.yaml').kind).toBe('unread');
});

test('each file is read once, and its fields are found in it', () => {
  const file = write('compose.yaml', 'services:\n  a:\n    ports: [1]\n');
  const { files, loaded } = filesOf(root);
  const { opened } = files.found(file);
  expect(files.open(root, './compose.yaml')).toBe(opened);
  expect(loaded).toEqual([file]);
  const path = ['services', 'a', 'ports', 0];
  expect(files.locate(formatPath([file, ...path]))).toEqual({ file, path: formatPath(path), line: 3, column: 13 });
  expect(files.locate(formatPath(['other.yaml']))).toEqual({ file: 'other.yaml', path: '', line: 0, column: 0 });
});

test.each<readonly [string, 'reset' | 'override' | undefined]>([
  ['services: {a: {ports: !reset []}}', 'reset'],
  ['services:\n  a:\n    "ports" : !override\n    - 80:80\n', 'override'],
  ['services:\n  a:\n    ports: [80:80]\n    expose: !reset []\n', undefined],
  ['services:\n  a:\n    ports: "!reset"\n', undefined],
  ['services:\n  a:\n    ports: [80:80] # !reset\n', undefined],
  ['services:\n  a: {}\n', undefined],
])('the tag of ports in %j is %s', (text, tag) => {
  const { opened } = filesOf(root).files.found(write('compose.yaml', text));
  if (opened.kind !== 'file') throw new Error(opened.kind);
  expect(opened.file.tagAt(['services', 'a', 'ports'])).toBe(tag);
});
