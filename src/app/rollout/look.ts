import type { Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { Rollout } from '../../core/gate/types.ts';
import { matches } from '../../core/kube/selector.ts';
import { SYSTEM_NAMESPACES } from '../../core/kube/system-namespaces.ts';
import type { Namespace } from '../../core/kube/types.ts';
import type { World } from '../../core/world/world.ts';
import { outlookOf } from './outlook.ts';
import { type NamespaceFacts, ROLLOUT_ANNOTATION } from './plan.ts';

const MODE_LABEL = 'chokepoint.dev/mode';
/** Of an annotation that anybody may write as long as he likes. */
const MARK_LENGTH = 64;

/** A namespace that a rollout names. */
export interface NamedNamespace {
  readonly namespace: Namespace;
  readonly rollout: Rollout;
}

/**
 * The namespaces that rollouts name, each with the first that does, sorted by name. Those of Kubernetes take no part, as a label there would mean nothing,
 * nor does `own`, the gate's.
 */
export function namedNamespaces(world: World, rollouts: readonly Rollout[], own: string): readonly NamedNamespace[] {
  if (rollouts.length === 0) return [];
  return world.namespaceNames().flatMap((name): readonly NamedNamespace[] => {
    const { namespace } = world.namespace(name);
    if (namespace === undefined || namespace.meta.terminating || SYSTEM_NAMESPACES.has(name) || name === own) return [];
    const rollout = rollouts.find(({ namespaces }) => matches(namespaces, namespace.meta.labels));
    return rollout === undefined ? [] : [{ namespace, rollout }];
  });
}

/** What is seen of one namespace. Costs what it holds. */
export function factsOf({ namespace, rollout }: NamedNamespace, world: World, judge: Judge): NamespaceFacts {
  const { name, uid, resourceVersion, labels, annotations } = namespace.meta;
  return {
    name,
    uid,
    version: resourceVersion,
    rollout,
    mode: postureOf(labels, { ...judge.policy, modeLimit: 'enforce' }).mode,
    label: labels.get(MODE_LABEL),
    mark: (annotations.get(ROLLOUT_ANNOTATION) ?? '').slice(0, MARK_LENGTH),
    open: outlookOf(world, name, judge).open,
  };
}
