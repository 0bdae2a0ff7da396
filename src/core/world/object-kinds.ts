import type { CalicoNetworkSet, CalicoTier } from '../kube/calico.ts';
import type { CiliumCidrGroup } from '../kube/cilium.ts';
import type { GatewayFact } from '../kube/gateway-fact.ts';
import type {
  Endpoints,
  ForeignPolicy,
  GateException,
  KubeObject,
  NetworkPolicy,
  Node,
  Route,
  Service,
  Workload,
} from '../kube/types.ts';

export const isWorkload = (object: KubeObject): object is Workload => 'podLabels' in object;
export const isRoute = (object: KubeObject): object is Route => 'backends' in object;
export const isEndpoints = (object: KubeObject): object is Endpoints => 'addresses' in object;
export const isService = (object: KubeObject): object is Service => object.kind === 'Service' && 'aliasOf' in object;
export const isForeign = (object: KubeObject): object is ForeignPolicy => 'scope' in object;
export const isCalicoTier = (object: KubeObject): object is CalicoTier => 'defaultAction' in object;
export const isCalicoSet = (object: KubeObject): object is CalicoNetworkSet => 'nets' in object;
/** A tier or a set of networks of Calico. */
export const isCalicoObject = (object: KubeObject): object is CalicoTier | CalicoNetworkSet =>
  isCalicoTier(object) || isCalicoSet(object);

export const isCidrGroup = (object: KubeObject): object is CiliumCidrGroup => 'blocks' in object;
export const isNode = (object: KubeObject): object is Node => 'nodeAddresses' in object;
export const isGatewayFact = (object: KubeObject): object is GatewayFact => 'controls' in object;
export const isWideFact = (object: KubeObject): object is GatewayFact => isGatewayFact(object) && object.isWide;
export const isGateException = (object: KubeObject): object is GateException => 'expires' in object;
/** Kubernetes' own NetworkPolicy: Calico and Antrea call one of their kinds so too. */
export const isNetworkPolicy = (object: KubeObject): object is NetworkPolicy =>
  object.kind === 'NetworkPolicy' && !isForeign(object);

/** A policy of another API, or an object that gives such policies a part of their meaning. */
export const isOfOtherApi = (
  object: KubeObject,
): object is ForeignPolicy | CalicoTier | CalicoNetworkSet | CiliumCidrGroup =>
  isForeign(object) || isCalicoObject(object) || isCidrGroup(object);

/** A policy of another API that applies to the whole cluster. */
export const isOfCluster = (object: KubeObject | undefined): object is ForeignPolicy =>
  object !== undefined && isForeign(object) && object.scope === 'cluster';
