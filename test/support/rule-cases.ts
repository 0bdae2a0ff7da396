import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  parseDocument,
  visit,
  YAMLMap,
} from 'yaml';
import { parsePath } from '../../src/core/field-path.ts';

/** Where every rule has a folder of its own. */
export const FIXTURES = fileURLToPath(new URL('../rules/', import.meta.url));

/** What a case is of: the rule must find something in the first, nothing in the second. */
export const FIXTURE_KINDS = ['fail', 'pass'] as const;
export type FixtureKind = (typeof FIXTURE_KINDS)[number];

/** One case of a rule as whole manifests: the patch of `fail.yaml` or `pass.yaml`, applied to `base.yaml`. */
export interface RuleCase {
  /** `base` for the base itself, which is judged as a case too. */
  readonly name: string;
  /** The manifests that are judged; of a change, what comes after it. */
  readonly world: string;
  /** The manifests as they were before the change, of rules that judge one: the base, but for what the case says under `before`. */
  readonly before: string;
  /** The GatePolicy that the case is judged under; `undefined`: the built-in one. */
  readonly policy: string | undefined;
  /** Whether the case changes the `policy.yaml` of its folder. */
  readonly ownPolicy: boolean;
  /** Who makes the change, as YAML, where the case says it. */
  readonly user: string | undefined;
}

/** Keys of a case that are no object's name. */
const WORDS = new Set(['add', 'before', 'user']);

const textOf = (document: Document): string =>
  document.toString({ indentSeq: false, lineWidth: 0, flowCollectionPadding: false, directives: false });

const manifestsOf = (documents: readonly Document[]): string => documents.map(textOf).join('---\n');

/** The text of a file of a rule's folder; `undefined` where there is none. */
export function ruleFile(rule: string, name: string): string | undefined {
  const file = `${FIXTURES}${rule}/${name}`;
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** `Deployment tools/weather`, `Namespace tools`: how a case names an object of its base. */
function nameOf(document: Document): string {
  const field = (...path: string[]): string => String(document.getIn(path) ?? '');
  const namespace = field('metadata', 'namespace');
  return `${field('kind')} ${namespace === '' ? '' : `${namespace}/`}${field('metadata', 'name')}`;
}

/** A value as manifests have it: maps and lists of them in block style, however short a case writes them. */
function unfolded<T extends Node | null>(node: T): T {
  const copy = node?.clone() as T;
  visit(copy, {
    Collection(_key, inner) {
      const isShort = isSeq(inner) && inner.items.every(isScalar);
      if (isCollection(inner) && inner.items.length > 0 && !isShort) inner.flow = false;
    },
  });
  return copy;
}

const isNull = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

const entriesOf = (map: YAMLMap): readonly (readonly [string, Node | null])[] =>
  map.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), value as Node | null] as const);

function pathOf(text: string, where: string): readonly (string | number)[] {
  const path = parsePath(text);
  if (path === undefined || path.length === 0) throw new Error(`${where}: "${text}" is no path of a field`);
  return path;
}

/** Sets fields of one object. Every path is one of the base: what goes away goes last, and of a list from its end. */
function patchObject(document: Document, fields: YAMLMap, where: string): void {
  const patch = entriesOf(fields).map(([text, value]) => ({ text, path: pathOf(text, where), value }));
  for (const { path, value } of patch) if (!isNull(value)) document.setIn(path, unfolded(value));
  for (const { text, path } of patch.filter(({ value }) => isNull(value)).reverse()) {
    if (!document.deleteIn(path)) throw new Error(`${where}: there is no ${text} to take away`);
  }
}

function added(list: Node | null, where: string): readonly Document[] {
  if (!isSeq(list)) throw new Error(`${where}: add is a list of objects`);
  return list.items.map(item => {
    const document = parseDocument('');
    document.contents = unfolded(item as Node) as typeof document.contents;
    return document;
  });
}

/** The objects with one case's changes: fields set, objects taken away (null) and added. */
function patched(objects: readonly Document[], patch: YAMLMap, where: string): readonly Document[] {
  const result = new Map(objects.map(document => [nameOf(document), document.clone()]));
  for (const [name, change] of entriesOf(patch).filter(([key]) => !WORDS.has(key))) {
    const object = result.get(name);
    if (object === undefined)
      throw new Error(`${where}: the base has no "${name}"; it has ${[...result.keys()].join(', ')}`);
    if (isMap(change)) patchObject(object, change, `${where}: ${name}`);
    else if (isNull(change)) result.delete(name);
    else throw new Error(`${where}: ${name} is a map of paths to values, or null`);
  }
  return [...result.values(), ...(patch.has('add') ? added(patch.get('add', true) as Node, where) : [])];
}

interface Base {
  readonly objects: readonly Document[];
  readonly policy: readonly Document[];
}

const documentsOf = (text: string): readonly Document[] => parseAllDocuments(text) as readonly Document[];

const isGatePolicy = (document: Document): boolean => document.get('kind') === 'GatePolicy';

/** The base and the configuration are patched as one. */
function worldOf(state: readonly Document[]): { readonly world: string; readonly policy: string | undefined } {
  const policy = state.find(isGatePolicy);
  return { world: manifestsOf(state.filter(document => !isGatePolicy(document))), policy: policy && textOf(policy) };
}

function caseOf(rule: string, name: string, patch: YAMLMap, { objects, policy }: Base): RuleCase {
  const where = `test/rules/${rule}: ${name}`;
  const base = [...objects, ...policy];
  const early = patch.get('before', true);
  const before = isMap(early) ? patched(base, early, where) : base;
  const after = worldOf(patched(before, patch, where));
  const user = patch.get('user', true);
  return {
    name,
    ...after,
    before: worldOf(before).world,
    ownPolicy: after.policy !== worldOf(base).policy,
    user: isMap(user) ? user.toString() : undefined,
  };
}

/** Gives the text of a file of a rule's folder, by its name; `undefined` where there is none. */
type ReadFile = (name: string) => string | undefined;

/** The base of a rule and the configuration that its cases share; `undefined` where there is no `base.yaml`. */
function baseOf(read: ReadFile): Base | undefined {
  const base = read('base.yaml');
  return base === undefined
    ? undefined
    : { objects: documentsOf(base), policy: documentsOf(read('policy.yaml') ?? '') };
}

/** The base itself as a case. Throws an Error where it is missing. */
export function baseCase(rule: string): RuleCase {
  const base = baseOf(name => ruleFile(rule, name));
  if (base === undefined) throw new Error(`test/rules/${rule}/base.yaml is missing: the smallest world that passes`);
  return caseOf(rule, 'base', new YAMLMap(), base);
}

function patchesOf(text: string, file: string): readonly (readonly [string, Node | null])[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  if (isNull(document.contents)) return [];
  if (!isMap(document.contents)) throw new Error(`${file}: a map of names to cases`);
  return entriesOf(document.contents as YAMLMap);
}

/**
 * Cases of a rule, by name, of the files that `read` gives; none where there is no file of this kind, or no base. Throws an Error that names
 * the case and what is wrong with it.
 */
export function readCases(rule: string, kind: FixtureKind, read: ReadFile): readonly RuleCase[] {
  const file = `test/rules/${rule}/${kind}.yaml`;
  const text = read(`${kind}.yaml`);
  const base = baseOf(read);
  if (text === undefined || base === undefined) return [];
  return patchesOf(text, file)
    .map(([name, patch]) => {
      if (isMap(patch)) return caseOf(rule, name, patch, base);
      throw new Error(`${file}: ${name} is a map of what is different from the base`);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const remembered = new Map<string, readonly RuleCase[]>();

/** The cases of a rule's folder, as `readCases` has them. */
export function ruleCases(rule: string, kind: FixtureKind): readonly RuleCase[] {
  const key = `${rule}/${kind}`;
  const known = remembered.get(key) ?? readCases(rule, kind, name => ruleFile(rule, name));
  remembered.set(key, known);
  return known;
}
