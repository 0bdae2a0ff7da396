import type { GatewayFact, ReferencePermit } from './kube/gateway-fact.ts';
import { REFERENCE_GRANT } from './kube/reference-grant.ts';

export const isReferenceGrant = ({ group, kind }: Pick<GatewayFact, 'group' | 'kind'>): boolean =>
  group === REFERENCE_GRANT.group && kind === REFERENCE_GRANT.kind;

/** What the ReferenceGrants of a namespace let, worked out once. */
export interface ReferenceGrants {
  lets(from: ReferencePermit['from'], to: ReferencePermit['to']): boolean;
  /** One of them cannot be read as a whole: it may let more. */
  readonly isIncomplete: boolean;
}

function permitKey({ from, to }: ReferencePermit): string {
  return JSON.stringify([from.group, from.kind, from.namespace, to.group, to.kind, to.name]);
}

/** An index of the ReferenceGrants among the objects of a namespace. */
export function indexGrants(facts: Iterable<GatewayFact>): ReferenceGrants {
  const grants = [...facts].filter(isReferenceGrant);
  const permitted = new Set(grants.flatMap(({ permits }) => permits.map(permitKey)));
  return {
    lets: (from, to) => [to, { ...to, name: '' }].some(one => permitted.has(permitKey({ from, to: one }))),
    isIncomplete: grants.some(({ incomplete }) => incomplete),
  };
}
