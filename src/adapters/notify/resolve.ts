import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import metadataAddresses from '../../../policies/metadata-addresses.json' with { type: 'json' };
import { SendError } from '../../app/notify/ports.ts';
import { type AddressLimits, mayConnect } from '../../app/notify/refused-addresses.ts';
import { specifiedByAny } from '../../core/net/cidr.ts';
import { messageOf } from '../../errors.ts';

/** An address that may be connected to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for all addresses of a name. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const METADATA = specifiedByAny(metadataAddresses.addresses.map(({ cidr }) => cidr));

/** Milliseconds that a name has to be resolved. */
const TIMEOUT_MS = 10_000;

const systemLookup: Lookup = host => lookup(host, { all: true, order: 'verbatim' });

/** A name that is not there, or whose server does not answer, may be there the next time. */
async function addressesOf(host: string, ask: Lookup): Promise<Awaited<ReturnType<Lookup>>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('its name server does not answer')), TIMEOUT_MS);
  try {
    return await Promise.race([ask(host), late]);
  } catch (cause) {
    throw new SendError(`${host} cannot be resolved: ${messageOf(cause)}`, false, undefined, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The addresses of a host that may be connected to, at least one, by one look at its name: whoever connects takes these, so that a name cannot become another
 * address in between. A host that is an address stands for itself. Throws a SendError where there are none.
 */
export async function resolveHost(
  host: string,
  limits: AddressLimits,
  ask: Lookup = systemLookup,
): Promise<readonly ResolvedAddress[]> {
  // A URL has IPv6 addresses in brackets.
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  const found = family === 0 ? await addressesOf(bare, ask) : [{ address: bare, family }];
  const allowed = found
    .filter(({ address }) => mayConnect(address, limits, METADATA))
    .map(({ address, family: kind }): ResolvedAddress => ({ address, family: kind === 6 ? 6 : 4 }));
  if (allowed.length > 0) return allowed;
  const refused = found.map(({ address }) => address).join(', ');
  throw new SendError(`${bare} is at ${refused}, which no message is sent to: allowAddresses can allow it`);
}
