import type { Refusal } from '../../../app/report/cluster-reading.ts';
import { GateError } from '../../../errors.ts';
import type { Discovery } from '../client/discovery.ts';
import { kindId, type WatchedKind } from '../client/kinds.ts';
import type { Resource } from '../client/paths.ts';
import { refusalWithout } from './refusal.ts';

/** How a kind is served; `absent`: not at all. An API of somebody else's server that is down is a refusal: whether it holds objects cannot be told. */
export type FoundKind =
  | { readonly kind: 'served'; readonly resource: Resource }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** A kind as a {@link Refusal} tells it, where it is not known how it is served. */
export function askedFor(watched: WatchedKind): Pick<Refusal, 'kind' | 'resource'> {
  const kind = kindId(watched);
  return { kind, resource: kind.split('/').reverse().join('.') };
}

/** Asks the API server. Rejects with a GateError where it gives no answer. */
export async function findKind(discovery: Discovery, watched: WatchedKind): Promise<FoundKind> {
  try {
    const resource = await discovery.find(watched);
    return resource === undefined ? { kind: 'absent' } : { kind: 'served', resource };
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== 'unexpected-answer') throw error;
    return { kind: 'refused', refusal: refusalWithout(askedFor(watched), error.message) };
  }
}
