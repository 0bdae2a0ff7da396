import { parseAst } from 'vitest/node';
import { CONDITIONS, type Node, OPERATORS } from './operators.ts';

/** One edit of one file. */
export interface Mutant {
  /** Path from the top of the repository. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The whole line, without what it is indented by. */
  readonly text: string;
  /** Offsets in the file's text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** What stands there, and what takes its place; of a statement, an empty one. */
  readonly before: string;
  readonly after: string;
  readonly operator: string;
  /** What stands there is a statement, rather than an expression. */
  readonly isStatement: boolean;
}

/** Types, imports and names of properties say nothing that runs. */
const SKIPPED_KEYS: ReadonlySet<string> = new Set(['typeAnnotation', 'returnType', 'typeArguments', 'typeParameters']);
const KEPT_TYPESCRIPT: ReadonlySet<string> = new Set(['TSAsExpression', 'TSSatisfiesExpression']);
const SKIPPED_TYPES: ReadonlySet<string> = new Set(['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration']);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;

function isSkipped({ type }: Node): boolean {
  return SKIPPED_TYPES.has(type) || (type.startsWith('TS') && !KEPT_TYPESCRIPT.has(type));
}

function childrenOf(node: Node): readonly Node[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const isName = key === 'key' && node.computed !== true;
    if (SKIPPED_KEYS.has(key) || isName) return [];
    return (Array.isArray(value) ? value : [value]).filter(isNode);
  });
}

/** A part of an optional chain cannot be taken out of it: without the rest it would not end where it must. */
const isSpine = (parent: Node, child: Node): boolean =>
  ['MemberExpression', 'CallExpression'].includes(parent.type) && (parent.callee === child || parent.object === child);

/** Whether the text can be read: a mutant that cannot be is none. */
function isValid(text: string): boolean {
  try {
    parseAst(text, { lang: 'ts' });
    return true;
  } catch {
    return false;
  }
}

/** Every mutant of a file, in the order of their places. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const found: Mutant[] = [];
  const lines = text.split('\n');
  const textOf = (part: unknown): string => (isNode(part) ? text.slice(part.start, part.end) : '');

  const add = (node: Node, after: string, operator: string): void => {
    const { start, end, type } = node;
    const line = text.slice(0, start).split('\n').length;
    const lineText = (lines[line - 1] ?? '').trim();
    const isStatement = type.endsWith('Statement');
    found.push({ file, line, text: lineText, start, end, before: textOf(node), after, operator, isStatement });
  };

  const addOf = (node: Node): void => {
    for (const { name, edit } of OPERATORS.filter(({ types }) => types.includes(node.type)))
      for (const after of edit(node, textOf)) add(node, after, name);
  };

  const isOptional = (node: Node): boolean => node.optional === true || textOf(node).includes('?.');
  const staysInChain = (node: Node, child: Node, isInChain: boolean): boolean =>
    node.type !== 'ChainExpression' && isSpine(node, child) && (isInChain || isOptional(node));

  const visit = (node: Node, isInChain: boolean): void => {
    if (isSkipped(node)) return;
    if (!isInChain) addOf(node);
    if (CONDITIONS.has(node.type) && isNode(node.test)) {
      add(node.test, 'true', 'condition');
      add(node.test, 'false', 'condition');
    }
    for (const child of childrenOf(node)) visit(child, staysInChain(node, child, isInChain));
  };

  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, false);
  const isNew = ({ before, after }: Mutant): boolean => before !== after;
  return found.filter(isNew).filter(({ start, end, after }) => isValid(text.slice(0, start) + after + text.slice(end)));
}
