import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages, proseOf, ROOT } from './pages.ts';

/** A heading as GitHub links to it: lower case, no punctuation, blanks as hyphens; formatting and links count as their text. */
const slug = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    text
      .split('\n')
      .flatMap(line => /^#{1,6} (.*)$/.exec(line)?.[1] ?? [])
      .map(heading => {
        const name = slug(heading);
        const count = seen.get(name) ?? 0;
        seen.set(name, count + 1);
        return count === 0 ? name : `${name}-${count}`;
      }),
  );
}

/** `[text](target)` outside code. */
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const withoutCode = (text: string): string => text.replaceAll(/`[^`\n]*`/g, code => ' '.repeat(code.length));

const targetsOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(LINK)].map(([, target = '']) => target).filter(target => !/^[a-z]+:/.test(target));

/** Why a link of a page leads nowhere; `undefined` where it leads somewhere. */
function deadness(from: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), decodeURI(path)));
  if (file.startsWith('..')) return 'leaves the repository';
  if (!existsSync(join(ROOT, file))) return `there is no ${file}`;
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, file)).isDirectory()) return 'a folder has no headings';
  const page = { path: file, text: readFileSync(join(ROOT, file), 'utf8') };
  return anchorsOf(proseOf(page)).has(anchor) ? undefined : `${file} has no heading #${anchor}`;
}

describe('links of the pages', () => {
  test('lead somewhere', () => {
    const all = pages.flatMap(page => targetsOf(proseOf(page)).map(target => [page.path, target] as const));
    expect(all.length).toBeGreaterThan(100);
    const dead = all.flatMap(([from, target]) => {
      const why = deadness(from, target);
      return why === undefined ? [] : `${from}: (${target}) ${why}`;
    });
    expect(dead).toEqual([]);
  });

  test('lead to every page from the README', () => {
    const seen = new Set(['README.md']);
    for (const path of seen) {
      const page = pages.find(one => one.path === path);
      for (const target of page === undefined ? [] : targetsOf(proseOf(page))) {
        const file = normalize(join(dirname(path), target.split('#')[0] ?? '')).replace(/\/$/, '');
        seen.add(existsSync(join(ROOT, file, 'README.md')) ? join(file, 'README.md') : file);
      }
    }
    expect(pages.map(({ path }) => path).filter(path => !seen.has(path))).toEqual([]);
  });
});
