import { CALICO_GROUPS, type CalicoNetworkSet, type CalicoTier } from '../kube/calico.ts';
import type { GatewayFact } from '../kube/gateway-fact.ts';
import type { ForeignPolicy, KubeObject } from '../kube/types.ts';
import { withHolder } from './address-index.ts';
import { wideKey } from './build.ts';
import { type CalicoObjects, calicoKey, calicoObjects } from './calico-objects.ts';
import {
  copyContent,
  keyOf,
  type MutableContent,
  mapFor,
  namespacesOf,
  placesOf,
  putObject,
  removeObject,
} from './content.ts';
import { isCalicoObject, isCidrGroup, isForeign, isGatewayFact, isOfCluster } from './object-kinds.ts';
import { type Change, statesOf, type World } from './world.ts';

/** Calico shows in its API what it stores under another group, where the name may begin with that of the default tier. */
const storedName = ({ meta }: KubeObject): string => meta.name.replace(/^default\./, '');

type CalicoObject = CalicoTier | CalicoNetworkSet | ForeignPolicy;

const isOfCalico = (object: KubeObject): object is CalicoObject =>
  isCalicoObject(object) || (isForeign(object) && CALICO_GROUPS.includes(object.apiVersion.split('/')[0] ?? ''));

/** Whether both are one object of Calico, by both of the groups that it is served under. */
function isTwin(one: KubeObject, other: KubeObject): boolean {
  if (!isOfCalico(one) || !isOfCalico(other) || one.apiVersion === other.apiVersion) return false;
  const isNamedAlike = storedName(one) === storedName(other) && one.meta.namespace === other.meta.namespace;
  return one.kind === other.kind && isNamedAlike;
}

/** Takes out what the change shows in another state, under another group. */
function removeTwins(content: MutableContent, change: Change): void {
  for (const state of statesOf(change))
    if (isOfCalico(state))
      for (const policy of content.foreignPolicies.values())
        if (isTwin(policy, state)) mapFor(content, policy)?.delete(keyOf(policy));
}

/** The policies of the whole cluster with one in its new state, or without it. */
function changedPolicies(policies: readonly ForeignPolicy[], change: Change): readonly ForeignPolicy[] {
  const states = statesOf(change).filter(isOfCluster);
  if (states.length === 0) return policies;
  const keys = new Set(states.map(keyOf));
  const isChanged = (policy: ForeignPolicy): boolean =>
    keys.has(keyOf(policy)) || states.some(state => isTwin(state, policy));
  return [
    ...policies.filter(policy => !isChanged(policy)),
    ...states.slice(-1).filter(state => state === change.after),
  ];
}

/** The tiers and sets of Calico with one in its new state, or without it. */
function changedCalico(calico: CalicoObjects, change: Change): CalicoObjects {
  const states = statesOf(change).filter(isCalicoObject);
  if (states.length === 0) return calico;
  const keys = new Set(states.map(calicoKey));
  const isChanged = (object: CalicoTier | CalicoNetworkSet): boolean =>
    keys.has(calicoKey(object)) || states.some(state => isTwin(state, object));
  const others = [...calico.tiers, ...calico.sets].filter(object => !isChanged(object));
  return calicoObjects([...others, ...states.filter(state => state === change.after)]);
}

function changedGroups(groups: World['cidrGroups'], change: Change): World['cidrGroups'] {
  const states = statesOf(change).filter(isCidrGroup);
  if (groups === undefined || states.length === 0) return groups;
  const names = new Set(states.map(({ meta }) => meta.name));
  return [...groups.filter(({ meta }) => !names.has(meta.name)), ...states.filter(state => state === change.after)];
}

/** The wide facts with one in its new state, or without it. */
function changedWide(facts: readonly GatewayFact[], change: Change): readonly GatewayFact[] {
  const states = statesOf(change).filter(isGatewayFact);
  if (states.length === 0) return facts;
  const keys = new Set(states.map(wideKey));
  const now = states.filter(state => state === change.after && state.isWide);
  return [...facts.filter(fact => !keys.has(wideKey(fact))), ...now];
}

/** The world as it will be once the change is made. Costs what the touched namespaces hold of the kind. */
export function overlay(world: World, change: Change): World {
  const states = statesOf(change);
  const touched = new Set(states.flatMap(namespacesOf));
  const changed = new Set(states.flatMap(placesOf));
  const contents = new Map<string, MutableContent>();
  for (const name of touched) {
    const content = copyContent(world.namespace(name), changed);
    contents.set(name, content);
    removeTwins(content, change);
    if (change.before && namespacesOf(change.before).includes(name)) removeObject(content, change.before);
    if (change.after && namespacesOf(change.after).includes(name)) putObject(content, change.after);
  }
  return {
    ...withHolder(world, change.before, change.after),
    namespace: name => contents.get(name) ?? world.namespace(name),
    clusterPolicies: changedPolicies(world.clusterPolicies, change),
    calico: changedCalico(world.calico, change),
    nodes: world.nodes,
    cidrGroups: changedGroups(world.cidrGroups, change),
    wideFacts: changedWide(world.wideFacts, change),
    namespaceNames: () => [...new Set([...world.namespaceNames(), ...touched])].sort(),
  };
}
