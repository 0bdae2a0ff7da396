import { type FileHandle, open } from 'node:fs/promises';
import { decodeLine } from '../../app/audit-query/decode-line.ts';
import type { Decoded, RecordLine } from '../../app/audit-query/record-line.ts';
import { linesOf, piecesOf, type RawLine } from './lines.ts';

/** Bytes of the end of a file that are read of what stood in it before: of a larger one, what came earlier is passed over. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What came into a file since it was last asked for. */
interface NewLines {
  readonly lines: readonly RecordLine[];
  /** Whole lines that are no lines of a record, nor of an audit log. */
  readonly unreadable: number;
}

/** A file that grows. */
export interface FollowedFile {
  /** The whole lines that were added since; of a file that was set aside for another one, all of the other one. Rejects with what the file system says. */
  read(): Promise<NewLines>;
}

/** Whether the line feed of a line is there: without it, it is still being written. */
const isWhole = ({ offset, bytes, end }: RawLine): boolean => bytes === undefined || end > offset + bytes.length;

/** `isCut`: the offset lies within a line, which is passed over. */
async function readFrom(
  handle: FileHandle,
  offset: number,
  isCut: boolean,
): Promise<NewLines & { readonly end: number }> {
  const decoded: Decoded[] = [];
  let end = offset;
  let passed = isCut ? 1 : 0;
  for await (const some of linesOf(piecesOf(handle, offset), { offset, lines: 0 })) {
    const whole = some.filter(isWhole);
    end = whole.at(-1)?.end ?? end;
    decoded.push(...whole.slice(passed).flatMap(({ bytes }) => (bytes && decodeLine(bytes.toString())) ?? []));
    if (whole.length > 0) passed = 0;
  }
  const lines = decoded.flatMap(one => ('line' in one ? one.line : []));
  return { lines, unreadable: decoded.length - lines.length, end };
}

/** A file of which nothing has been read yet. It need not be there yet. */
export function followFile(file: string): FollowedFile {
  let known: { readonly inode: number; readonly end: number } | undefined;
  return {
    read: async () => {
      const handle = await open(file);
      try {
        const { ino: inode, size } = await handle.stat();
        const isSame = known?.inode === inode && known.end <= size;
        const offset = isSame && known ? known.end : Math.max(0, size - MOST_BYTES);
        const { end, ...read } = await readFrom(handle, offset, !isSame && offset > 0);
        known = { inode, end };
        return read;
      } finally {
        await handle.close();
      }
    },
  };
}
