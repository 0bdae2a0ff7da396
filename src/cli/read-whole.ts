import { visibleText } from '../core/visible-text.ts';
import { type GateError, messageOf } from '../errors.ts';
import type { Io } from './io.ts';

/** The error that says why a file is of no use. */
export type Refuse = (reason: string) => GateError;

/** The text of a file of at most so many bytes, inclusive, or of standard input (`-`). Rejects with what `tooLarge` makes where it is larger. */
export async function readWhole(file: string, most: number, io: Io, tooLarge: () => GateError): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of io.readPieces(file)) {
    bytes += piece.length;
    if (bytes > most) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The value of a JSON text; throws what `refuse` makes of text that is none. */
export function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(`this is no JSON: ${visibleText(messageOf(cause))}`);
  }
}
