import { compare } from '../../core/order.ts';
import { GateError } from '../../errors.ts';
import type { RecordLine } from './record-line.ts';

/** A line of some file, as it stands there. */
interface Found {
  readonly line: RecordLine;
  readonly text: string;
}

/** By time; of one time by the chain, and within a chain as it was written. */
export const compareLines = (one: RecordLine, other: RecordLine): number =>
  one.timeMs - other.timeMs || compare(one.writer, other.writer) || one.seq - other.seq;

/** Lines that may still be put in order. */
class Held<Item extends Found> {
  #items: Item[] = [];
  #isOrdered = true;
  #size = 0;

  /** UTF-16 units. */
  get size(): number {
    return this.#size;
  }

  add(item: Item): void {
    const last = this.#items.at(-1);
    if (last !== undefined && compareLines(last.line, item.line) > 0) this.#isOrdered = false;
    this.#items.push(item);
    this.#size += item.text.length;
  }

  #sort(): void {
    if (!this.#isOrdered) this.#items.sort((one, other) => compareLines(one.line, other.line));
    this.#isOrdered = true;
  }

  /** Takes out the earliest of them, half of the size. */
  takeHalf(): readonly Item[] {
    this.#sort();
    const left = this.#size / 2;
    let count = 0;
    for (const { text } of this.#items) {
      if (this.#size <= left) break;
      this.#size -= text.length;
      count += 1;
    }
    return this.#items.splice(0, count);
  }

  all(): readonly Item[] {
    this.#sort();
    return this.#items;
  }
}

/**
 * The lines of one file in the order of time, however they stand there. As many are held as `mostUnits` UTF-16 units have room for; a line that is earlier than
 * one that had to be let go is thrown as a GateError, so that no answer is in a wrong order.
 */
export async function* inOrder<Item extends Found>(
  items: AsyncIterable<Item>,
  file: string,
  mostUnits: number,
): AsyncGenerator<Item> {
  const held = new Held<Item>();
  let gone: RecordLine | undefined;
  for await (const item of items) {
    if (gone !== undefined && compareLines(gone, item.line) > 0) throw tooFarOut(file, item.line);
    held.add(item);
    if (held.size <= mostUnits) continue;
    const taken = held.takeHalf();
    gone = taken.at(-1)?.line;
    yield* taken;
  }
  yield* held.all();
}

function tooFarOut(file: string, { time }: RecordLine): GateError {
  return new GateError(
    'unreadable-file',
    `${file}: a line of ${time} stands so far behind later ones that they cannot be put in order: give each record as a file of its own, or ask for less (--since, --until)`,
  );
}
