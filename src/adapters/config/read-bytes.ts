import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The largest file that is read, in bytes, inclusive: what a ConfigMap can hold (v1 ConfigMap, 1 MiB). */
export const LARGEST_FILE = 1024 * 1024;

const errorCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);

/** Why a file cannot be read, by its code. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENODEV', 'it is a pipe or a device, and a configuration is read again when it changes: write it to a file'],
]);

/** What a file holds, or the code of why it cannot be read. */
export type Bytes =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'failed'; readonly code: string };

/** Bounded by itself: files of the kernel say that they are empty, and others grow meanwhile. */
function readOpen(descriptor: number): Bytes {
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) return { kind: 'failed', code: 'EISDIR' };
  if (!stat.isFile()) return { kind: 'failed', code: 'ENODEV' };
  const buffer = Buffer.allocUnsafe(LARGEST_FILE + 1);
  let length = 0;
  for (let count = -1; count !== 0 && length < buffer.length; length += count)
    count = readSync(descriptor, buffer, length, buffer.length - length, null);
  if (length > LARGEST_FILE) return { kind: 'failed', code: 'EFBIG' };
  return { kind: 'bytes', bytes: buffer.subarray(0, length) };
}

/** Reads a file at once, since the promises of node:fs cost more at start-up than so small a read; opened without waiting, as a pipe waits for its writer. */
export function readBytes(path: string): Bytes {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readOpen(descriptor);
  } catch (cause) {
    return { kind: 'failed', code: errorCode(cause) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Why a file cannot be read, in words. */
export const reasonText = (code: string): string => REASONS.get(code) ?? code;
