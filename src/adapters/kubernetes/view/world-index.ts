import type { CalicoNetworkSet, CalicoTier } from '../../../core/kube/calico.ts';
import type { CiliumCidrGroup } from '../../../core/kube/cilium.ts';
import type { GatewayFact } from '../../../core/kube/gateway-fact.ts';
import type { ForeignPolicy, KubeObject, Node } from '../../../core/kube/types.ts';
import { remembered } from '../../../core/lazily.ts';
import { byKey } from '../../../core/order.ts';
import { createAddressIndex } from '../../../core/world/address-index.ts';
import { wideKey } from '../../../core/world/build.ts';
import { calicoKey, calicoObjects } from '../../../core/world/calico-objects.ts';
import { emptyContent, isOfSurroundings, namespacesOf, putObject } from '../../../core/world/content.ts';
import { isCalicoObject, isCidrGroup, isGatewayFact, isNode, isOfCluster } from '../../../core/world/object-kinds.ts';
import { objectKey } from '../../../core/world/refs.ts';
import type { NamespaceContent, World } from '../../../core/world/world.ts';

/** Objects that come and go, by namespace. */
export interface WorldIndex {
  /** One object appeared (no `before`), changed, or went (no `after`). `before` is what `change` was given as `after`. */
  change(before: KubeObject | undefined, after: KubeObject | undefined): void;
  /** The objects as they are now. A namespace, once read, stays as it was read, but who has an address is told as it is when asked; the same World until something changes. */
  world(): World;
}

/** A namespace that holds something. Most are not looked at for long: what is worked out of their objects would take as much memory as they do. */
interface Slot {
  /** In the order in which they came. */
  readonly objects: KubeObject[];
  /** Of the content; see there. */
  surroundings: object;
  /** Absent: nobody has looked since the last change. */
  content?: NamespaceContent | undefined;
}

function contentOf(name: string, slot: Slot): NamespaceContent {
  const content = emptyContent(name);
  for (const object of slot.objects) putObject(content, object);
  content.surroundings = slot.surroundings;
  return content;
}

/** Puts `after` in the place of `before`, either of which may not be there. */
function replaceIn(slot: Slot, before: KubeObject | undefined, after: KubeObject | undefined): void {
  const at = before === undefined ? -1 : slot.objects.indexOf(before);
  if (at >= 0) slot.objects.splice(at, 1);
  if (after !== undefined) slot.objects.push(after);
  if ([before, after].some(object => object !== undefined && isOfSurroundings(object))) slot.surroundings = {};
  slot.content = undefined;
}

const clusterKey = (policy: ForeignPolicy): string => `${policy.apiVersion}/${objectKey(policy)}`;

/** Objects of one sort that are in no namespace, by key, and as the world shows them: sorted by it. */
function createList<Item extends KubeObject>(
  isItem: (object: KubeObject | undefined) => object is Item,
  keyOf: (item: Item) => string,
) {
  const byItsKey = new Map<string, Item>();
  let sorted: readonly Item[] | undefined;
  return {
    change: (before: KubeObject | undefined, after: KubeObject | undefined): void => {
      if (!isItem(before) && !isItem(after)) return;
      if (isItem(before)) byItsKey.delete(keyOf(before));
      if (isItem(after)) byItsKey.set(keyOf(after), after);
      sorted = undefined;
    },
    all: (): readonly Item[] => {
      sorted ??= [...byItsKey].sort(byKey).map(([, item]) => item);
      return sorted;
    },
  };
}

const nameKey = ({ meta }: KubeObject): string => meta.name;

/** An index that is empty. A change costs next to nothing, and the first look at its namespace after it what that holds. */
export function createWorldIndex(): WorldIndex {
  const slots = new Map<string, Slot>();
  const addresses = createAddressIndex();
  const clusterPolicies = createList(isOfCluster, clusterKey);
  const ofCalico = createList(
    (object): object is CalicoTier | CalicoNetworkSet => object !== undefined && isCalicoObject(object),
    calicoKey,
  );
  const cidrGroups = createList(
    (object): object is CiliumCidrGroup => object !== undefined && isCidrGroup(object),
    nameKey,
  );
  const nodes = createList((object): object is Node => object !== undefined && isNode(object), nameKey);
  const wideFacts = createList(
    (object): object is GatewayFact => object !== undefined && isGatewayFact(object) && object.isWide,
    wideKey,
  );
  const calicoOf = remembered(calicoObjects);
  let names: readonly string[] | undefined;
  let shown: World | undefined;

  const edit = (name: string, before: KubeObject | undefined, after: KubeObject | undefined): void => {
    const known = slots.get(name);
    const slot = known ?? { objects: [], surroundings: {} };
    replaceIn(slot, before, after);
    const isGone = slot.objects.length === 0;
    if (isGone === (known !== undefined)) names = undefined;
    if (isGone) slots.delete(name);
    else slots.set(name, slot);
  };
  const view = (): World => {
    const seen = new Map<string, NamespaceContent>();
    const read = (name: string): NamespaceContent => {
      const slot = slots.get(name);
      if (slot === undefined) return emptyContent(name);
      slot.content ??= contentOf(name, slot);
      return slot.content;
    };
    names ??= [...slots.keys()].sort();
    const allNames = names;
    return {
      namespace: name => {
        const content = seen.get(name) ?? read(name);
        seen.set(name, content);
        return content;
      },
      hasEndpoints: addresses.hasEndpoints,
      endpointsAt: addresses.endpointsAt,
      podsAt: addresses.podsAt,
      clusterPolicies: clusterPolicies.all(),
      calico: calicoOf(ofCalico.all()),
      nodes: nodes.all(),
      cidrGroups: cidrGroups.all(),
      wideFacts: wideFacts.all(),
      namespaceNames: () => allNames,
    };
  };
  return {
    change: (before, after) => {
      shown = undefined;
      for (const list of [clusterPolicies, ofCalico, cidrGroups, nodes, wideFacts]) list.change(before, after);
      addresses.change(before, after);
      const from = before === undefined ? [] : namespacesOf(before);
      const to = after === undefined ? [] : namespacesOf(after);
      for (const name of new Set([...from, ...to])) {
        edit(name, from.includes(name) ? before : undefined, to.includes(name) ? after : undefined);
      }
    },
    world: () => {
      shown ??= view();
      return shown;
    },
  };
}
