import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** One command of a fenced `sh` block. */
export interface Command {
  readonly page: string;
  readonly line: number;
  /** Without its comment. */
  readonly text: string;
  /** What stands behind it, after the `#`; empty where nothing does. */
  readonly comment: string;
}

const read = (path: string): Page => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

/** Every page for users: what stands at the top, and all in docs. */
export const pages: readonly Page[] = [
  'README.md',
  'SECURITY.md',
  'manifests/chart/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`)
    .sort(),
].map(read);

/** A fenced block, with the number of the line after its opening. */
export interface Block {
  readonly language: string;
  readonly line: number;
  readonly lines: readonly string[];
}

const FENCE = /^( *)```(\w*)\s*$/;

/** The fenced blocks of a page, without the indentation of the list that they stand in. */
export function blocksOf({ text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: number; readonly language: string; readonly line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', language = ''] = FENCE.exec(line) ?? [];
    if (!FENCE.test(line)) open?.lines.push(line.slice(open.indent));
    else if (open === undefined) open = { indent: indent.length, language, line: index + 2, lines: [] };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  return blocks;
}

/** The text of a page without what is fenced, line by line, so that line numbers stay. */
export function proseOf(page: Page): string {
  const fenced = new Set(blocksOf(page).flatMap(({ line, lines }) => lines.map((_, index) => line + index)));
  return page.text
    .split('\n')
    .map((line, index) => (fenced.has(index + 1) || FENCE.test(line) ? '' : line))
    .join('\n');
}

const COMMENT = /^(.*?)\s+#\s*(.*)$/;

/** The commands of a page: one a line. */
export function commandsOf(page: Page): readonly Command[] {
  return blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, lines }) =>
      lines.flatMap((whole, index): readonly Command[] => {
        if (whole.trim() === '') return [];
        const [, text = whole, comment = ''] = COMMENT.exec(whole) ?? [];
        return [{ page: page.path, line: line + index, text: text.trim(), comment }];
      }),
    );
}
