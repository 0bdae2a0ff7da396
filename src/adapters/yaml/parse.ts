import { constructFromEvents, YAMLException } from 'js-yaml';
import type { PathSegment } from '../../core/field-path.ts';
import { messageOf } from '../../errors.ts';
import { SyntaxFault } from './cursor.ts';
import { countLines } from './documents.ts';
import { readEvents } from './events.ts';
import { type ExpansionFault, expansionFault } from './expansion.ts';
import { readPlain } from './plain.ts';
import { createPositions } from './positions.ts';
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
  /** `value` is null for an empty document and `undefined` nowhere. `doubts`: what other readers read otherwise; most often none. */
  | { readonly kind: 'value'; readonly value: unknown; readonly doubts: readonly Fault[] }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Reads the text of one YAML or JSON document. Never throws. */
export type DocumentParser = (text: string) => Parsed;

/** The words by which js-yaml and the schema tell their refusals apart; all others are faults of the syntax. */
const CODES: readonly (readonly [prefix: string, code: Fault['code']])[] = [
  ['duplicate key', 'duplicate-key'],
  ['nesting exceeded', 'too-deep'],
  ['aliases exceeded', 'alias-bomb'],
  ['merge keys', 'alias-bomb'],
];

/** A parser that reads as kubectl would, unless other scalars are given: then a key that is written twice is a fault. */
export function createParser(limits: DocumentLimits, scalars: Scalars = KUBECTL_SCALARS): DocumentParser {
  const duplicates: Duplicate[] = [];
  const isKubectl = scalars === KUBECTL_SCALARS;
  const { schema, endDocument } = createSchema(
    scalars,
    isKubectl ? (target, key) => void duplicates.push({ target, key }) : undefined,
  );
  const { maxDepth, maxAliases, maxNodes } = limits;
  const messages: Readonly<Record<ExpansionFault, string>> = {
    'recursive-alias': 'an alias stands inside what it refers to, so the document has no end',
    'too-large': `the aliases of this document expand to more than ${maxNodes} values`,
    'too-deep': `the aliases of this document nest deeper than ${maxDepth} levels`,
  };
  const readAny: DocumentParser = text => {
    try {
      const events = readEvents(text, maxDepth);
      const value = constructFromEvents(events, { source: text, schema, maxAliases })[0] ?? null;
      expectJson(text, value);
      const fault = text.includes('*') ? expansionFault(value, maxNodes, maxDepth) : undefined;
      if (fault === undefined) return { kind: 'value', value, doubts: doubtsOf(text, value, duplicates, maxDepth) };
      const code = fault === 'too-deep' ? 'too-deep' : 'alias-bomb';
      return {
        kind: 'fault',
        fault: { code, ...placeOf(text, text.search(/(?<=[\s[{,:-])\*/)), message: messages[fault] },
      };
    } catch (error) {
      return (isKubectl ? readJson(text, maxDepth) : undefined) ?? { kind: 'fault', fault: toFault(text, error) };
    } finally {
      duplicates.length = 0;
      endDocument();
    }
  };
  return text => {
    const plain = readPlain(text, maxDepth, scalars);
    return plain === undefined ? readAny(text) : { kind: 'value', value: plain, doubts: [] };
  };
}

const NO_JSON = /\.(?:inf|nan)\b/i;

function expectJson(text: string, value: unknown): void {
  if (NO_JSON.test(text) && holdsNoJson(value, new Set()))
    throw new SyntaxFault('.inf and .nan are no values of JSON', text.search(NO_JSON));
}

/** Whether there is a number in it that JSON cannot write. */
function holdsNoJson(value: unknown, seen: Set<object>): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some(part => holdsNoJson(part, seen));
}

/** kubectl reads as JSON first what starts with a brace. YAML 1.1 lacks some of its escapes. `undefined`: it is no JSON. */
function readJson(text: string, maxDepth: number): Parsed | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isTooDeep = expansionFault(value, Number.POSITIVE_INFINITY, maxDepth) !== undefined;
    return isTooDeep ? undefined : { kind: 'value', value, doubts: [] };
  } catch {
    return undefined;
  }
}

/** A mapping that has a key twice. */
interface Duplicate {
  readonly target: object;
  readonly key: string;
}

/** Keys that stand twice and are told: finding each costs a walk through its mapping. */
const MAX_DOUBTS = 20;

function doubtsOf(text: string, value: unknown, duplicates: readonly Duplicate[], maxDepth: number): readonly Fault[] {
  if (duplicates.length === 0) return [];
  const told = duplicates.slice(0, MAX_DOUBTS);
  const positions = createPositions(text, maxDepth);
  const paths = pathsOf(value, new Set(told.map(({ target }) => target)));
  return told.map(({ target, key }): Fault => {
    const place = positions.locate([...(paths.get(target) ?? []), key]);
    return {
      code: 'duplicate-key',
      ...place,
      message: `${MESSAGES['duplicate-key'](`duplicate key ${JSON.stringify(key)}`)}; here the last, as kubectl does`,
    };
  });
}

/** Where each of the objects stands first in a value. */
function pathsOf(value: unknown, wanted: ReadonlySet<object>): ReadonlyMap<object, readonly PathSegment[]> {
  const found = new Map<object, readonly PathSegment[]>();
  const seen = new Set<object>();
  const visit = (node: unknown, path: readonly PathSegment[]): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if (wanted.has(node)) found.set(node, path);
    for (const [key, part] of Object.entries(node)) visit(part, [...path, Array.isArray(node) ? Number(key) : key]);
  };
  visit(value, []);
  return found;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const at = Math.max(offset, 0);
  return { line: countLines(text, 0, at), column: at - (text.lastIndexOf('\n', at - 1) + 1) };
}

function toFault(text: string, error: unknown): Fault {
  const isOfLibrary = error instanceof YAMLException;
  const reason = isOfLibrary ? error.reason : messageOf(error);
  const position = error instanceof SyntaxFault ? error.position : isOfLibrary ? (error.mark?.position ?? 0) : 0;
  const code = CODES.find(([prefix]) => reason.startsWith(prefix))?.[1] ?? 'yaml-syntax';
  if (code === 'yaml-syntax' && text.includes('{{')) return templateFault(text, position);
  return { code, ...placeOf(text, position), message: MESSAGES[code](reason) };
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
