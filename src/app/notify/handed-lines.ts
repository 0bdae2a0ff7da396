import { isFields, own } from '../../core/kube/reading.ts';

/** Lines of a record on their way from the recorder that has them to the one that makes notifications of them. */
export interface HandedLines {
  /** In the order of the record; those alone that tell an event. */
  readonly lines: readonly string[];
  /** What the next question has to say, so that these lines are known to be kept. Empty: there is nothing behind them yet. */
  readonly mark: string;
}

/** The socket of a recorder, beside its record: by it other processes of the Pod ask for lines, and hand it those of others. */
export const lineSocketOf = (record: string): string => `${record}.sock`;

const isText = (value: unknown): value is string => typeof value === 'string';

/** What was handed over, as it was sent. `undefined`: it is something else. */
export function readHandedLines(value: unknown): HandedLines | undefined {
  if (!isFields(value)) return undefined;
  const [lines, mark] = [own(value, 'lines'), own(value, 'mark')];
  return Array.isArray(lines) && lines.every(isText) && isText(mark) ? { lines, mark } : undefined;
}
