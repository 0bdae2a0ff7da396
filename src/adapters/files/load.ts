import { closeSync, readSync } from 'node:fs';
import type { Problem } from '../../core/manifest.ts';
import { messageOf } from '../../errors.ts';
import { NO_FILE, type OpenedInput, openInput } from '../system/open-input.ts';
import { decodeText, fileProblem } from '../yaml/text.ts';
import { mayHoldObjectsInBytes } from './look.ts';

/** One input, read whole. */
export type Loaded =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly bytes: number;
      /** Whether reading the path once more gives the same: false for streams. */
      readonly repeatable: boolean;
    }
  /** It holds no Kubernetes objects, and nobody said that it does. */
  | { readonly kind: 'without-objects' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What makes a file less sure to hold objects, as in `FoundFile`. */
interface Expected {
  readonly named: boolean;
  readonly foreign: boolean;
}

/** Reads files one after the other, into one buffer that it keeps. Without `expected`, whatever is in them. Never throws. */
export type Loader = (file: string, expected?: Expected) => Loaded;

type OpenedFile = Extract<OpenedInput, { readonly kind: 'opened' }>;

const FIRST_BUFFER_BYTES = 64 * 1024;

/** `maxBytes`, inclusive: a larger regular file is refused before any of it is read, a longer stream as soon as it has brought more. */
export function createLoader(maxBytes: number): Loader {
  let buffer = Buffer.allocUnsafe(Math.min(FIRST_BUFFER_BYTES, maxBytes + 1));
  const fill = (descriptor: number): number => {
    let length = 0;
    for (;;) {
      if (length === buffer.length) {
        if (length > maxBytes) return length;
        buffer = Buffer.concat([buffer], Math.min(2 * length, maxBytes + 1));
      }
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) return length;
      length += count;
    }
  };
  const read = (file: string, { descriptor, stat }: OpenedFile, { named, foreign }: Expected): Loaded => {
    const size = stat.size > maxBytes ? stat.size : fill(descriptor);
    if (size > maxBytes) return { kind: 'problem', problem: tooLarge(file, maxBytes) };
    const bytes = buffer.subarray(0, size);
    if (foreign && !mayHoldObjectsInBytes(bytes)) return { kind: 'without-objects' };
    const text = decodeText(bytes, file);
    if (text.kind === 'problem' && !named && !mayHoldObjectsInBytes(bytes)) return { kind: 'without-objects' };
    return text.kind === 'text' ? { ...text, bytes: size, repeatable: stat.isFile() } : text;
  };
  return (file, expected = { named: true, foreign: false }) => {
    try {
      const opened = openInput(file);
      if (opened.kind === 'no-file') return { kind: 'problem', problem: fileProblem('not-a-file', file, NO_FILE) };
      try {
        return read(file, opened, expected);
      } finally {
        closeSync(opened.descriptor);
      }
    } catch (error) {
      return { kind: 'problem', problem: readProblem(file, error) };
    }
  };
}

export function tooLarge(file: string, maxBytes: number): Problem {
  return fileProblem('file-too-large', file, `this file is larger than the limit of ${maxBytes} bytes: split it`);
}

/** What the operating system's error codes mean to the user; any other is told as it is. */
const SYSTEM_ERRORS: ReadonlyMap<unknown, readonly [code: string, message: string]> = new Map([
  ['ENOENT', ['not-found', 'there is no such file or folder']],
  ['ENOTDIR', ['not-found', 'there is no such file or folder']],
  ['EACCES', ['unreadable', 'this may not be read: permission denied']],
  ['EPERM', ['unreadable', 'this may not be read: permission denied']],
  ['ENXIO', ['not-a-file', NO_FILE]],
  ['ELOOP', ['symlink-loop', 'this symbolic link leads back to itself']],
]);

/** A problem for a failed call of the file system. */
export function readProblem(file: string, error: unknown): Problem {
  const system = error instanceof Error && 'code' in error ? SYSTEM_ERRORS.get(error.code) : undefined;
  const [code, message] = system ?? ['unreadable', `this cannot be read: ${messageOf(error)}`];
  return fileProblem(code, file, message);
}
