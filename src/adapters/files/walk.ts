import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Problem } from '../../core/manifest.ts';
import { fileProblem } from '../yaml/text.ts';
import { readProblem } from './load.ts';

/** Standard input, as a path. */
export const STDIN = '-';

/** A file to read. */
export interface FoundFile {
  /** As the user gave it, or joined to the folder that the user gave. */
  readonly file: string;
  /** The user named it, rather than a folder above it. */
  readonly named: boolean;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Folders that hold no manifests of the user's. Hidden folders are passed over too. */
const FOREIGN_FOLDERS: ReadonlySet<string> = new Set(['node_modules']);

/** Files that other tools own, by name: they are no Kubernetes objects even where they bear a kind. */
const FOREIGN_FILES: ReadonlySet<string> = new Set([
  ...['Chart.yaml', 'Chart.lock', 'requirements.yaml', 'values.schema.json', 'helmfile.yaml', 'ct.yaml'],
  ...['kustomization.yaml', 'kustomization.yml', 'Kustomization', 'skaffold.yaml', 'devspace.yaml'],
  ...['docker-compose.yaml', 'docker-compose.yml', 'compose.yaml', 'compose.yml'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'pnpm-lock.yaml', 'renovate.json', 'mkdocs.yml'],
]);

/** Where the search stands: what was seen, and what there is to say about it. */
interface Search {
  readonly found: FoundFile[];
  readonly problems: Problem[];
  /** Real path → path under which it was seen first. */
  readonly seen: Map<string, string>;
}

/**
 * The files to read, in the order of `paths` and sorted by name inside folders, each once.
 * Folders are searched for .yaml, .yml and .json; links are followed; a file that is named is taken whatever its name.
 */
export function findFiles(paths: readonly string[]): { readonly found: FoundFile[]; readonly problems: Problem[] } {
  const search: Search = { found: [], problems: [], seen: new Map() };
  for (const path of paths) {
    if (path === STDIN) takeFile(search, { file: STDIN, named: true }, STDIN);
    else attempt(search, path, () => visitNamed(search, path));
  }
  return { found: search.found, problems: search.problems };
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
    // A pipe (`<(helm template …)`) has no real path.
    takeFile(search, { file: path, named: true }, stat.isFile() ? realpathSync(path) : path);
    return;
  }
  const before = search.found.length + search.problems.length;
  visitFolder(search, path, realpathSync(path), []);
  if (search.found.length + search.problems.length === before) {
    search.problems.push(fileProblem('no-manifests', path, 'no .yaml, .yml or .json file is in this folder'));
  }
}

function takeFile(search: Search, file: FoundFile, real: string): void {
  if (FOREIGN_FILES.has(basename(file.file))) return;
  visitOnce(search, real, file.file, () => search.found.push(file));
}

/** `above`: the real paths of the folders on the way here, to tell a loop from a second way to the same folder. */
function visitFolder(search: Search, path: string, real: string, above: readonly string[]): void {
  if (above.includes(real)) {
    const message = 'this symbolic link leads to a folder that it stands in: it is not followed';
    search.problems.push({ ...fileProblem('symlink-loop', path, message), severity: 'warning' });
    return;
  }
  visitOnce(search, real, path, () => {
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    const way = [...above, real];
    for (const entry of entries) attempt(search, join(path, entry.name), () => visitEntry(search, path, way, entry));
  });
}

function visitEntry(search: Search, folder: string, way: readonly string[], entry: Dirent): void {
  const path = join(folder, entry.name);
  const isManifest = MANIFEST.test(entry.name) && !entry.name.startsWith('.#');
  if (entry.isSymbolicLink()) {
    visitLink(search, path, way, isManifest);
  } else if (entry.isDirectory()) {
    if (isSearched(entry.name)) visitFolder(search, path, join(way.at(-1) ?? folder, entry.name), way);
  } else if (isManifest && entry.isFile()) {
    takeFile(search, { file: path, named: false }, join(way.at(-1) ?? folder, entry.name));
  }
}

/** A link that leads nowhere is a problem only if its name is a manifest's: nobody can tell what it was. */
function visitLink(search: Search, path: string, way: readonly string[], isManifest: boolean): void {
  const isFolder = statSync(path, { throwIfNoEntry: isManifest })?.isDirectory();
  if (isFolder === undefined || !(isFolder ? isSearched(basename(path)) : isManifest)) return;
  const real = realpathSync(path);
  if (isFolder) visitFolder(search, path, real, way);
  else takeFile(search, { file: path, named: false }, real);
}

function isSearched(folderName: string): boolean {
  return !folderName.startsWith('.') && !FOREIGN_FOLDERS.has(folderName);
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
