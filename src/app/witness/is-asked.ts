import { MODE_LABEL } from '../../core/gate/effective-mode.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { isReferenceGrant } from '../../core/reference-grants.ts';
import {
  isGatewayFact,
  isNetworkPolicy,
  isOfOtherApi,
  isRoute,
  isService,
  isWorkload,
} from '../../core/world/object-kinds.ts';
import type { World } from '../../core/world/world.ts';
import type { SeenChange } from './change.ts';

/** Namespaces that no webhook of ours is asked about, as they are shipped, beside the gate's own. */
const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease'];

/** Which namespaces the API server asks the webhook about. */
export interface AskedNamespaces {
  /** The gate's own. */
  readonly ownNamespace: string;
  /** Further ones that are left out. */
  readonly excluded: readonly string[];
}

const isLeftOut = (name: string, { ownNamespace, excluded }: AskedNamespaces): boolean =>
  [...SYSTEM_NAMESPACES, ownNamespace, ...excluded].includes(name);

/** In a namespace that goes, its controller deletes what is in it, past any review. */
function isAskedIn(world: World, name: string): boolean {
  const { namespace } = world.namespace(name);
  return namespace !== undefined && !namespace.meta.terminating && namespace.meta.labels.get(MODE_LABEL) !== 'off';
}

/** A route, what stands between it and a Service, or what lets it refer to one. What only names MCP servers opens nothing, and is reviewed by nobody. */
function opensWays(object: KubeObject): boolean {
  if (isGatewayFact(object)) return isReferenceGrant(object);
  return isRoute(object) && (object.isMcp !== true || object.isBackend || object.through.length > 0);
}

/** What gateways ask of callers. Resources of ToolHive are reviewed by nobody. */
const isReviewedFact = (object: KubeObject): boolean =>
  isGatewayFact(object) && object.family !== 'toolhive' && !isReferenceGrant(object);

/**
 * Whether the API server, as it is shipped, asks the webhook about a change: what `manifests/base/90-webhooks.yaml` names, but for endpoints. Scaling by its
 * subresource, deletions of anything but policies, and kinds that are left out here are told by the opt-in webhook `record` at most.
 */
export function isAsked(
  { operation, marks, change, apiVersion }: SeenChange,
  world: World,
  namespaces: AskedNamespaces,
): boolean {
  const object = change.after ?? change.before;
  if (object === undefined) return false;
  const { kind, meta } = object;
  if (kind === 'Namespace') return operation !== 'DELETE' && !isLeftOut(meta.name, namespaces);
  // Calico's own API server stores another object, of another uid, for each that it is given: that one is compared.
  const isOtherPolicy = isOfOtherApi(object) && !apiVersion.startsWith('projectcalico.org/');
  if (meta.namespace === '') return isOtherPolicy;
  if (isLeftOut(meta.namespace, namespaces) || !isAskedIn(world, meta.namespace)) return false;
  if (isOtherPolicy || isReviewedFact(object)) return true;
  if (operation === 'DELETE') return isNetworkPolicy(object);
  const isScaledAlone = marks.every(mark => mark.startsWith('scale '));
  if (isScaledAlone) return false;
  return opensWays(object) || isWorkload(object) || isNetworkPolicy(object) || isService(object);
}
