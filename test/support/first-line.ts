import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The first line that a program prints, without its end; what follows is read and left. Rejects where it prints none before it closes its output. */
export function firstLine(output: Readable): Promise<string> {
  const lines = createInterface({ input: output });
  return new Promise((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('it ended before it printed a line')));
  });
}
