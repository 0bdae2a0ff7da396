import { writeFileSync } from 'node:fs';
import { GateError, messageOf } from '../../errors.ts';
import { replaceFile } from '../system/replace-file.ts';
import type { FindWritePlace } from '../system/write-place.ts';

/** Names that stand for streams of this process, or take everything: they are written as they are. */
const STREAM = /^(?:\/dev\/(?:null|tty|stdout|stderr|fd\/\d+)|\/proc\/self\/fd\/\d+)$/;

/** Writes a report into a file, in place of what is there. Throws a GateError where the file may not or cannot be written. */
export function writeReport(file: string, text: string, findPlace: FindWritePlace): void {
  try {
    if (STREAM.test(file)) writeFileSync(file, text);
    else writeFile(file, text, findPlace);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new GateError('unwritable-output', `the report ${file} cannot be written: ${reason}`, { cause });
  }
}

function writeFile(file: string, text: string, findPlace: FindWritePlace): void {
  const place = findPlace(file);
  if (place.kind === 'refused') throw new Error(place.reason);
  replaceFile(place.path, text);
}
