import type { KubeObject, Workload } from './kube/types.ts';
import { isWorkload } from './world/object-kinds.ts';

/** Kubernetes' scheduling gate that holds a Pod until its traffic is closed (KEP-3521). */
export const SCHEDULING_GATE = 'chokepoint.dev/network-policy';

/** Whether a Pod bears our gate. Of other workloads: their template does. */
export const hasSchedulingGate = (workload: Workload): boolean => workload.schedulingGates.includes(SCHEDULING_GATE);

/** Whether an object is a Pod that our gate holds. */
export const isHeld = (object: KubeObject | undefined): boolean =>
  object !== undefined && isWorkload(object) && object.kind === 'Pod' && hasSchedulingGate(object);
