import { isFields, own } from '../../core/kube/reading.ts';
import type { Labels, Workload } from '../../core/kube/types.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import type { World } from '../../core/world/world.ts';
import type { ReadChange } from './read-change.ts';
import type { Review } from './review.ts';

/**
 * The labels that a Binding brings to its Pod, over those that the Pod has (KEP-4742, `PodTopologyLabelsAdmission`).
 * Empty for every other kind. Values that are no strings are left out: the API server refuses them.
 */
export function bindingLabels(review: Review): Labels {
  const { kind } = review;
  if (kind.group !== '' || kind.kind !== 'Binding') return new Map();
  const { object } = review;
  if (object === undefined) return new Map();
  const metadata = own(object, 'metadata');
  const labels = isFields(metadata) ? own(metadata, 'labels') : undefined;
  if (!isFields(labels)) return new Map();
  return new Map(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])),
  );
}

/** What a Binding with these labels makes of its Pod; `undefined`: the world does not hold the Pod. */
export function readBinding(world: World, { namespace, name }: Review, labels: Labels): ReadChange | undefined {
  const before = world.namespace(namespace).workloads.get(`Pod/${name}`);
  if (before === undefined || !isWorkload(before)) return undefined;
  const podLabels = new Map([...before.podLabels, ...labels]);
  const after: Workload = { ...before, podLabels, meta: { ...before.meta, labels: podLabels } };
  return { kind: 'change', change: { before, after } };
}
