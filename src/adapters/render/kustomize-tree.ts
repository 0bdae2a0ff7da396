import { realpathSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Entry, KUSTOMIZATION_NAMES, pluginEntries, readKustomization } from './kustomization.ts';
import { isRemote } from './remote.ts';

/** A file that a kustomization loads. */
interface UsedFile {
  /** As the user would write it: joined to the folder's path. */
  readonly path: string;
  readonly real: string;
  readonly isResource: boolean;
}

/** A folder that a kustomization loads. */
interface UsedFolder {
  readonly path: string;
  readonly real: string;
}

/** A folder with a kustomization, and what that loads. */
export interface KustomizationFolder {
  /** As the user would write it; `.` for the working folder. */
  readonly path: string;
  readonly real: string;
  /** The path of its kustomization. */
  readonly file: string;
  readonly kind: 'Kustomization' | 'Component';
  readonly files: readonly UsedFile[];
  readonly folders: readonly UsedFolder[];
  /** Entries that would be fetched. */
  readonly remotes: readonly string[];
  /** Why it is not safe or not possible to build it; empty: nothing. */
  readonly faults: readonly string[];
  /** Its file has documents behind the one that kustomize reads. */
  readonly hasMore: boolean;
}

/** Bounds on the work, inclusive: kustomizations, and what they load in all. */
const MAX_FOLDERS = 20_000;
const MAX_ENTRIES = 200_000;

interface Loaded {
  readonly files: UsedFile[];
  readonly folders: UsedFolder[];
  readonly remotes: string[];
  readonly faults: string[];
}

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

const realOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** `key=file` of a generator, which is a file of that whole name only where it is there. */
const fileOf = (folder: string, text: string): string => {
  const [, file] = /^[^=]*=(.+)$/s.exec(text) ?? [];
  return file === undefined || statOf(resolve(folder, text)) !== undefined ? text : file;
};

/** The path as the user would write it, where it leads to the same place: kustomize goes up from the real folder, past every link. */
function writtenPath({ path }: UsedFolder, entry: string, real: string): string {
  const written = join(path, entry);
  return !isAbsolute(entry) && realOf(written) === real ? written : real;
}

function loadEntry(folder: UsedFolder, { kind, text, isResource }: Entry, loaded: Loaded): void {
  if ((kind === 'file-or-text' || kind === 'plugin') && text.includes('\n')) return;
  const entry = kind === 'file' ? fileOf(folder.real, text) : text;
  const target = resolve(folder.real, entry);
  const [stat, real = target] = [statOf(target), realOf(target)];
  const path = writtenPath(folder, entry, real);
  if (isRemote(entry, () => stat !== undefined)) loaded.remotes.push(entry);
  // What is not there is the builder's to tell.
  else if (stat === undefined) return;
  else if (stat.isDirectory()) loaded.folders.push({ path, real });
  else if (!stat.isFile()) loaded.faults.push(`${path} is no regular file`);
  else {
    loaded.files.push({ path, real, isResource });
    if (kind === 'plugin') for (const one of pluginEntries(target)) loadEntry(folder, one, loaded);
  }
}

/** The path of the folder's kustomization; `undefined` where there is none. Of several kustomize takes none: the first stands for them. */
function kustomizationIn(folder: string): string | undefined {
  return KUSTOMIZATION_NAMES.map(name => join(folder, name)).find(file => statOf(file) !== undefined);
}

function readFolder(place: UsedFolder, file: string): KustomizationFolder | undefined {
  const read = readKustomization(file);
  if (read.kind === 'other') return undefined;
  const loaded: Loaded = { files: [], folders: [], remotes: [], faults: [] };
  if (read.kind === 'unreadable') {
    const faults = [`${file}: ${read.reason}`];
    return { ...place, ...loaded, file, faults, kind: 'Kustomization', hasMore: false };
  }
  const { kind, entries, hasMore } = read.kustomization;
  for (const entry of entries) loadEntry(place, entry, loaded);
  return { ...place, ...loaded, file, kind, hasMore };
}

/** The kustomizations of an input and those that they load, wherever they stand. */
export interface KustomizeTree {
  /** By real path. */
  readonly folders: ReadonlyMap<string, KustomizationFolder>;
  /** There are more than are read. */
  readonly isTooLarge: boolean;
}

/** Reads the kustomizations in the folders, and all that they lead to. Nothing is run and nothing fetched; a circle ends where it began. */
export function readKustomizeTree(paths: Iterable<string>): KustomizeTree {
  const folders = new Map<string, KustomizationFolder>();
  const seen = new Set<string>();
  const waiting = [...paths];
  let entries = 0;
  for (const path of waiting) {
    if (seen.size >= MAX_FOLDERS || entries > MAX_ENTRIES) return { folders, isTooLarge: true };
    const [file, real] = [kustomizationIn(path), realOf(path)];
    if (file === undefined || real === undefined || seen.has(real)) continue;
    seen.add(real);
    const folder = readFolder({ path, real }, file);
    if (folder === undefined) continue;
    folders.set(real, folder);
    entries += folder.files.length + folder.folders.length;
    waiting.push(...folder.folders.map(one => one.path));
  }
  return { folders, isTooLarge: false };
}

/** A folder and all that it leads to, each once. */
export function reachableFrom(root: KustomizationFolder, { folders }: KustomizeTree): readonly KustomizationFolder[] {
  const seen = new Set<KustomizationFolder>([root]);
  // A set gives what is added to it while it is gone through, and so does a list.
  for (const folder of seen) {
    for (const { real } of folder.folders) {
      const next = folders.get(real);
      if (next !== undefined) seen.add(next);
    }
  }
  return [...seen];
}

/** The folders, among those given, that no other kustomization loads; and those that only a circle leads to. */
export function rootsOf(
  paths: readonly string[],
  tree: KustomizeTree,
): {
  readonly roots: readonly KustomizationFolder[];
  readonly circular: readonly KustomizationFolder[];
} {
  const given = new Set(paths.map(path => tree.folders.get(realOf(path) ?? '')).filter(one => one !== undefined));
  const used = new Set<string>();
  for (const { real, folders } of tree.folders.values())
    for (const folder of folders) if (folder.real !== real) used.add(folder.real);
  const roots = [...given].filter(({ real }) => !used.has(real));
  const reached = new Set(roots.flatMap(root => reachableFrom(root, tree)));
  return { roots, circular: [...given].filter(folder => !reached.has(folder)) };
}
