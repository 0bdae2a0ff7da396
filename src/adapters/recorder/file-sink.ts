import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileSink } from '../../app/recorder/config.ts';
import type { Sink } from '../../app/recorder/ports.ts';

const PIECE_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** Takes away what stands behind the last line feed: a process was ended while it wrote, and will send it again. */
async function cutTorn(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - PIECE_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    const feed = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (feed !== -1) return start + feed + 1 < size ? file.truncate(start + feed + 1) : undefined;
    end = start;
  }
  if (size > 0) await file.truncate(0);
}

/** `archive.jsonl.2026-11-27T08-00-00-000Z`: sorts by time. */
const setAsideName = (path: string, nowMs: number): string =>
  `${path}.${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;

const SET_ASIDE = /^\.\d{4}-\d{2}-\d{2}T[\d-]+Z$/;

async function deleteOldest(path: string, keep: number): Promise<void> {
  const base = basename(path);
  const names = (await readdir(dirname(path))).filter(
    name => name.startsWith(base) && SET_ASIDE.test(name.slice(base.length)),
  );
  const old = names.sort().slice(0, Math.max(0, names.length - keep));
  for (const name of old) await rm(join(dirname(path), name), { force: true });
}

/** Appends to a file, on the disk before it is said so. A file that would grow beyond its size is set aside first, and the oldest ones are deleted. */
export function createFileSink({ path, maxBytes, keepFiles }: FileSink, nowMs: () => number): Sink {
  let file: FileHandle | undefined;
  const opened = async (): Promise<FileHandle> => {
    if (file !== undefined) return file;
    const handle = await open(path, 'a+', 0o640);
    await cutTorn(handle);
    file = handle;
    return handle;
  };
  const close = async (): Promise<void> => {
    await file?.close();
    file = undefined;
  };
  const withRoomFor = async (bytes: number): Promise<FileHandle> => {
    const now = await opened();
    const { size } = await now.stat();
    if (size === 0 || size + bytes <= maxBytes) return now;
    await close();
    await rename(path, setAsideName(path, nowMs()));
    await deleteOldest(path, keepFiles);
    return opened();
  };
  return {
    gatherMs: 0,
    send: async ({ lines }) => {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      try {
        const target = await withRoomFor(bytes.length);
        await target.appendFile(bytes);
        await target.datasync();
      } catch (error) {
        // Part of it may stand there: the next time it is cut off.
        await close().catch(() => undefined);
        throw error;
      }
    },
    close,
  };
}
