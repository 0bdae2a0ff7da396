import { visibleText } from '../../core/visible-text.ts';
import { GateError } from '../../errors.ts';

/** The first two bytes of a gzip file (RFC 1952, section 2.3.1). */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The bytes of a file as they are. Throws a GateError where they are compressed, which says what to type for `command` instead. */
export async function* notGzip(
  pieces: AsyncIterable<Buffer>,
  file: string,
  command: 'query' | 'verify',
): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const piece of pieces) {
    if (isFirst && isGzip(piece)) {
      const from = file === '-' ? '' : ` < ${file}`;
      throw new GateError(
        'unreadable-file',
        visibleText(`${file} is compressed by gzip: type gunzip -c${from} | chokepoint audit ${command} -`),
      );
    }
    isFirst = false;
    yield piece;
  }
}
