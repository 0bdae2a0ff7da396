import type { CalicoNetworkSet, CalicoTier } from './kube/calico.ts';
import type { CiliumCidrGroup } from './kube/cilium.ts';
import type { GatewayFact } from './kube/gateway-fact.ts';
import type { ForeignPolicy, KubeObject, NetworkPolicy, Route } from './kube/types.ts';
import { NAMESPACE_NAME_LABEL } from './kube/well-known-labels.ts';
import { mayBeFor, mayBeForPods } from './netpol/foreign.ts';
import { maySelect, podLabelsOf } from './netpol/selects.ts';
import { type Affects, destinationsOf } from './publication.ts';
import { isReferenceGrant } from './reference-grants.ts';
import {
  isCalicoObject,
  isCidrGroup,
  isEndpoints,
  isForeign,
  isGatewayFact,
  isNetworkPolicy,
  isRoute,
  isService,
} from './world/object-kinds.ts';
import { type Change, statesOf, type World } from './world/world.ts';

const policyAffects =
  (policy: NetworkPolicy): Affects =>
  workload =>
    maySelect(policy.podSelector, podLabelsOf(workload));

/** The namespaces that a policy may be for, and perhaps more: where it names them, those alone are looked at. */
function namespacesNamed({ scope, meta, namespaceSelector = [] }: ForeignPolicy, world: World): Iterable<string> {
  if (scope === 'namespace') return [meta.namespace];
  const named = namespaceSelector.find(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
  return named ? named.values : world.namespaceNames();
}

/** The namespaces that policies of other APIs may be for, with the workloads there that they may select. */
function foreignAffects(policies: readonly ForeignPolicy[], world: World): ReadonlyMap<string, readonly Affects[]> {
  const affected = new Map<string, Affects[]>();
  for (const policy of policies)
    for (const name of namespacesNamed(policy, world)) {
      if (!mayBeFor(policy, world.namespace(name))) continue;
      affected.set(name, [...(affected.get(name) ?? []), workload => mayBeForPods(policy, workload)]);
    }
  return affected;
}

/** Policies that a tier, a set of networks or a group of blocks may give another meaning. */
function policiesWith(object: CalicoTier | CalicoNetworkSet | CiliumCidrGroup, world: World): readonly ForeignPolicy[] {
  const ofNamespaces = world.namespaceNames().flatMap(name => [...world.namespace(name).foreignPolicies.values()]);
  return [...world.clusterPolicies, ...ofNamespaces].filter(({ calico, apiVersion }) => {
    if (object.kind === 'CiliumCIDRGroup') return apiVersion.startsWith('cilium.io/');
    return calico !== undefined && (object.kind !== 'Tier' || calico.tier === object.meta.name);
  });
}

/** Whether what an object of a gateway's API says may bear on a route: they are in one namespace, or the route lets traffic in by something of its namespace. */
const isBesideRoute = ({ meta, isWide }: GatewayFact, route: Route): boolean =>
  isWide ||
  route.meta.namespace === meta.namespace ||
  route.through.some(({ namespace }) => namespace === meta.namespace) ||
  (route.asks?.delegations ?? []).some(({ to }) => to.namespace === meta.namespace);

/** What routes of other namespaces lead to by the objects to which a ReferenceGrant may let them refer. */
function grantAffects({ meta }: GatewayFact, world: World): ReadonlyMap<string, readonly Affects[]> {
  const routes = [...world.namespace(meta.namespace).routes.values()];
  const referring = routes.filter(({ backends }) =>
    backends.some(({ grantedAs, namespace }) => grantedAs !== undefined && namespace === meta.namespace),
  );
  const all = referring.flatMap(route => [...destinationsOf(route, world)]);
  const byName = Map.groupBy(all, ([name]) => name);
  return new Map([...byName].map(([name, each]) => [name, each.flatMap(([, affects]) => affects)]));
}

/** The namespaces that routes lead to on which the object bears, with all of their workloads; its own, where it is what a proxy asks there. */
function factAffects(fact: GatewayFact, world: World): ReadonlyMap<string, readonly Affects[]> {
  const names = world.namespaceNames().filter(name => {
    const routes = world.namespace(name).routes.values();
    return routes.some(route => isBesideRoute(fact, route));
  });
  const own = fact.family === 'toolhive' ? [fact.meta.namespace] : [];
  return new Map([...names, ...own].map(name => [name, [() => true]]));
}

type Bearing = ReadonlyMap<string, readonly Affects[]>;

const bothOf = (one: Bearing, other: Bearing): Bearing =>
  new Map([...one, ...[...other].map(([name, affects]) => [name, [...(one.get(name) ?? []), ...affects]] as const)]);

/** What it bears on by what it says, and by the Services that it sends to. */
function factBearing(fact: GatewayFact, world: World): Bearing {
  if (isReferenceGrant(fact)) return grantAffects(fact, world);
  const asked = factAffects(fact, world);
  return isRoute(fact) ? bothOf(asked, destinationsOf(fact, world)) : asked;
}

/** Which workloads one state of the changed object bears on, by namespace. */
function affectedBy(object: KubeObject, world: World): ReadonlyMap<string, readonly Affects[]> {
  if (isGatewayFact(object)) return factBearing(object, world);
  if (isRoute(object) || isService(object) || isEndpoints(object)) return destinationsOf(object, world);
  if (object.kind === 'Namespace') return new Map([[object.meta.name, [() => true]]]);
  if (isForeign(object)) return foreignAffects([object], world);
  if (isCalicoObject(object) || isCidrGroup(object)) return foreignAffects(policiesWith(object, world), world);
  const { namespace } = object.meta;
  if (isNetworkPolicy(object)) return new Map([[namespace, [policyAffects(object)]]]);
  return new Map([[namespace, [() => true]]]);
}

/** Which workloads may be opened or closed by the change, by namespace. */
export function affectedIn(world: World, change: Change): ReadonlyMap<string, Affects> {
  const states = statesOf(change).map(state => affectedBy(state, world));
  const names = new Set(states.flatMap(state => [...state.keys()]));
  return new Map(
    [...names].map(name => {
      const tests = states.flatMap(state => state.get(name) ?? []);
      return [name, workload => tests.some(test => test(workload))];
    }),
  );
}
