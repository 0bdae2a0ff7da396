import { isHeld } from '../../core/scheduling-gate.ts';
import type { NamespaceContent } from '../../core/world/world.ts';
import type { Time } from '../time.ts';

/** Since when Pods are held, as far as this process has seen. */
export interface HeldPods {
  /** Looks at a namespace: what is held there from now on is counted. */
  observe(content: NamespaceContent): void;
  /** Milliseconds since the Pod was first seen held; `undefined`: it was not. */
  heldMs(namespace: string, uid: string): number | undefined;
  /** Namespaces in which Pods are held. */
  namespaces(): readonly string[];
  count(): number;
}

/** Has seen nothing yet. */
export function createHeldPods(time: Time): HeldPods {
  const byNamespace = new Map<string, ReadonlyMap<string, number>>();
  return {
    observe: ({ name, workloads }) => {
      const known = byNamespace.get(name);
      const held = [...workloads.values()].filter(isHeld).map(({ meta }) => meta.uid);
      if (held.length === 0) byNamespace.delete(name);
      else byNamespace.set(name, new Map(held.map(uid => [uid, known?.get(uid) ?? time.nowMs()])));
    },
    heldMs: (namespace, uid) => {
      const sinceMs = byNamespace.get(namespace)?.get(uid);
      return sinceMs === undefined ? undefined : time.nowMs() - sinceMs;
    },
    namespaces: () => [...byNamespace.keys()],
    count: () => [...byNamespace.values()].reduce((sum, held) => sum + held.size, 0),
  };
}
