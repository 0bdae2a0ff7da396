import { compareLines } from './order.ts';
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

/** The lines of several files, each of which is in order already, in the order of their times. */
export async function* mergeByTime<Item extends Timed>(files: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  let open = (await Promise.all(files.map(file => openAt(file[Symbol.asyncIterator]())))).flat();
  for (let [earliest] = open; earliest !== undefined; [earliest] = open) {
    for (const other of open) if (compareLines(other.next.line, earliest.next.line) < 0) earliest = other;
    yield earliest.next;
    const taken = earliest;
    const after = await openAt(taken.items);
    open = open.flatMap(one => (one === taken ? after : [one]));
  }
}
