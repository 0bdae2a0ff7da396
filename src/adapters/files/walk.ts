import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Problem } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { fileProblem } from '../yaml/text.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import {
  compileOption,
  IGNORE_FILE,
  ignoreFileIn,
  type LeftOut,
  type LeftOutBy,
  leftOutBy,
  type Scope,
} from './left-out.ts';
import { readProblem } from './load.ts';

/** Standard input, as a path. */
export const STDIN = '-';

/** A file to read. */
export interface FoundFile {
  /** As the user gave it, or joined to the folder that the user gave. */
  readonly file: string;
  /** The user named it, rather than a folder above it. */
  readonly named: boolean;
  /** Its name, or a folder on the way from the one given, says that it is another tool's: it is read if it holds Kubernetes objects nevertheless. */
  readonly foreign: boolean;
}

/** Which files of a folder are taken. */
export interface Wanted {
  readonly isWanted: (path: string) => boolean;
  /** What they are, for people: `.yaml, .yml or .json`. */
  readonly called: string;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Manifests, as kubectl finds them. */
const MANIFESTS: Wanted = {
  isWanted: path => MANIFEST.test(path) || basename(path) === 'Kustomization',
  called: '.yaml, .yml or .json',
};

/** Folders in which tools keep what is theirs. */
const isForeignFolder = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/** Files that are other tools' by their names. kubectl does not know that, and applies what objects are in them. */
const FOREIGN_FILES: ReadonlySet<string> = new Set([
  ...['Chart.yaml', 'Chart.lock', 'requirements.yaml', 'values.schema.json', 'helmfile.yaml', 'ct.yaml'],
  ...['kustomization.yaml', 'kustomization.yml', 'Kustomization', 'skaffold.yaml', 'devspace.yaml'],
  ...['docker-compose.yaml', 'docker-compose.yml', 'compose.yaml', 'compose.yml'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'pnpm-lock.yaml', 'renovate.json', 'mkdocs.yml'],
]);

/** An editor's lock is a link to nowhere of such a name. */
const isForeignFile = (name: string): boolean => FOREIGN_FILES.has(name) || name.startsWith('.#');

/** What a search came to. */
export interface FoundFiles {
  readonly found: readonly FoundFile[];
  readonly problems: Problem[];
  /** Manifests that were left out, each once. */
  readonly leftOut: Readonly<Record<LeftOutBy, number>>;
  /** There are patterns that could not be gone by without {@link LeftOut.compile}. */
  readonly needsRules: boolean;
}

/** Where the search stands: what was seen, and what there is to say about it. */
interface Search {
  readonly found: FoundFile[];
  readonly problems: Problem[];
  /** Real path → path under which it was seen first. */
  readonly seen: Map<string, string>;
  readonly options: LeftOut;
  readonly wanted: Wanted;
  readonly excluded: IgnoreRules | undefined;
  /** Real paths of manifests that were left out, by whom. */
  readonly leftOut: Map<string, LeftOutBy>;
  needsRules: boolean;
}

/** How a place was reached. */
interface Way {
  /** The real paths of the folders on it, to tell a loop from a second way to the same folder. */
  readonly above: readonly string[];
  /** One of them is another tool's. */
  readonly foreign: boolean;
  /** From the folder given, which is empty, with `/` between the parts. */
  readonly relative: string;
  /** The innermost first. */
  readonly scopes: readonly Scope[];
  /** Who left out one of the folders on it. */
  readonly leftOut: LeftOutBy | undefined;
}

/**
 * The files to read, in the order of `paths` and sorted by name inside folders, each once.
 * Folders are searched for what is wanted, hidden ones too, as kubectl searches them; links are followed; a file that is named is taken whatever
 * its name, unless the option excludes it.
 */
export function findFiles(paths: readonly string[], options: LeftOut, wanted: Wanted = MANIFESTS): FoundFiles {
  const problems: Problem[] = [];
  const search: Search = {
    found: [],
    problems,
    seen: new Map(),
    options,
    wanted,
    excluded: compileOption(options, problems),
    leftOut: new Map(),
    needsRules: options.exclude.length > 0 && options.compile === undefined,
  };
  for (const path of paths) {
    if (path === STDIN) takeFile(search, { file: STDIN, named: true, foreign: false }, STDIN);
    else attempt(search, path, () => visitNamed(search, path));
  }
  const by = [...search.leftOut.values()];
  const countOf = (who: LeftOutBy): number => by.filter(one => one === who).length;
  const leftOut = { option: countOf('option'), ignoreFile: countOf('ignoreFile') };
  return { found: search.found, problems, leftOut, needsRules: search.needsRules };
}

function attempt(search: Search, path: string, visit: () => void): void {
  try {
    visit();
  } catch (error) {
    search.problems.push(readProblem(path, error));
  }
}

function visitNamed(search: Search, path: string): void {
  const stat = statSync(path);
  if (!stat.isDirectory()) {
    // A stream (`<(helm template …)`) has no real path.
    const real = stat.isFile() ? realpathSync(path) : path;
    const relative = path.split(/[\\/]/).filter(part => !['', '.', '..'].includes(part));
    if (relative.length > 0 && search.excluded?.decide(relative.join('/')) === 'left-out')
      search.leftOut.set(real, 'option');
    else takeFile(search, { file: path, named: true, foreign: isForeignFile(basename(path)) }, real);
    return;
  }
  const before = search.found.length + search.problems.length + search.leftOut.size;
  const way: Way = { above: [], foreign: false, relative: '', scopes: [], leftOut: undefined };
  visitFolder(search, path, realpathSync(path), way);
  if (search.found.length + search.problems.length + search.leftOut.size === before) {
    search.problems.push(fileProblem('no-manifests', path, `no ${search.wanted.called} file is in this folder`));
  }
}

function takeFile(search: Search, file: FoundFile, real: string): void {
  visitOnce(search, real, file.file, () => search.found.push(file));
}

function visitFolder(search: Search, path: string, real: string, way: Way): void {
  if (way.above.includes(real)) {
    if (way.leftOut !== undefined) return;
    const message = 'this symbolic link leads to a folder that it stands in: it is not followed';
    search.problems.push({ ...fileProblem('symlink-loop', path, message), severity: 'warning' });
    return;
  }
  if (way.leftOut !== undefined) countLeftOut(search, path, real, way);
  else
    visitOnce(search, real, path, () => {
      const entries = entriesOf(path);
      const scopes = [...scopesOf(search, path, way, entries), ...way.scopes];
      for (const entry of entries)
        attempt(search, join(path, entry.name), () =>
          visitEntry(search, path, { ...way, above: [...way.above, real], scopes }, entry),
        );
    });
}

const entriesOf = (path: string): readonly Dirent[] =>
  readdirSync(path, { withFileTypes: true }).sort((a, b) => compare(a.name, b.name));

function scopesOf(search: Search, folder: string, way: Way, entries: readonly Dirent[]): readonly Scope[] {
  const { ignoreFiles, compile } = search.options;
  if (!ignoreFiles || !entries.some(({ name }) => name === IGNORE_FILE)) return [];
  if (compile !== undefined) return ignoreFileIn(folder, way.relative, compile, search.problems);
  search.needsRules = true;
  return [];
}

/** What stands in a folder that is left out is counted as far as it can be seen. Links are not followed. */
function countLeftOut(search: Search, path: string, real: string, way: Way): void {
  for (const entry of entriesOf(path)) {
    const next = { ...way, above: [...way.above, real] };
    if (entry.isDirectory())
      attempt(search, join(path, entry.name), () =>
        visitFolder(search, join(path, entry.name), join(real, entry.name), next),
      );
    else if (search.wanted.isWanted(entry.name) && way.leftOut !== undefined)
      search.leftOut.set(join(real, entry.name), way.leftOut);
  }
}

/** What is neither a folder nor a regular file is taken as well: reading it is a problem, since kubectl would read it. */
function visitEntry(search: Search, folder: string, way: Way, entry: Dirent): void {
  const path = join(folder, entry.name);
  const real = join(way.above.at(-1) ?? folder, entry.name);
  if (entry.isSymbolicLink()) visitLink(search, path, way);
  else if (entry.isDirectory()) enter(search, path, real, way);
  else takeFound(search, path, real, way);
}

const below = ({ relative }: Way, path: string): string =>
  relative === '' ? basename(path) : `${relative}/${basename(path)}`;

function enter(search: Search, path: string, real: string, way: Way): void {
  const relative = below(way, path);
  const leftOut = leftOutBy(search.excluded, way.scopes, `${relative}/`);
  visitFolder(search, path, real, {
    ...way,
    relative,
    leftOut,
    foreign: way.foreign || isForeignFolder(basename(path)),
  });
}

function takeFound(search: Search, path: string, real: string, way: Way): void {
  if (!search.wanted.isWanted(path)) return;
  const leftOut = leftOutBy(search.excluded, way.scopes, below(way, path));
  if (leftOut !== undefined) search.leftOut.set(real, leftOut);
  else takeFile(search, { file: path, named: false, foreign: way.foreign || isForeignFile(basename(path)) }, real);
}

/** A link that leads nowhere is a problem only if its name is a manifest's: nobody can tell what it was. */
function visitLink(search: Search, path: string, way: Way): void {
  const mustBeThere = search.wanted.isWanted(path) && !isForeignFile(basename(path));
  if (mustBeThere && leftOutBy(search.excluded, way.scopes, below(way, path)) !== undefined) {
    takeFound(search, path, path, way);
    return;
  }
  const stat = statSync(path, { throwIfNoEntry: mustBeThere });
  if (stat === undefined) return;
  if (stat.isDirectory()) enter(search, path, realpathSync(path), way);
  else takeFound(search, path, stat.isFile() ? realpathSync(path) : path, way);
}

function visitOnce(search: Search, real: string, path: string, visit: () => void): void {
  const first = search.seen.get(real);
  if (first === undefined) {
    search.seen.set(real, path);
    visit();
    return;
  }
  const message = `this is the same as ${first === path ? 'a path given before' : first}, and was read there`;
  search.problems.push({ ...fileProblem('read-before', path, message), severity: 'warning' });
}
