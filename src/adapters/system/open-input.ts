import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';

/** Streams that the process was started with, by name: a shell gives `<(helm template …)` as /dev/fd/63. Whoever names one means to wait for it. */
const STREAM = /^(?:\/dev\/stdin|(?:\/dev|\/proc\/self)\/fd\/\d+)$/;

/** Why a pipe, a device or a socket is not read, as a sentence without its end. */
export const NO_FILE = 'this is no regular file: only standard input can be a stream, as `-`';

export type OpenedInput =
  | { readonly kind: 'opened'; readonly descriptor: number; readonly stat: Stats }
  | { readonly kind: 'no-file' };

/**
 * Opens a file for reading, without waiting: a named pipe that nobody writes to would wait for ever, and a device can bring anything without end.
 * A stream of the process by its name is opened too. Throws what the file system throws.
 */
export function openInput(file: string): OpenedInput {
  const isStream = STREAM.test(file);
  const descriptor = openSync(file, isStream ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = fstatSync(descriptor);
  if (stat.isFile() || isStream) return { kind: 'opened', descriptor, stat };
  closeSync(descriptor);
  return { kind: 'no-file' };
}
