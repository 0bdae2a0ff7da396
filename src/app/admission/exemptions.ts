import { staysWithout } from '../../core/change.ts';
import { podInterfaces } from '../../core/kube/pod-interfaces.ts';
import { MAX_OBJECT_VALUES } from '../../core/kube/size.ts';
import type { KubeObject, Workload } from '../../core/kube/types.ts';
import { NAMESPACED_DIALECT_KINDS } from '../../core/remedy/dialect.ts';
import { GUARDRAIL_OBJECTS } from '../../core/remedy/guardrail-api.ts';
import { isSame } from '../../core/same.ts';
import { hasSchedulingGate } from '../../core/scheduling-gate.ts';
import { isForeign, isNetworkPolicy, isWorkload } from '../../core/world/object-kinds.ts';
import type { Change, World } from '../../core/world/world.ts';
import type { Review } from './review.ts';

/** Deletes what is in a namespace that is being deleted, and nothing else: to stop it is to leave namespaces terminating for ever. */
const NAMESPACE_CONTROLLER = 'system:serviceaccount:kube-system:namespace-controller';

/** Deletes what has owners, once all of them are gone. Whoever writes an object names its owners, so what it deletes is judged. */
const GARBAGE_COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * The kubelet's picture of a static Pod, which runs whatever is said of it. The annotation alone proves nothing, since anyone can write it:
 * the request must come from the node that the Pod is on.
 */
function isMirrorPod(pod: Workload, { user }: Review): boolean {
  return (
    pod.kind === 'Pod' &&
    pod.meta.annotations.has(MIRROR_ANNOTATION) &&
    pod.nodeName !== '' &&
    user.username === `system:node:${pod.nodeName}` &&
    user.groups.includes('system:nodes')
  );
}

/** A NetworkPolicy, what stands beside one, or an object of a guardrail by its name. */
function isWrittenByUs({ kind: { group, kind }, name }: Review): boolean {
  const id = `${group}/${kind}`;
  const isPolicy = id === 'networking.k8s.io/NetworkPolicy' || NAMESPACED_DIALECT_KINDS.has(id);
  return isPolicy || GUARDRAIL_OBJECTS.get(id) === name;
}

/**
 * A policy that our own controller writes: it must get through whatever state the gate's view is in. Its deletions, and the gates that it lifts,
 * are judged like anybody's.
 */
export function isOwnWrite(review: Review, controllerUser: string | undefined): boolean {
  const { operation, user } = review;
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  return controllerUser !== undefined && user.username === controllerUser && isWrite && isWrittenByUs(review);
}

/** The object without what no judgement reads: whether it is being deleted, its uid and version, addresses that pods are given, who wrote it. */
function judged(object: KubeObject): unknown {
  const { terminating: _, uid: __, resourceVersion: ___, size, ...rest } = object.meta;
  const meta = { ...rest, isTooLarge: size > MAX_OBJECT_VALUES };
  if (isWorkload(object)) return { ...object, meta, podIPs: [], hostIPs: [], nodeName: '' };
  return isNetworkPolicy(object) || isForeign(object) ? { ...object, meta, specManagers: [] } : { ...object, meta };
}

/** An UPDATE that changes nothing that is judged: a status, a number of replicas, a finalizer taken away. */
function changesNothing({ before, after }: Change): boolean {
  return before !== undefined && after !== undefined && isSame(judged(before), judged(after));
}

/**
 * Why a change is let pass without a judgement; `undefined`: it is to be judged.
 * Nothing here may be true of a change that opens a server, but for what an administrator's own deletion of a namespace brings with it.
 */
export function exemption(review: Review, change: Change, world: World): string | undefined {
  const object = change.after ?? change.before;
  if (object === undefined) return 'nothing-to-judge';
  const isDelete = review.operation === 'DELETE';
  if (isDelete && (isWorkload(object) || object.kind === 'Namespace')) return 'deletion-opens-nothing';
  if (isDelete && review.user.username === NAMESPACE_CONTROLLER) return 'namespace-controller';
  // Pods of such a namespace run on for as long as they are given: what else is changed in it is judged.
  if (isDelete && world.namespace(review.namespace).namespace?.meta.terminating) return 'namespace-terminating';
  if (changesNothing(change)) return 'changes-nothing';
  return isWorkload(object) && isMirrorPod(object, review) ? 'mirror-pod' : undefined;
}

/**
 * Which servers a deletion by the garbage collector is judged by: those that it does not delete too, with the same owners.
 * `undefined`: it is somebody else's, or no deletion.
 */
export function staysBehind(
  { operation, user }: Review,
  { before }: Change,
  world: World,
): ((workload: Workload) => boolean) | undefined {
  if (operation !== 'DELETE' || user.username !== GARBAGE_COLLECTOR || before === undefined) return undefined;
  return staysWithout(before.meta.owners, world);
}

/**
 * Whether a Pod is judged in full, like its creation, not only by what the change brings: when it is created, when our gate is taken off,
 * and when its labels, containers, access to the node or network change, the interfaces that its annotations ask for too: some plugins plug them into
 * a running Pod. Other edits (what a CNI notes of it, owners) must not fail for an old fault.
 */
export function isJudgedInFull({ before, after }: Change): boolean {
  if (after === undefined || !isWorkload(after) || after.kind !== 'Pod') return false;
  if (before === undefined || !isWorkload(before)) return true;
  if (hasSchedulingGate(before) && !hasSchedulingGate(after)) return true;
  const significant = ({ podLabels, podAnnotations, containers, hostNetwork, nodeAccess }: Workload): unknown => [
    podLabels,
    podInterfaces(podAnnotations),
    containers,
    hostNetwork,
    nodeAccess,
  ];
  return !after.meta.terminating && !isSame(significant(before), significant(after));
}
