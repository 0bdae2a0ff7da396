import type { Excerpt, PageFix } from '../../app/page/model.ts';
import type { PageTexts } from '../../app/page/server-detail.ts';
import { parsePath } from '../../core/field-path.ts';
import { cutText } from '../../core/visible-text.ts';
import type { TextDocument } from '../yaml/documents.ts';
import { createPositions } from '../yaml/positions.ts';
import { type FileText, fileText } from './file-text.ts';
import { createPageFixes, type FileOf } from './page-fixes.ts';

/** The text of a file by the name that a report gives it; `undefined`: there is none, or it cannot be read. */
export type TextOf = (file: string) => string | undefined;

/** Lines of an excerpt before and after the one that is meant, and the longest line of one, in UTF-16 units. */
const BEFORE = 3;
const AFTER = 5;
const LONGEST = 200;
/** Levels that a document may be nested; of a deeper one no place is told. */
const MAX_DEPTH = 64;

/** Each file once. */
function eachOnce(textOf: TextOf): FileOf {
  const known = new Map<string, FileText | undefined>();
  return file => {
    if (!known.has(file)) {
      const text = textOf(file);
      known.set(file, text === undefined ? undefined : fileText(text));
    }
    return known.get(file);
  };
}

function excerptOf({ text, line: first }: TextDocument, mark: number): Excerpt {
  const lines = text.replace(/\n$/, '').split('\n');
  const from = Math.max(0, mark - first - BEFORE);
  const shown = lines.slice(from, mark - first + AFTER + 1);
  return { first: first + from, lines: shown.map(line => cutText(line, LONGEST)), mark };
}

/** The line of a field, 1-based within the file; 0: it is not known. */
function lineIn({ text, line }: TextDocument, path: string): number {
  try {
    return line + createPositions(text, MAX_DEPTH).locate(parsePath(path) ?? []).line;
  } catch {
    return 0;
  }
}

class Texts implements PageTexts {
  readonly #fileOf: FileOf;
  readonly #fixes: PageTexts['fixes'];

  constructor(textOf: TextOf) {
    this.#fileOf = eachOnce(textOf);
    this.#fixes = createPageFixes(this.#fileOf);
  }

  excerpt({ file, line, path = '' }: Parameters<PageTexts['excerpt']>[0]): Excerpt | undefined {
    const documents = file === '' ? [] : (this.#fileOf(file)?.documents ?? []);
    const document = line === 0 ? documents[0] : documents.findLast(one => one.line <= line);
    if (document === undefined || document.text.trim() === '') return undefined;
    return excerptOf(document, line === 0 ? lineIn(document, path) : line);
  }

  fixes(...asked: Parameters<PageTexts['fixes']>): readonly PageFix[] {
    return this.#fixes(...asked);
  }
}

/** Excerpts and diffs for a page, of files whose texts are given. */
export const createPageTexts = (textOf: TextOf): PageTexts => new Texts(textOf);
