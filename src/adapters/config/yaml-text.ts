import { type Document, LineCounter, parseAllDocuments, visit, type YAMLError } from 'yaml';
import type { Problem } from '../../core/manifest.ts';
import { createLocator, type Position } from './yaml-locate.ts';

/** One document of a file. */
export interface YamlDocument {
  /** Plain data. `undefined` of an empty document. */
  readonly value: unknown;
  /** Where a field stands, or the nearest thing above it that is there. */
  readonly locate: (field: string, of: 'key' | 'value') => Position;
}

/** What a text holds: its documents with warnings, or at least one problem of severity error. */
export type YamlText =
  | { readonly documents: readonly YamlDocument[]; readonly problems: readonly Problem[] }
  | { readonly documents: undefined; readonly problems: readonly Problem[] };

/** What one run of the parser works on. */
interface Source {
  readonly text: string;
  readonly file: string;
  readonly lines: LineCounter;
}

interface Trouble {
  readonly code: string;
  readonly message: string;
  /** In UTF-16 units from the start of the text. */
  readonly offset: number;
}

function problemOf({ code, message, offset }: Trouble, severity: Problem['severity'], source: Source): Problem {
  const { line, col } = source.lines.linePos(offset);
  return { severity, code, file: source.file, line, column: col, field: '', message };
}

/** The parser reports its own exhausted stack as a syntax error. */
const isTooDeep = (message: string): boolean => message.includes('call stack');

/** Whether the line of this offset holds what a template engine should have replaced. */
function isTemplate(text: string, offset: number): boolean {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return text.slice(start, end < 0 ? text.length : end).includes('{{');
}

function troubleOf(error: YAMLError, text: string): Trouble {
  const [offset] = error.pos;
  if (isTooDeep(error.message)) return { code: 'too-deep', message: 'nested too deeply', offset };
  if (error.code === 'DUPLICATE_KEY')
    return { code: 'duplicate-key', message: 'the same key stands here twice', offset };
  if (isTemplate(text, offset))
    return { code: 'unrendered-template', message: 'a template that was not rendered: render it first', offset };
  return { code: 'yaml-syntax', message: error.message, offset };
}

/** The errors of all documents; too deep nesting makes many, of which the one is enough. */
function syntaxProblems(documents: readonly Document[], source: Source): readonly Problem[] {
  const troubles = documents.flatMap(document => document.errors.map(error => troubleOf(error, source.text)));
  const deep = troubles.find(({ code }) => code === 'too-deep');
  return (deep === undefined ? troubles : [deep]).map(trouble => problemOf(trouble, 'error', source));
}

/** Aliases that one document may repeat: a configuration has a handful, a bomb has billions. */
const MOST_ALIASES = 100;

/** Why a document has no plain value: an alias of nothing, or too many aliases. */
function aliasTrouble(document: Document): Trouble {
  let broken: Trouble | undefined;
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) !== undefined) return undefined;
      broken = { code: 'yaml-syntax', message: `no anchor &${node.source} before this`, offset: node.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return broken ?? { code: 'too-many-aliases', message: 'aliases repeat too much', offset: document.range?.[0] ?? 0 };
}

type Plain =
  | { readonly kind: 'plain'; readonly document: YamlDocument }
  | { readonly kind: 'broken'; readonly problem: Problem };

function plainOf(document: Document, source: Source): Plain {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES }) ?? undefined;
    return { kind: 'plain', document: { value, locate: createLocator(document, source.lines) } };
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    return { kind: 'broken', problem: problemOf(aliasTrouble(document), 'error', source) };
  }
}

function parse(source: Source): YamlText {
  const options = { lineCounter: source.lines, merge: true, stringKeys: true, prettyErrors: false } as const;
  const parsed: readonly Document[] = [...parseAllDocuments(source.text, { ...options, logLevel: 'error' })];
  const errors = syntaxProblems(parsed, source);
  if (errors.length > 0) return { documents: undefined, problems: errors };
  const plain = parsed.map(document => plainOf(document, source));
  const broken = plain.flatMap(one => (one.kind === 'broken' ? one.problem : []));
  if (broken.length > 0) return { documents: undefined, problems: broken };
  const warnings = parsed.flatMap(document => document.warnings.map(warning => troubleOf(warning, source.text)));
  return {
    documents: plain.flatMap(one => (one.kind === 'plain' ? one.document : [])),
    problems: warnings.map(warning => problemOf(warning, 'warning', source)),
  };
}

/**
 * Reads YAML 1.2 or JSON text: `mode: off` and `expires: 2026-12-31` are texts, merge keys are merged.
 * Never throws: nesting too deep for the parser and alias bombs are problems too.
 */
export function readYaml(text: string, file: string): YamlText {
  const source: Source = { text, file, lines: new LineCounter() };
  try {
    return parse(source);
  } catch (cause) {
    const code = cause instanceof RangeError ? 'too-deep' : 'yaml-syntax';
    const message = cause instanceof RangeError ? 'nested too deeply' : String(cause);
    const problem: Problem = { severity: 'error', code, file, line: 0, column: 0, field: '', message };
    return { documents: undefined, problems: [problem] };
  }
}
