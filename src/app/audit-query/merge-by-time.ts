import type { RecordLine } from './record-line.ts';

/** A line of some file. */
interface Timed {
  readonly line: RecordLine;
}

/** A file that is not at its end, with its next line. */
interface Open<Item> {
  readonly items: AsyncIterator<Item>;
  readonly next: Item;
}

async function openAt<Item>(items: AsyncIterator<Item>): Promise<readonly Open<Item>[]> {
  const { done, value } = await items.next();
  return done ? [] : [{ items, next: value }];
}

/**
 * The lines of several files in the order of their times; of one time, in the order of the files. A file's own order is kept: each is as good as in the
 * order of time, as one process wrote it.
 */
export async function* mergeByTime<Item extends Timed>(files: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  let open = (await Promise.all(files.map(file => openAt(file[Symbol.asyncIterator]())))).flat();
  for (let [earliest] = open; earliest !== undefined; [earliest] = open) {
    for (const other of open) if (other.next.line.timeMs < earliest.next.line.timeMs) earliest = other;
    yield earliest.next;
    const taken = earliest;
    const after = await openAt(taken.items);
    open = open.flatMap(one => (one === taken ? after : [one]));
  }
}
