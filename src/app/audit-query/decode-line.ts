import { decodeAuditEvent, isAuditEvent } from './kubernetes-audit.ts';
import { type Decoded, decodeRecordLine } from './record-line.ts';

/**
 * Reads the text of one line: of a record, or of the audit log of an API server. `undefined`: there is nothing in it for us (an empty line, a request
 * that the webhook had no part in). Never throws.
 */
export function decodeLine(text: string): Decoded | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unreadable: 'it is no JSON' };
  }
  return isAuditEvent(value) ? decodeAuditEvent(value) : decodeRecordLine(value);
}
