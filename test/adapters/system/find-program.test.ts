import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { absoluteFolders, findProgram } from '../../../src/adapters/system/find-program.ts';
import { type Place, temporaryPlace } from '../render/programs.ts';

let place: Place;
beforeEach(() => {
  place = temporaryPlace();
  place.program('bin/kubectl', '');
  place.program('second/kubectl', '');
  place.program('checkout/bin/kubectl', '');
});
afterEach(() => place.remove());

/** Folders of a PATH below the place; those that start with a dot, and empty ones, stand as they are. */
const pathOf = (...entries: readonly string[]): string =>
  entries.map(entry => (entry === '' || entry.startsWith('.') ? entry : join(place.path, entry))).join(':');

const find = (path: string | undefined, foreign: readonly string[] = [join(place.path, 'checkout')]): string => {
  const found = findProgram('kubectl', { path, foreign });
  const text =
    found.kind === 'found' ? found.path : `none${found.refused === undefined ? '' : ` but ${found.refused}`}`;
  return text.replaceAll(`${place.path}/`, '');
};

describe('A program is found on PATH', () => {
  test('in the first folder that has it', () => {
    expect(find(pathOf('empty', 'bin', 'second'))).toBe('bin/kubectl');
  });

  test.each([
    ['the working folder as `.`', ['.', 'second'], 'second/kubectl'],
    ['an empty entry', ['', 'second'], 'second/kubectl'],
    ['a relative folder', ['./bin', 'second'], 'second/kubectl'],
    ['nothing but relative folders', ['.', './bin', ''], 'none'],
  ])('never by a relative entry: %s', (_, entries, expected) => {
    const before = process.cwd();
    process.chdir(join(place.path, 'checkout/bin'));
    try {
      expect(find(pathOf(...entries))).toBe(expected);
    } finally {
      process.chdir(before);
    }
  });

  test('never in the working folder or in the input', () => {
    expect(find(pathOf('checkout/bin', 'second'))).toBe('second/kubectl');
    expect(find(pathOf('checkout/bin'))).toBe('none but checkout/bin/kubectl');
    expect(find(pathOf('checkout/bin'), [])).toBe('checkout/bin/kubectl');
  });

  test('never through a link that leads into it, nor by a link in it', () => {
    mkdirSync(join(place.path, 'links'));
    symlinkSync(join(place.path, 'checkout/bin/kubectl'), join(place.path, 'links/kubectl'));
    expect(find(pathOf('links', 'second'))).toBe('second/kubectl');
    symlinkSync(join(place.path, 'checkout/bin'), join(place.path, 'way'));
    expect(find(pathOf('way', 'second'))).toBe('second/kubectl');
    mkdirSync(join(place.path, 'checkout/links'));
    symlinkSync(join(place.path, 'bin/kubectl'), join(place.path, 'checkout/links/kubectl'));
    expect(find(pathOf('checkout/links', 'second'))).toBe('second/kubectl');
  });

  test('also beside a checkout whose name starts alike, and where the working folder is the root', () => {
    place.program('checkout-tools/kubectl', '');
    expect(find(pathOf('checkout-tools'))).toBe('checkout-tools/kubectl');
    expect(find(pathOf('bin'), ['/'])).toBe('bin/kubectl');
  });

  test('only if it is a file that may be executed', () => {
    chmodSync(place.write('text/kubectl', ''), 0o644);
    mkdirSync(join(place.path, 'folder/kubectl'), { recursive: true });
    expect(find(pathOf('text', 'folder', 'second'))).toBe('second/kubectl');
  });

  test('not at all without PATH', () => {
    expect([find(undefined), find('')]).toEqual(['none', 'none']);
  });
});

test('What git gets as PATH has no relative folder', () => {
  expect(absoluteFolders('.:/usr/bin::bin:/bin')).toEqual(['/usr/bin', '/bin']);
});
