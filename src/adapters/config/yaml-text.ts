import { parsePath } from '../../core/field-path.ts';
import type { Problem } from '../../core/manifest.ts';
import { splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { createParser, type DocumentLimits } from '../yaml/parse.ts';
import { createPositions, type Positions } from '../yaml/positions.ts';
import { CORE_SCALARS } from '../yaml/scalars.ts';
import { fileProblem } from '../yaml/text.ts';

/** A place in a file, both 1-based. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a file. */
export interface YamlDocument {
  /** Plain data; null of an empty document. */
  readonly value: unknown;
  /** Where a field stands, or the nearest thing above it that is there: its key if `of` is `key` or it holds others, else its value. */
  readonly locate: (field: string, of: 'key' | 'value') => Position;
}

/** What a text holds: its documents, or at least one problem. */
export type YamlText =
  | { readonly kind: 'documents'; readonly documents: readonly YamlDocument[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** A configuration is flat, and refers to a handful of anchors. */
const LIMITS: DocumentLimits = { maxDepth: 100, maxAliases: 100, maxNodes: 100_000 };

/** Positions are read only for a document of which there is something to say. */
function documentOf({ text, line }: TextDocument, value: unknown): YamlDocument {
  let positions: Positions | undefined;
  return {
    value,
    locate: (field, of) => {
      positions ??= createPositions(text, LIMITS.maxDepth, CORE_SCALARS);
      const place = positions.locate(parsePath(field) ?? [], of);
      return { line: line + place.line, column: place.column + 1 };
    },
  };
}

/**
 * Reads YAML 1.2 or JSON text: `mode: off` and `expires: 2026-12-31` are texts, merge keys are merged. Its line breaks are all `\n`.
 * Never throws: nesting too deep for the parser and alias bombs are problems too.
 */
export function readYaml(text: string, file: string): YamlText {
  const parse = createParser(LIMITS, CORE_SCALARS);
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  for (const document of splitDocuments(text)) {
    const parsed = parse(document.text);
    if (parsed.kind === 'value') documents.push(documentOf(document, parsed.value));
    else {
      const { code, message, line, column } = parsed.fault;
      problems.push(fileProblem(code, file, message, { line: document.line + line, column: column + 1 }));
    }
  }
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'documents', documents };
}
