import { readFileSync } from 'node:fs';

/** The text of a file; `undefined` where it cannot be read, or is no UTF-8. */
export function readText(file: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch {
    return undefined;
  }
}
