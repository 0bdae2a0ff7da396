import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** Where a file may be written, or why it may not. */
type WritePlace =
  /** `path`: absolute, past every symbolic link. What is there is a regular file, a link that leads nowhere, or nothing. */
  | { readonly kind: 'place'; readonly path: string }
  /** `reason`: a clause for the user. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Finds the place of a file. Throws what the file system throws, as for a folder that is not there. */
export type FindWritePlace = (file: string) => WritePlace;

/** The file itself where it is there, else where it would be made: a link that leads nowhere is replaced, not followed. */
function realPlace(file: string): string {
  try {
    return realpathSync.native(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return join(realpathSync.native(dirname(file)), basename(file));
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isReplaceable(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || stat.isFile() || stat.isSymbolicLink();
}

/** A folder itself, or the one that a file stands in. */
const folderOf = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);

/**
 * Keeps writes where the user sees them. A file whose name lies in the working folder, in a folder given, or beside a file given must really lie in
 * each of those that its name does: a link of the file, or of a folder on its way, does not lead out. A file elsewhere was named by hand, folder and
 * all; only the file itself must be no link out of that folder.
 */
export function createWritePlaces(workingFolder: string, given: readonly string[]): FindWritePlace {
  const folders = [workingFolder, ...given.map(folderOf)];
  return file => {
    const named = folders.filter(folder => isWithin(resolve(folder), resolve(file)));
    const bounds = named.length > 0 ? named : [dirname(file)];
    const path = realPlace(file);
    const left = bounds.find(folder => !isWithin(realpathSync.native(folder), path));
    if (left !== undefined) {
      return { kind: 'refused', reason: `a symbolic link leads from it to ${path}, out of ${resolve(left)}` };
    }
    return isReplaceable(path) ? { kind: 'place', path } : { kind: 'refused', reason: 'it is no regular file' };
  };
}
