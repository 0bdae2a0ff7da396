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

const SET_ASIDE = /^\.(\d{4}-\d{2}-\d{2}T)(\d{2})-(\d{2})-(\d{2})-(\d{3}Z)$/;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds since 1970 at which a file of this name was set aside; `undefined`: it is another file. */
function setAsideMs(name: string, base: string): number | undefined {
  const [, day, hours, minutes, seconds, rest] = SET_ASIDE.exec(name.slice(base.length)) ?? [];
  return name.startsWith(base) && day !== undefined
    ? Date.parse(`${day}${hours}:${minutes}:${seconds}.${rest}`)
    : undefined;
}

/** Deletes what is too old, and the oldest of what is too much. */
async function prune({ path, keepFiles, keepDays }: FileSink, nowMs: number): Promise<void> {
  const base = basename(path);
  const files = (await readdir(dirname(path)))
    .flatMap(name => {
      const atMs = setAsideMs(name, base);
      return atMs === undefined ? [] : { name, atMs };
    })
    .sort((one, other) => one.atMs - other.atMs);
  const isOld = (atMs: number): boolean => keepDays !== undefined && nowMs - atMs >= keepDays * DAY_MS;
  const gone = files.filter(({ atMs }, index) => index < files.length - keepFiles || isOld(atMs));
  for (const { name } of gone) await rm(join(dirname(path), name), { force: true });
}

/**
 * Appends to a file, on the disk before it is said so. A file that would grow beyond its size, or is too old, is set aside first, and what is too much or too
 * old of those that were is deleted. A file without a line to come stays as it is, however old.
 */
export function createFileSink(config: FileSink, nowMs: () => number): Sink {
  const { path, maxBytes, maxHours } = config;
  let file: FileHandle | undefined;
  const opened = async (): Promise<FileHandle> => {
    if (file !== undefined) return file;
    const handle = await open(path, 'a+', 0o640);
    try {
      await cutTorn(handle);
    } catch (error) {
      // It is tried again, and again: each time would leave a file open.
      await handle.close();
      throw error;
    }
    file = handle;
    return handle;
  };
  const close = async (): Promise<void> => {
    await file?.close();
    file = undefined;
  };
  const withRoomFor = async (bytes: number): Promise<FileHandle> => {
    const now = await opened();
    const { size, birthtimeMs } = await now.stat();
    const isOld = maxHours !== undefined && nowMs() - birthtimeMs >= maxHours * HOUR_MS;
    if (size === 0 || (size + bytes <= maxBytes && !isOld)) return now;
    await close();
    await rename(path, setAsideName(path, nowMs()));
    await prune(config, nowMs());
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
