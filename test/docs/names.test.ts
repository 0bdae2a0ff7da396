import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Page, pages, ROOT } from './pages.ts';

/** What the pages name is there: files, scripts, options, labels, overlays, Events. */

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name));

const textOf = (folder: string, end: RegExp): string =>
  filesBelow(folder)
    .filter(name => end.test(name))
    .map(name => readFileSync(join(ROOT, name), 'utf8'))
    .join('\n');

const source = textOf('src', /\.ts$/);
const manifests = textOf('manifests', /\.(?:yaml|tpl|txt)$/);
const help = filesBelow('test/golden/help')
  .map(name => readFileSync(join(ROOT, name), 'utf8'))
  .join('\n');

/** Inline code of all pages, with the page. */
const code = pages.flatMap(page =>
  [...page.text.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({ page: page.path, text })),
);

/** What a pattern finds in any page, each once, where it does not hold. */
const wrong = (pattern: RegExp, holds: (name: string) => boolean, of: readonly Page[] = pages): readonly string[] =>
  of.flatMap(({ path, text }) =>
    [...new Set([...text.matchAll(pattern)].map(([whole, name = whole]) => name))]
      .filter(name => !holds(name))
      .map(name => `${path}: ${name}`),
  );

describe('what the pages name', () => {
  test('are files that there are', () => {
    const FOLDERS = /^(?:src|policies|manifests|test|bench|docs|packaging)\/[\w./-]*$/;
    const paths = code.filter(({ text }) => FOLDERS.test(text));
    expect(paths.length).toBeGreaterThan(15);
    expect(
      paths.filter(({ text }) => !existsSync(join(ROOT, text))).map(({ page, text }) => `${page}: ${text}`),
    ).toEqual([]);
  });

  test('are scripts of package.json', () => {
    expect(wrong(/npm run (?:--\w+ )*([\w:]+)/g, name => Object.hasOwn(packageJson.scripts, name))).toEqual([]);
  });

  /** Pages that speak of other programs' options too. */
  const OTHERS = /^(?:manifests\/|docs\/(?:decisions\/|detection\.md|image\.md|release\.md))/;

  test('are options of the command line', () => {
    const options = code.filter(({ page, text }) => text.startsWith('--') && !OTHERS.test(page));
    expect(options.length).toBeGreaterThan(10);
    const unknown = options.filter(({ text }) => !help.includes(text.split(/[ =]/)[0] ?? ''));
    expect(unknown.map(({ page, text }) => `${page}: ${text}`)).toEqual([]);
  });

  test('are labels, annotations and gates that something reads', () => {
    const holds = (name: string): boolean => source.includes(name) || manifests.includes(name);
    expect(wrong(/(?<![\w.-])chokepoint\.dev\/[a-z0-9-]+/g, holds)).toEqual([]);
  });

  test('are objects of the installation', () => {
    const NAMES = /`(chokepoint-[a-z-]+)`/g;
    expect(wrong(NAMES, name => manifests.includes(name) || source.includes(name))).toEqual([]);
  });

  test('are reasons of Events', () => {
    const controller = pages.filter(({ path }) => path === 'docs/controller.md');
    expect(wrong(/`([A-Z][a-z]+[A-Z][A-Za-z]+)`/g, name => source.includes(`'${name}'`), controller)).toEqual([]);
  });

  test('are all components: none is shipped that no page tells of', () => {
    const all = pages.map(({ text }) => text).join('\n');
    const told = (name: string): boolean => all.includes(`\`${name}\``);
    expect(readdirSync(join(ROOT, 'manifests/components')).filter(name => !told(name))).toEqual([]);
  });

  test('are the overlays: each is in the table, and there is no other', () => {
    const install = pages.find(({ path }) => path === 'docs/install.md')?.text ?? '';
    const [, table = ''] = /\| overlay \|[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(install) ?? [];
    const named = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name);
    expect(named.sort()).toEqual(readdirSync(join(ROOT, 'manifests/overlays')).sort());
  });
});
