import { IPv4, IPv6 } from 'ip-num';
import type { Address } from '../../core/net/ip.ts';
import { messageOf } from '../../errors.ts';

/** Words of ip-num start with the name of the error where one error wraps another. */
const reasonOf = (cause: unknown): string => messageOf(cause).replace(/^Error: /, '');

/**
 * Reads one address that a person or a cloud wrote, by ip-num; of what is none, its words for why. Takes what `parseAddress` takes, and no zone id,
 * which ip-num passes over. Loading it costs more than reading a small configuration: import it where there are addresses.
 */
export function readAddress(text: string): Address | string {
  if (text.includes('%')) return 'an address with a zone is of one machine alone';
  try {
    if (text.includes(':')) return { family: 6, value: IPv6.fromString(text).getValue() };
    return { family: 4, value: IPv4.fromString(text).getValue() };
  } catch (cause) {
    return reasonOf(cause);
  }
}
