import type { CalicoNetworkSet, CalicoTier } from '../kube/calico.ts';
import { isCalicoSet, isCalicoTier } from './object-kinds.ts';
import { objectKey } from './refs.ts';

/** Tiers and sets of networks of Calico, in any order. */
export interface CalicoObjects {
  readonly tiers: readonly CalicoTier[];
  readonly sets: readonly CalicoNetworkSet[];
}

/** Those of some objects, each by what it is. */
export function calicoObjects(objects: Iterable<CalicoTier | CalicoNetworkSet>): CalicoObjects {
  const all = [...objects];
  return { tiers: all.filter(isCalicoTier), sets: all.filter(isCalicoSet) };
}

/** Unique among them: of both groups by which Calico is served. */
export const calicoKey = (object: CalicoTier | CalicoNetworkSet): string =>
  `${object.apiVersion}/${object.meta.namespace}/${objectKey(object)}`;
