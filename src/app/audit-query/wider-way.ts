import type { ReachEntry } from './record-line.ts';

/** Ports from one to another, inclusive; `undefined`: a port that has a name. */
function rangeOf(port: string): readonly [first: number, last: number] | undefined {
  if (port === 'any') return [0, 65535];
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(port) ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

/** Whether the ports of a way are among those of another one, by their texts. */
export function isOnPortsOf({ port, protocol }: ReachEntry, wide: ReachEntry): boolean {
  if (wide.protocol !== 'any' && wide.protocol !== protocol) return false;
  if (port === wide.port || wide.port === 'any') return true;
  const [range, wideRange] = [rangeOf(port), rangeOf(wide.port)];
  return range !== undefined && wideRange !== undefined && range[0] >= wideRange[0] && range[1] <= wideRange[1];
}

/** Pods, as the record writes them; the others are blocks of addresses. */
const isOfPods = (from: string): boolean => from.startsWith('any pod') || from.startsWith('pods ');

/** Whether both begin at pods, or both at addresses. */
export const isOfSameSort = (one: ReachEntry, other: ReachEntry): boolean =>
  isOfPods(one.from) === isOfPods(other.from);

const ANY_POD_IN = 'any pod in ';

function isFrom(from: string, wide: string): boolean {
  if (from === wide) return true;
  if (wide === 'any pod') return isOfPods(from);
  if (wide === 'any address') return !isOfPods(from);
  return wide.startsWith(ANY_POD_IN) && from.startsWith('pods ') && from.endsWith(wide.slice('any pod'.length));
}

/** Whether a way is plainly part of another one, by what the record writes of both. False proves nothing. */
export const isWithin = (way: ReachEntry, wide: ReachEntry): boolean =>
  isFrom(way.from, wide.from) && isOnPortsOf(way, wide);
