import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** SHA-256 of the bytes of a file, in hex; `undefined` where it cannot be read. */
export function digestOfFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}
