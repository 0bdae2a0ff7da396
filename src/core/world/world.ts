import type { CiliumCidrGroup } from '../kube/cilium.ts';
import type { GatewayFact } from '../kube/gateway-fact.ts';
import type {
  Endpoints,
  ForeignPolicy,
  GateException,
  KubeObject,
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
  ObjectRef,
  Route,
  Service,
  Workload,
} from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import type { AddressHolders } from './address-index.ts';
import type { CalicoObjects } from './calico-objects.ts';
import type { ContentIndexes } from './content-indexes.ts';

/** Everything that stands in one namespace, and what other namespaces point at it. Each map is by object key. */
export interface NamespaceContent extends ContentIndexes {
  readonly name: string;
  /** `undefined` where the world holds no Namespace object: its labels are then its name alone. */
  readonly namespace: Namespace | undefined;
  readonly policies: ReadonlyMap<string, NetworkPolicy>;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly services: ReadonlyMap<string, Service>;
  /** ExternalName Services of any namespace that are another name of a Service of this one. */
  readonly aliases: ReadonlyMap<string, Service>;
  /** Endpoints of Services of this namespace that somebody wrote. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** Routes of any namespace that send traffic to an object of this one, and those of this one that others send to. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly foreignPolicies: ReadonlyMap<string, ForeignPolicy>;
  readonly exceptions: ReadonlyMap<string, GateException>;
  /** Objects of gateways' APIs that stand here, by group, kind and name (see {@link factKey}). */
  readonly gatewayFacts: ReadonlyMap<string, GatewayFact>;
  /**
   * Stands for all that is there beside NetworkPolicies, policies of other APIs and GateExceptions: while that is the same, so is this object. What
   * follows from it alone can be remembered by it.
   */
  readonly surroundings: object;
}

/**
 * The facts that are judged: an immutable view of a cluster, a folder of manifests, or either with a change laid over it.
 * Reading one namespace costs what that namespace holds, never what the world holds.
 */
export interface World extends AddressHolders {
  /** The content of a namespace; of one that is not there, nothing. */
  namespace(name: string): NamespaceContent;
  /** Policies of other APIs that apply to the whole cluster. */
  readonly clusterPolicies: readonly ForeignPolicy[];
  /** What gives Calico's policies their meaning. */
  readonly calico: CalicoObjects;
  /** The cluster's Nodes, as far as they are known. Every cluster has some: none are known where there are none. */
  readonly nodes: readonly Node[];
  /** Groups of blocks that policies of Cilium refer to; `undefined`: they are not known. */
  readonly cidrGroups: readonly CiliumCidrGroup[] | undefined;
  /** Objects of gateways' APIs that are looked for from every namespace: classes, and policies that reach beyond their own. */
  readonly wideFacts: readonly GatewayFact[];
  /** Names of all namespaces that hold or are something, sorted. */
  namespaceNames(): readonly string[];
}

/**
 * The object of a namespace's content that is named so, the Namespace itself and routes of other namespaces among them; `undefined` where none is, and
 * for policies of other APIs.
 */
export function objectIn(content: NamespaceContent, { kind, namespace, name }: ObjectRef): KubeObject | undefined {
  const key = `${kind}/${name}`;
  if (kind === 'Namespace') return name === content.name ? content.namespace : undefined;
  const route = content.routes.get(`${namespace}/${key}`);
  if (route !== undefined || namespace !== content.name) return route;
  return content.workloads.get(key) ?? content.policies.get(key) ?? content.services.get(key);
}

/** Labels of a namespace: always with its name, whether or not the world holds its object. */
export function namespaceLabels(content: NamespaceContent): Labels {
  return content.namespace?.meta.labels ?? new Map([[NAMESPACE_NAME_LABEL, content.name]]);
}

/** A change to one object: created (no `before`), updated, or deleted (no `after`). */
export interface Change {
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** The states of the changed object: before the change, and after it. */
export const statesOf = ({ before, after }: Change): readonly KubeObject[] =>
  [before, after].flatMap(state => state ?? []);
