import { writeFileSync } from 'node:fs';
import { GateError } from '../../errors.ts';

/** Writes a report into a file, in place of what is there. Throws a GateError where the file cannot be written. */
export function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GateError('unwritable-output', `the report ${file} cannot be written: ${reason}`, { cause });
  }
}
