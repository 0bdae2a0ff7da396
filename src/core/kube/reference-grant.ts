import { decodeMeta } from './decode-meta.ts';
import { SPEC } from './decode-targets.ts';
import { type FactParts, GATEWAY_API, type GatewayFact, NOTHING_SAID, type ReferencePermit } from './gateway-fact.ts';
import { type Fields, Reading } from './reading.ts';

export const REFERENCE_GRANT = { group: GATEWAY_API, kind: 'ReferenceGrant' } as const;

/** Entries of `from`, and of `to`, that the API takes. */
const MAX_ENTRIES = 16;

/** The entries of a list; of more than the API takes, the rest may permit anything. */
function entries<Entry>(spec: Fields, key: string, reading: Reading, read: (entry: Fields) => Entry): readonly Entry[] {
  const all = reading.objects(spec, key, SPEC);
  if (all.length > MAX_ENTRIES) reading.error('too-many', SPEC, `${key} has more than ${MAX_ENTRIES} entries`);
  return all.slice(0, MAX_ENTRIES).map(([entry]) => read(entry));
}

/**
 * gateway.networking.k8s.io ReferenceGrant: objects of the kinds and namespaces in `from` may refer to those in `to` of its own namespace; `to` without a
 * name: to all of the kind. Source: https://gateway-api.sigs.k8s.io/api-types/referencegrant/.
 */
export function readReferenceGrant(spec: Fields, reading: Reading): FactParts {
  const text = (entry: Fields, key: string): string => reading.string(entry, key, SPEC) ?? '';
  const from = entries(spec, 'from', reading, entry => ({
    group: text(entry, 'group'),
    kind: text(entry, 'kind'),
    namespace: text(entry, 'namespace'),
  }));
  const to = entries(spec, 'to', reading, entry => ({
    group: text(entry, 'group'),
    kind: text(entry, 'kind'),
    name: text(entry, 'name'),
  }));
  return { permits: from.flatMap((one): readonly ReferencePermit[] => to.map(other => ({ from: one, to: other }))) };
}

/**
 * Stands for the ReferenceGrants of a cluster: those that are known are all there are, but where their kind could not be listed. Of files others may lie
 * elsewhere.
 */
export const ALL_GRANTS: GatewayFact = {
  ...REFERENCE_GRANT,
  meta: { ...decodeMeta({}, new Reading(), 'cluster'), name: '*' },
  family: 'other',
  ...NOTHING_SAID,
  isWide: true,
  incomplete: false,
};
