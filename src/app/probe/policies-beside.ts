import { refText } from '../../core/explain.ts';
import type { ForeignPolicy, Workload } from '../../core/kube/types.ts';
import { judgedPoliciesOf, unjudgedPoliciesOf } from '../../core/netpol/foreign.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';

/** A server, and the Pod that stands in for it. */
export interface StoodIn {
  readonly server: Workload;
  readonly namespace: string;
  readonly pod: string;
}

function policiesOf(workload: Workload, world: World): readonly ForeignPolicy[] {
  const content = world.namespace(workload.meta.namespace);
  return [...judgedPoliciesOf(world, content, workload), ...unjudgedPoliciesOf(world, content, workload)];
}

/** Policies of other APIs that may select a server and not what stands in for it, by kind and name, sorted: what they do is not tried. */
export function policiesBeside({ server, namespace, pod }: StoodIn, world: World): readonly string[] {
  const standIn = world.namespace(namespace).workloads.get(`Pod/${pod}`);
  const tried = new Set(standIn === undefined ? [] : policiesOf(standIn, world));
  return policiesOf(server, world)
    .filter(policy => !tried.has(policy))
    .map(policy => refText(refOf(policy)))
    .sort();
}
