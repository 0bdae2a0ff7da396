import { splitDocuments, type TextDocument } from '../yaml/documents.ts';

/** A text as it is in its file, and what of it is read. */
export interface FileText {
  /** The lines with their line breaks, as `git` counts them: a `\r` alone ends none. */
  readonly lines: readonly string[];
  /** All line breaks in them are `\n`. */
  readonly documents: readonly TextDocument[];
  /** Whether {@link TextDocument.line} counts the lines too: no `\r` stands alone. */
  readonly isCountedAlike: boolean;
}

export function fileText(text: string): FileText {
  return {
    lines: text.split(/(?<=\n)/),
    documents: splitDocuments(text.replace(/\r\n?/g, '\n')),
    isCountedAlike: !/\r(?!\n)/.test(text),
  };
}
