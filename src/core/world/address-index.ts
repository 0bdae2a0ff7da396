import { canonicalAddress } from '../kube/decode-endpoints.ts';
import type { Endpoints, KubeObject, Workload } from '../kube/types.ts';

/** Who has an address, in the whole cluster. */
export interface AddressHolders {
  /** Whether there are any endpoints: in most clusters nobody writes some. */
  hasEndpoints(): boolean;
  /** Endpoints that name this address, in canonical text, or this Pod, as `NAMESPACE/NAME`. */
  endpointsAt(target: string): readonly Endpoints[];
  /** Pods that have this address, in canonical text, as their own: not those of the host's network. */
  podsAt(address: string): readonly Workload[];
}

/** Holders of addresses, as they come and go. */
export interface AddressIndex extends AddressHolders {
  /** One object appeared (no `before`), changed, or went (no `after`). `before` is what `change` was given as `after`. */
  change(before: KubeObject | undefined, after: KubeObject | undefined): void;
}

const isEndpoints = (object: KubeObject | undefined): object is Endpoints =>
  object !== undefined && 'addresses' in object;

const isPod = (object: KubeObject | undefined): object is Workload =>
  object !== undefined && 'podIPs' in object && object.kind === 'Pod';

/** All that the endpoints name. */
const targetsOf = ({ addresses, pods }: Endpoints): readonly string[] => [
  ...new Set([...addresses, ...pods.map(({ namespace, name }) => `${namespace}/${name}`)]),
];

/** Canonical addresses that are the Pod's own. */
export const addressesOf = ({ podIPs, hostNetwork }: Workload): readonly string[] =>
  hostNetwork ? [] : podIPs.map(canonicalAddress);

/** Objects of one sort by each of their keys. */
function createHolderMap<Item extends KubeObject>(
  isItem: (object: KubeObject | undefined) => object is Item,
  keysOf: (item: Item) => readonly string[],
) {
  // Nearly every key has one item: a set for each would cost many times as much as all the rest.
  const first = new Map<string, Item>();
  const others = new Map<string, Set<Item>>();
  const add = (key: string, item: Item): void => {
    const more = others.get(key);
    if (!first.has(key)) first.set(key, item);
    else if (more === undefined) others.set(key, new Set([item]));
    else more.add(item);
  };
  const remove = (key: string, item: Item): void => {
    const more = others.get(key);
    if (first.get(key) !== item) more?.delete(item);
    else {
      const [next] = more ?? [];
      if (next === undefined) first.delete(key);
      else first.set(key, next);
      if (next !== undefined) more?.delete(next);
    }
    if (more?.size === 0) others.delete(key);
  };
  return {
    isEmpty: (): boolean => first.size === 0,
    at: (key: string): readonly Item[] => {
      const item = first.get(key);
      return item === undefined ? [] : [item, ...(others.get(key) ?? [])];
    },
    change: (before: KubeObject | undefined, after: KubeObject | undefined): void => {
      if (isItem(before)) for (const key of keysOf(before)) remove(key, before);
      if (isItem(after)) for (const key of keysOf(after)) add(key, after);
    },
  };
}

export function createAddressIndex(): AddressIndex {
  const endpoints = createHolderMap(isEndpoints, targetsOf);
  const pods = createHolderMap(isPod, addressesOf);
  return {
    hasEndpoints: () => !endpoints.isEmpty(),
    endpointsAt: endpoints.at,
    podsAt: pods.at,
    change: (before, after) => {
      endpoints.change(before, after);
      pods.change(before, after);
    },
  };
}

/** The holders with one object in the place of another, whichever state of it they know. */
export function withHolder(
  holders: AddressHolders,
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): AddressHolders {
  const state = after ?? before;
  const isOther = ({ kind, meta }: KubeObject): boolean =>
    kind !== state?.kind || meta.namespace !== state.meta.namespace || meta.name !== state.meta.name;
  const changed = createAddressIndex();
  changed.change(undefined, after);
  const isBearing = isEndpoints(state) || isPod(state);
  return isBearing
    ? {
        hasEndpoints: () => holders.hasEndpoints() || changed.hasEndpoints(),
        endpointsAt: target => [...holders.endpointsAt(target).filter(isOther), ...changed.endpointsAt(target)],
        podsAt: address => [...holders.podsAt(address).filter(isOther), ...changed.podsAt(address)],
      }
    : { hasEndpoints: holders.hasEndpoints, endpointsAt: holders.endpointsAt, podsAt: holders.podsAt };
}
