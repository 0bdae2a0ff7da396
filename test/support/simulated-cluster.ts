import type { Action, DialectPolicyRef } from '../../src/app/controller/action.ts';
import { isMade } from '../../src/app/controller/made-policy.ts';
import { refKey } from '../../src/app/report/check.ts';
import type { KubeObject, NetworkPolicy, Workload } from '../../src/core/kube/types.ts';
import { SCHEDULING_GATE } from '../../src/core/scheduling-gate.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { isWorkload } from '../../src/core/world/object-kinds.ts';
import { refOf } from '../../src/core/world/refs.ts';
import type { World } from '../../src/core/world/world.ts';
import { decoded } from './workload.ts';

/** Objects that actions change as the API server would. */
export interface SimulatedCluster {
  world(): World;
  objects(): readonly KubeObject[];
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** Does an action; `false` where the API server would refuse it. */
  perform(action: Action): boolean;
}

export function createSimulatedCluster(initial: readonly KubeObject[]): SimulatedCluster {
  const objects = new Map<string, KubeObject>();
  let uids = 0;
  const keyOf = (object: KubeObject): string => refKey(refOf(object));
  const put = (object: KubeObject): void => {
    uids += 1;
    const uid = objects.get(keyOf(object))?.meta.uid ?? `uid-${uids}`;
    objects.set(keyOf(object), { ...object, meta: { ...object.meta, uid } });
  };
  for (const object of initial) put(object);
  const apply = ({ manifest, heals }: Extract<Action, { kind: 'apply-policy' }>): boolean => {
    const policy = decoded({ ...manifest }) as NetworkPolicy;
    const there = objects.get(keyOf(policy));
    const isOurs = there !== undefined && isMade(there as NetworkPolicy);
    if (heals === undefined ? there !== undefined && !isOurs : there?.meta.uid !== heals) return false;
    put(policy);
    return true;
  };
  const applyBeside = ({ manifest, heals }: Extract<Action, { kind: 'apply-dialect-policy' }>): boolean => {
    const policy = decoded({ ...manifest });
    if (objects.get(keyOf(policy))?.meta.uid !== heals) return false;
    put(policy);
    return true;
  };
  const dialectRef = (object: DialectPolicyRef): DialectPolicyRef => ({
    ...object,
    kind: `${object.kind}.${object.apiVersion.split('/')[0]}`,
  });
  const lift = ({ namespace, name, uid }: Extract<Action, { kind: 'lift-gate' }>['pod']): boolean => {
    const pod = objects.get(`Pod ${namespace}/${name}`);
    if (pod === undefined || !isWorkload(pod) || pod.meta.uid !== uid) return false;
    const schedulingGates = pod.schedulingGates.filter(gate => gate !== SCHEDULING_GATE);
    put({ ...pod, schedulingGates } satisfies Workload);
    return true;
  };
  return {
    world: () => buildWorld(objects.values()),
    objects: () => [...objects.values()],
    put,
    remove: object => void objects.delete(keyOf(object)),
    perform: action => {
      if (action.kind === 'apply-policy') return apply(action);
      if (action.kind === 'lift-gate') return lift(action.pod);
      if (action.kind === 'event') return true;
      if (action.kind === 'apply-dialect-policy') return applyBeside(action);
      const { kind, namespace, name, uid } =
        action.kind === 'delete-policy' ? { ...action, kind: 'NetworkPolicy' } : dialectRef(action.object);
      const key = refKey({ kind, namespace, name });
      return objects.get(key)?.meta.uid === uid && objects.delete(key);
    },
  };
}
