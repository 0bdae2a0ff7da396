import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/** Read and write for the owner, read for others, less what the process' umask takes away. */
const NEW_FILE_MODE = 0o666;

function writeBeside(file: string, text: string, mode: number | undefined): void {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const descriptor = openSync(temporary, 'wx', mode ?? NEW_FILE_MODE);
  try {
    try {
      writeFileSync(descriptor, text);
      if (mode !== undefined) fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Puts the text in the place of a file, so that at no time anybody reads a part of it, and keeps the mode.
 * Of a symbolic link, what it leads to is replaced. Throws what the file system throws; then the file is as it was.
 */
export function replaceFile(file: string, text: string): void {
  const real = realpathSync(file);
  writeBeside(real, text, statSync(real).mode & 0o7777);
}

/** As {@link replaceFile}, for a file that is not there yet. */
export function createFile(file: string, text: string): void {
  writeBeside(file, text, undefined);
}
