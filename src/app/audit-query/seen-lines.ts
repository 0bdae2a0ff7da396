import type { RecordLine } from './record-line.ts';

/** Sequence numbers that share a word of bits. */
const BITS = 32;

/** Tells which lines are there for a second time. */
export interface SeenLines {
  /** Whether the line, by its writer and sequence number, was there before; it is from now on. A line without a number never was. */
  wasSeen(line: RecordLine): boolean;
}

/**
 * A record that was shipped at least once may hold a line twice. A bit for each line: of a writer's consecutive numbers thirty-two share one entry of
 * the map, so that ten million lines take some 20 MB.
 */
export function createSeenLines(): SeenLines {
  const writers = new Map<string, Map<number, number>>();
  return {
    wasSeen: ({ writer, seq }) => {
      if (seq === 0) return false;
      const words = writers.get(writer) ?? new Map<number, number>();
      writers.set(writer, words);
      const index = Math.floor(seq / BITS);
      const [word, bit] = [words.get(index) ?? 0, 1 << (seq % BITS)];
      words.set(index, word | bit);
      return (word & bit) !== 0;
    },
  };
}
