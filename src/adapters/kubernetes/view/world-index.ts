import { createAddressIndex } from '../../../core/address-index.ts';
import type { CalicoNetworkSet, CalicoTier } from '../../../core/kube/calico.ts';
import type { ForeignPolicy, KubeObject } from '../../../core/kube/types.ts';
import { byKey } from '../../../core/order.ts';
import {
  calicoKey,
  calicoObjects,
  copyContent,
  emptyContent,
  isCalicoObject,
  isOfCluster,
  type MutableContent,
  type NamespaceContent,
  namespacesOf,
  objectKey,
  putObject,
  removeObject,
  type World,
} from '../../../core/world.ts';

/** Objects that come and go, by namespace. */
export interface WorldIndex {
  /** One object appeared (no `before`), changed, or went (no `after`). `before` is what `change` was given as `after`. */
  change(before: KubeObject | undefined, after: KubeObject | undefined): void;
  /** The objects as they are now. A namespace, once read, stays as it was read, but who has an address is told as it is when asked; the same World until something changes. */
  world(): World;
}

/** A namespace that holds something. Once it is shown, the next change makes a copy. */
interface Slot {
  readonly content: MutableContent;
  isShown: boolean;
}

const isEmpty = (content: NamespaceContent): boolean =>
  content.namespace === undefined &&
  [
    content.policies,
    content.workloads,
    content.services,
    content.aliases,
    content.endpoints,
    content.routes,
    content.foreignPolicies,
    content.exceptions,
  ].every(map => map.size === 0);

const clusterKey = (policy: ForeignPolicy): string => `${policy.apiVersion}/${objectKey(policy)}`;

/** An index that is empty. A change costs what its namespace holds if that was read since the last change, else next to nothing. */
export function createWorldIndex(): WorldIndex {
  const slots = new Map<string, Slot>();
  const ofCluster = new Map<string, ForeignPolicy>();
  const addresses = createAddressIndex();
  const ofCalico = new Map<string, CalicoTier | CalicoNetworkSet>();
  let clusterPolicies: readonly ForeignPolicy[] = [];
  let calico = calicoObjects([]);
  let names: readonly string[] | undefined;
  let shown: World | undefined;

  const edit = (name: string, work: (content: MutableContent) => void): void => {
    const slot = slots.get(name);
    const content = slot === undefined ? emptyContent(name) : slot.isShown ? copyContent(slot.content) : slot.content;
    work(content);
    const isGone = isEmpty(content);
    if (isGone === (slot !== undefined)) names = undefined;
    if (isGone) slots.delete(name);
    else slots.set(name, { content, isShown: false });
  };
  const changeOfCluster = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
    if (!isOfCluster(before) && !isOfCluster(after)) return;
    if (isOfCluster(before)) ofCluster.delete(clusterKey(before));
    if (isOfCluster(after)) ofCluster.set(clusterKey(after), after);
    clusterPolicies = [...ofCluster].sort(byKey).map(([, policy]) => policy);
  };
  const changeOfCalico = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
    const [from, to] = [before, after].map(object => (object && isCalicoObject(object) ? object : undefined));
    if (from === undefined && to === undefined) return;
    if (from !== undefined) ofCalico.delete(calicoKey(from));
    if (to !== undefined) ofCalico.set(calicoKey(to), to);
    calico = calicoObjects([...ofCalico].sort(byKey).map(([, object]) => object));
  };
  const view = (): World => {
    const seen = new Map<string, NamespaceContent>();
    const read = (name: string): NamespaceContent => {
      const slot = slots.get(name);
      if (slot === undefined) return emptyContent(name);
      slot.isShown = true;
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
      endpointsAt: addresses.endpointsAt,
      podsAt: addresses.podsAt,
      clusterPolicies,
      calico,
      nodes: [],
      cidrGroups: undefined,
      namespaceNames: () => allNames,
    };
  };
  return {
    change: (before, after) => {
      shown = undefined;
      changeOfCluster(before, after);
      changeOfCalico(before, after);
      addresses.change(before, after);
      const from = before === undefined ? [] : namespacesOf(before);
      const to = after === undefined ? [] : namespacesOf(after);
      for (const name of new Set([...from, ...to])) {
        edit(name, content => {
          if (before !== undefined && from.includes(name)) removeObject(content, before);
          if (after !== undefined && to.includes(name)) putObject(content, after);
        });
      }
    },
    world: () => {
      shown ??= view();
      return shown;
    },
  };
}
