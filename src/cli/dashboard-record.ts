import { followFile } from '../adapters/audit-query/follow-file.ts';
import type { TimelineEntry } from '../app/dashboard/model.ts';
import { MAX_ENTRIES, recordedEntry } from '../app/dashboard/timeline.ts';
import { messageOf } from '../errors.ts';

/** What files of a record have told so far. */
export interface FollowedRecord {
  /** The last {@link MAX_ENTRIES} entries of each file, in no order, and what of them cannot be read, a sentence each. Never rejects. */
  read(): Promise<{ readonly entries: readonly TimelineEntry[]; readonly troubles: readonly string[] }>;
}

/** Follows the files of a record as they grow. */
export function followRecord(files: readonly string[]): FollowedRecord {
  const followed = files.map(file => ({
    file,
    source: followFile(file),
    entries: [] as readonly TimelineEntry[],
    unreadable: 0,
  }));
  const readOne = async (one: (typeof followed)[number]): Promise<readonly string[]> => {
    try {
      const { lines, unreadable } = await one.source.read();
      one.entries = [...one.entries, ...lines.flatMap(line => recordedEntry(line) ?? [])].slice(-MAX_ENTRIES);
      one.unreadable += unreadable;
    } catch (error) {
      return [`${one.file} cannot be read: ${messageOf(error)}`];
    }
    return one.unreadable === 0 ? [] : [`${one.unreadable} lines of ${one.file} are none of a record`];
  };
  return {
    read: async () => {
      const troubles = await Promise.all(followed.map(readOne));
      return { entries: followed.flatMap(({ entries }) => entries), troubles: troubles.flat() };
    },
  };
}
