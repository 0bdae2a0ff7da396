import { containsAddresses, NO_ADDRESSES, unionAddresses } from '../../core/net/addresses.ts';
import { parseCidr } from '../../core/net/cidr.ts';
import { visibleText } from '../../core/visible-text.ts';
import { RANGE_CLASSES, type Range, type RangeClass, type SeenRanges } from './ranges.ts';

/** A block of a configuration. */
export interface ConfiguredBlock {
  /** As it stands there. */
  readonly text: string;
  /** The comment behind it; empty where there is none. */
  readonly comment: string;
}

/** `spec.protectedNetworks` as it stands in a file. A class that is absent is not there. */
export type ConfiguredNetworks = ReadonlyMap<RangeClass, readonly ConfiguredBlock[]>;

/** How one class of a configuration must change to hold what was seen. */
export interface ClassChange {
  readonly class: RangeClass;
  /** The class is not there yet; without blocks it becomes an empty list. */
  readonly isNew: boolean;
  readonly add: readonly Range[];
  /** Texts of blocks that this command wrote of this cluster, and that are no longer there. Nobody else's line ever is among them. */
  readonly remove: readonly string[];
}

const rangeOf = (text: string) => parseCidr(text).range ?? NO_ADDRESSES;

/** What was not seen may still be there: only of classes that were seen whole a line goes. */
function goneBlocks(seen: SeenRanges, name: RangeClass, blocks: readonly ConfiguredBlock[]): readonly string[] {
  if (seen.notSeen.some(one => one.class === name)) return [];
  const cidrs = new Set(seen.ranges.filter(range => range.class === name).map(({ cidr }) => cidr));
  return blocks
    .filter(({ text, comment }) => comment.startsWith(`${seen.mark}: `) && !cidrs.has(text))
    .map(({ text }) => text);
}

/**
 * What a configuration lacks of what was seen, and what it holds that has gone; empty: it is up to date. What a person wrote stays, and a
 * wider block of theirs is enough.
 */
export function planChange(seen: SeenRanges, configured: ConfiguredNetworks): readonly ClassChange[] {
  const gone = new Map(RANGE_CLASSES.map(name => [name, goneBlocks(seen, name, configured.get(name) ?? [])]));
  const heldBy = (name: RangeClass) =>
    (configured.get(name) ?? []).filter(({ text }) => !gone.get(name)?.includes(text)).map(({ text }) => rangeOf(text));
  return RANGE_CLASSES.flatMap((name): readonly ClassChange[] => {
    const held = unionAddresses((name === 'extra' ? RANGE_CLASSES : [name]).flatMap(heldBy));
    const add = seen.ranges.filter(range => range.class === name && !containsAddresses(held, range.addresses));
    const remove = gone.get(name) ?? [];
    const isNew = !configured.has(name);
    const isMissing = isNew && seen.covered.some(covered => covered === name);
    return add.length > 0 || remove.length > 0 || isMissing ? [{ class: name, isNew, add, remove }] : [];
  });
}

/** A change, a line a block, as a diff has it. */
export function changeLines({ class: name, isNew, add, remove }: ClassChange): readonly string[] {
  const lines = [
    ...remove.map(text => `- ${name}: ${text} (it is no longer there)`),
    ...add.map(({ cidr, from }) => `+ ${name}: ${cidr} (${from})`),
  ];
  return (lines.length === 0 && isNew ? [`+ ${name}: [] (all of it lies in other classes)`] : lines).map(visibleText);
}
