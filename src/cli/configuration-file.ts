import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { GateError, messageOf } from '../errors.ts';
import type { Io } from './io.ts';

/** The text of a file. */
export async function readText(file: string, io: Io): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of io.readPieces(file)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** Relative to the working folder. */
export const isThere = (file: string, io: Io): boolean => existsSync(resolve(io.workingFolder, file));

/** Puts a text where the file is, or is to be. Rejects with a GateError where it cannot. */
export async function putText(file: string, text: string, io: Io): Promise<void> {
  const [{ createWritePlaces }, { replaceFile }] = await Promise.all([
    import('../adapters/system/write-place.ts'),
    import('../adapters/system/replace-file.ts'),
  ]);
  try {
    const place = createWritePlaces(io.workingFolder, [])(file);
    if (place.kind === 'refused') throw new Error(place.reason);
    replaceFile(place.path, text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new GateError('unwritable-output', `${file} cannot be written: ${reason}`, { cause });
  }
}

/** What is thrown where a document would have to be changed in places that are shared. */
export const cannotChange = (file: string, what: string): GateError =>
  new GateError(
    'unwritable-output',
    `${file} cannot be changed without touching other places of it (an anchor or a merge): put in by hand ${what}`,
  );
