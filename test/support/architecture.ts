import { posix } from 'node:path';

/** Something in a source file that the architecture forbids. */
export interface Violation {
  /** `src/core/rule.ts:12`. */
  readonly place: string;
  /** Which rule, in words. */
  readonly rule: string;
  readonly line: string;
}

/** Imports run inward: a layer may use itself and those before it. */
const LAYERS = ['core', 'app', 'adapters', 'cli', 'main'] as const;

/** Packages that a layer may use; layers that are not listed may use any. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['core', []],
  ['app', []],
]);

/** What the package exports: the judgement, as pure as the core, and the data that it is made with. */
const LIBRARY = 'src/index.ts';
const IN_LIBRARY = /^src\/(core|app)\//;

/** Where the data of `policies/` enters: it is plain, and as pure as what reads it. */
const DATA_READERS = /^src\/(core\/gate\/document|adapters|cli|main)\//;

/** What every adapter may use: the machine itself, and the reading of YAML and of addresses. */
const FOR_ALL: ReadonlySet<string | undefined> = new Set(['addresses', 'system', 'yaml']);

/** Forbidden text, in code alone: comments and strings are blank. */
interface Forbidden {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Whether the rule is about this file. */
  readonly concerns: (path: string) => boolean;
}

const isIn =
  (...folders: readonly string[]): Forbidden['concerns'] =>
  path =>
    folders.some(folder => path.startsWith(`src/${folder}/`));
const isOutside =
  (...folders: readonly string[]): Forbidden['concerns'] =>
  path =>
    !isIn(...folders)(path);
const everywhere = (): boolean => true;
const outsideLibrary: Forbidden['concerns'] = path => path !== LIBRARY;

const FORBIDDEN: readonly Forbidden[] = [
  { rule: 'core knows no process', pattern: /\bprocess\b(?!:)/, concerns: isIn('core') },
  // What a text or a number means as a date is arithmetic; what the time is now is not.
  {
    rule: 'core knows no clock',
    pattern: /\bnew Date\b(?!\(\s*[^\s)])|(?<!\bnew )\bDate\b(?!\.(?:parse|UTC)\()|\bperformance\./,
    concerns: isIn('core'),
  },
  { rule: 'core knows no chance', pattern: /\bMath\.random\b|\bcrypto\./, concerns: isIn('core') },
  { rule: 'core waits for nothing', pattern: /\basync\b|\bawait\b|\bPromise\b/, concerns: isIn('core') },
  {
    rule: 'core has no timers',
    pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
    concerns: isIn('core'),
  },
  { rule: 'core throws nothing', pattern: /^\s*throw\b/, concerns: isIn('core') },
  { rule: 'the console is for cli and main', pattern: /\bconsole\./, concerns: isOutside('cli', 'main') },
  {
    rule: 'only main reads the environment and exits',
    pattern: /\bprocess\.(env|exit)\b/,
    concerns: isOutside('main'),
  },
  { rule: 'no any', pattern: /[:<|&,(]\s*any\b|\bas any\b/, concerns: everywhere },
  { rule: 'no non-null assertion', pattern: /[\w)\]]!(?=[.;,)\][]|$)/, concerns: everywhere },
  { rule: 'no state in modules', pattern: /^(export )?(let|var)\b/, concerns: everywhere },
  {
    rule: 'no state in modules',
    pattern: /^(export )?const \w+(: (?:Map|Set|WeakMap)<.*>)? = new (Map|Set|WeakMap)(<.*>)?\(\);/,
    concerns: everywhere,
  },
  { rule: 'no barrel files', pattern: /^export (\*|\{[^}]*\}) from\b/, concerns: outsideLibrary },
  {
    rule: 'keys are looked up with Map or Object.hasOwn',
    pattern: /\bhasOwnProperty\b|\.__proto__\b/,
    concerns: everywhere,
  },
];

/** Longest source file, in lines, inclusive. */
const MAX_LINES = 500;

/** Names that say nothing of what is inside. */
const EMPTY_NAMES = /(^|\/)(utils?|helpers?|common|misc|shared)(\.ts|\/|$)/;

const NOT_CODE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(=,:?!&|]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

/** The text with comments, strings and regular expressions blank, line for line. */
function codeOf(text: string): string {
  return text.replace(NOT_CODE, part => part.replace(/[^\n]/g, ' '));
}

const IMPORT = /^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm;

const layerOf = (path: string): number => LAYERS.findIndex(layer => path.startsWith(`src/${layer}/`));
const adapterOf = (path: string): string | undefined => /^src\/adapters\/([^/]+)\//.exec(path)?.[1];

function wrongPackage(path: string, name: string): string | undefined {
  if (path === LIBRARY) return 'the library holds the judgement alone';
  const layer = LAYERS[layerOf(path)];
  const allowed = layer && PACKAGES.get(layer);
  if (allowed === undefined || allowed.includes(name)) return undefined;
  return `${layer} imports no packages`;
}

/** A source file: its path relative to the repository, and its text. */
export type SourceFile = readonly [path: string, text: string];

/** Every relative import of a file, as a path like its own. */
function importsOf([path, text]: SourceFile): readonly string[] {
  const specifiers = [...text.matchAll(IMPORT)].map(match => match[1] ?? match[2] ?? match[3] ?? '');
  return specifiers.filter(name => name.startsWith('.')).map(name => posix.join(posix.dirname(path), name));
}

/** The room that a file is in: its folder, or the file itself where it stands directly in src/core, src/app or src. */
function roomOf(path: string): string {
  const folder = posix.dirname(path);
  return (/^src(\/(core|app))?$/.test(folder) ? path.replace(/\.ts$/, '') : folder).slice('src/'.length);
}

/** The rooms of the sources, by those that each imports. */
export function roomArrows(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const file of files) {
    const from = roomOf(file[0]);
    const to = importsOf(file).filter(path => /^src\/.*\.ts$/.test(path));
    const others = arrows.get(from) ?? new Set<string>();
    for (const room of to.map(roomOf)) if (room !== from) others.add(room);
    arrows.set(from, others);
  }
  return arrows;
}

/** Rooms that import each other in a circle, in order and the first one again; empty where none do. */
export function circleOfRooms(files: readonly SourceFile[]): readonly string[] {
  const arrows = roomArrows(files);
  const closed = new Set<string>();
  const search = (path: readonly string[]): readonly string[] => {
    const room = path.at(-1) ?? '';
    for (const next of arrows.get(room) ?? []) {
      const start = path.indexOf(next);
      if (start >= 0) return [...path.slice(start), next];
      const found = closed.has(next) ? [] : search([...path, next]);
      if (found.length > 0) return found;
    }
    closed.add(room);
    return [];
  };
  return [...arrows.keys()].map(room => search([room])).find(circle => circle.length > 0) ?? [];
}

/** Functions at the top of a file that are longer than so many lines, by name. */
export function longFunctions([path, text]: SourceFile, maxLines: number): readonly string[] {
  const functions = text.matchAll(/^(?:export )?(?:async )?function (\w+)[\s\S]*?^\}/gm);
  return [...functions].flatMap(([whole, name]) => (whole.split('\n').length > maxLines ? [`${path}: ${name}`] : []));
}

/** Why a file may not import what it does; `undefined` where it may. */
function wrongImport(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return wrongPackage(path, specifier);
  const isCore = path.startsWith('src/core/');
  const target = posix.join(posix.dirname(path), specifier);
  if (path === LIBRARY) return IN_LIBRARY.test(target) ? undefined : 'the library holds the judgement alone';
  if (!target.startsWith('src/')) {
    return specifier.endsWith('.json') && DATA_READERS.test(path) ? undefined : 'imports stay in src';
  }
  // Errors are thrown at the edges, by every layer but the core.
  if (target === 'src/errors.ts') return isCore ? 'core throws nothing' : undefined;
  if (layerOf(target) > layerOf(path)) return `imports run ${[...LAYERS].reverse().join(' → ')}`;
  const [own, other] = [adapterOf(path), adapterOf(target)];
  const isApart = own !== undefined && other !== undefined && own !== other && !FOR_ALL.has(other);
  return isApart ? 'adapters never import each other' : undefined;
}

/** Everything that the architecture forbids in one source file, by line. `path` is relative to the repository. */
export function violationsOf(path: string, text: string): readonly Violation[] {
  const found: (Violation & { readonly index: number })[] = [];
  const lines = text.split('\n');
  const note = (index: number, rule: string): void => {
    found.push({ index, place: `${path}:${index + 1}`, rule, line: (lines[index] ?? '').trim() });
  };
  for (const match of text.matchAll(IMPORT)) {
    const index = text.slice(0, match.index).split('\n').length - 1;
    if (match[3] !== undefined) note(index, 'no import for its side effects');
    const wrong = wrongImport(path, match[1] ?? match[2] ?? match[3] ?? '');
    if (wrong !== undefined) note(index, wrong);
  }
  const rules = FORBIDDEN.filter(({ concerns }) => concerns(path));
  for (const [index, line] of codeOf(text).split('\n').entries()) {
    for (const { rule, pattern } of rules) if (pattern.test(line)) note(index, rule);
  }
  const length = text.trimEnd().split('\n').length;
  if (length > MAX_LINES) note(MAX_LINES, `no file is longer than ${MAX_LINES} lines`);
  if (EMPTY_NAMES.test(path)) note(0, 'files are named after what they hold');
  return found.sort((a, b) => a.index - b.index).map(({ place, rule, line }) => ({ place, rule, line }));
}
