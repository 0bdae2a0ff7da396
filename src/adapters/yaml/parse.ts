import { constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import { countLines } from './documents.ts';
import { type ExpansionFault, expansionFault } from './expansion.ts';
import { KUBECTL_SCALARS, type Scalars } from './scalars.ts';
import { createSchema } from './schema.ts';

/** Bounds on one document. */
export interface DocumentLimits {
  /** Levels of values, the whole document being one, aliases written out. Kubernetes' own objects need about 30. */
  readonly maxDepth: number;
  /** How many times the document may refer to an anchor. */
  readonly maxAliases: number;
  /** Scalars, lists and mappings in all with every alias written out; only documents with aliases are counted. */
  readonly maxNodes: number;
}

/** Why a document cannot be read. */
export interface Fault {
  readonly code: 'yaml-syntax' | 'duplicate-key' | 'unrendered-template' | 'too-deep' | 'alias-bomb';
  /** 0-based, inside the document's text. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
}

type Parsed =
  /** `value` is null for an empty document and `undefined` nowhere. */
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'fault'; readonly fault: Fault };

/** Reads the text of one YAML or JSON document. Never throws. */
export type DocumentParser = (text: string) => Parsed;

/** The words by which js-yaml and the schema tell their refusals apart; all others are faults of the syntax. */
const CODES: readonly (readonly [prefix: string, code: Fault['code']])[] = [
  ['duplicate key', 'duplicate-key'],
  ['nesting exceeded', 'too-deep'],
  ['aliases exceeded', 'alias-bomb'],
  ['merge keys', 'alias-bomb'],
];

/** A parser that reads as kubectl would, unless other scalars are given. */
export function createParser(limits: DocumentLimits, scalars: Scalars = KUBECTL_SCALARS): DocumentParser {
  const { schema, endDocument } = createSchema(scalars);
  const { maxDepth, maxAliases, maxNodes } = limits;
  const messages: Readonly<Record<ExpansionFault, string>> = {
    'recursive-alias': 'an alias stands inside what it refers to, so the document has no end',
    'too-large': `the aliases of this document expand to more than ${maxNodes} values`,
    'too-deep': `the aliases of this document nest deeper than ${maxDepth} levels`,
  };
  return text => {
    try {
      const events = parseEvents(text, { maxDepth });
      const value = constructFromEvents(events, { source: text, schema, maxAliases })[0] ?? null;
      const fault = text.includes('*') ? expansionFault(value, maxNodes, maxDepth) : undefined;
      if (fault === undefined) return { kind: 'value', value };
      const code = fault === 'too-deep' ? 'too-deep' : 'alias-bomb';
      return {
        kind: 'fault',
        fault: { code, ...placeOf(text, text.search(/(?<=[\s[{,:-])\*/)), message: messages[fault] },
      };
    } catch (error) {
      return { kind: 'fault', fault: toFault(text, error) };
    } finally {
      endDocument();
    }
  };
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const at = Math.max(offset, 0);
  return { line: countLines(text, 0, at), column: at - (text.lastIndexOf('\n', at - 1) + 1) };
}

function toFault(text: string, error: unknown): Fault {
  const reason = error instanceof YAMLException ? error.reason : String(error);
  const mark = error instanceof YAMLException ? error.mark : undefined;
  const place = { line: mark?.line ?? 0, column: mark?.column ?? 0 };
  const code = CODES.find(([prefix]) => reason.startsWith(prefix))?.[1] ?? 'yaml-syntax';
  if (code === 'yaml-syntax' && text.includes('{{')) return templateFault(text, mark?.position ?? 0);
  return { code, ...place, message: MESSAGES[code](reason) };
}

const UNQUOTED_TEMPLATE = /^[^"'#\n]*?\{\{/m;

/** The template on the line where the syntax broke, or else the first that stands in no quotes, or else the first of all. */
function templateFault(text: string, position: number): Fault {
  const lineEnd = text.indexOf('\n', position);
  const line = text.slice(text.lastIndexOf('\n', position - 1) + 1, lineEnd === -1 ? text.length : lineEnd);
  const unquoted = UNQUOTED_TEMPLATE.exec(text);
  const first = unquoted === null ? text.indexOf('{{') : unquoted.index + unquoted[0].length - 2;
  const inLine = position > 0 ? line.indexOf('{{') : -1;
  const offset = inLine === -1 ? first : text.lastIndexOf('\n', position - 1) + 1 + inLine;
  return { code: 'unrendered-template', ...placeOf(text, offset), message: UNRENDERED };
}

/** What to tell about a Helm template that nobody has rendered. */
export const UNRENDERED =
  'this is a template that has not been rendered ("{{ … }}"): check the output of `helm template` instead';

const MESSAGES: Readonly<Record<Fault['code'], (reason: string) => string>> = {
  'yaml-syntax': reason =>
    `this document is not valid YAML: ${reason}${reason.startsWith('tab characters') ? '; indent with spaces' : ''}`,
  'duplicate-key': reason => `${reason}: readers differ in which of the two they take`,
  'unrendered-template': () => UNRENDERED,
  'too-deep': reason => `this document is nested too deeply: ${reason}`,
  'alias-bomb': reason => `this document refers to its anchors too often: ${reason}`,
};
