import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Read and write for the owner, read for others, less what the process' umask takes away. */
const NEW_FILE_MODE = 0o666;

/** The mode of the regular file that is there; `undefined` where there is none, or a link that leads nowhere. */
function modeOf(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.mode & 0o7777 : undefined;
}

/** A folder that has become a link since the path was found is not written into. */
function mustStillBe(folder: string): void {
  if (realpathSync.native(folder) === folder) return;
  throw Object.assign(new Error(`${folder} is no longer where it was`), { code: 'ESTALE' });
}

/**
 * Puts the text in the place of a file, or where there is none yet, so that at no time anybody reads a part of it, and keeps the mode. `path` must be
 * real: no symbolic link on its way, as a `WritePlace` is. What stands there is replaced, never written into: a second name of the file keeps the old
 * text. Throws what the file system throws; then the file is as it was.
 */
export function replaceFile(path: string, text: string): void {
  const mode = modeOf(path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  const descriptor = openSync(temporary, 'wx', mode ?? NEW_FILE_MODE);
  try {
    try {
      mustStillBe(dirname(path));
      writeFileSync(descriptor, text);
      if (mode !== undefined) fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
