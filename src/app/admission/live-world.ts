import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { contentWith } from '../../core/world/content.ts';
import { overlay } from '../../core/world/overlay.ts';
import { objectKey } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import type { AdmissionPorts } from './ports.ts';
import type { Review } from './review.ts';

/** What the cluster is read by past the cache, and the clock of the deadline. */
type LivePorts = Pick<AdmissionPorts, 'confirmPolicies' | 'confirmPods' | 'liveNamespace' | 'nowMs'>;

/**
 * Reads of the API server for one review. All of them share its deadline: each has what those before it have left. They resolve to the world
 * with what was read, to the world as it is where there is nothing to ask (of the whole cluster nothing is), and to `undefined` where no answer came in time.
 */
export interface LiveWorld {
  /** The policies of the review's namespace as they are at this moment. */
  withPolicies(world: World): Promise<World | undefined>;
  /** The Pods of the review's namespace as they are at this moment. */
  withPods(world: World): Promise<World | undefined>;
  /** Both, read at the same time. */
  withPoliciesAndPods(world: World): Promise<World | undefined>;
  /**
   * The Namespace of the review, which may have been made a moment before it: its labels decide. As the API server itself does, it is read
   * past the cache on a miss alone.
   */
  withNamespace(world: World): Promise<World | undefined>;
}

/** Resolves to `late` where the work takes longer, or fails. */
async function within<Value>(work: Promise<Value>, leftMs: number): Promise<Value | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), leftMs);
  });
  try {
    return await Promise.race([work.catch((): 'late' => 'late'), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The world with other content of one namespace. */
function withContent(world: World, name: string, content: Partial<ReturnType<World['namespace']>>): World {
  const changed = contentWith(world.namespace(name), { ...content, surroundings: {} });
  return { ...world, namespace: other => (other === name ? changed : world.namespace(other)) };
}

const byKey = <Item extends NetworkPolicy | Workload>(items: readonly Item[]): Map<string, Item> =>
  new Map(items.map(item => [objectKey(item), item] as const));

/** `deadlineMs`: on the ports' clock. */
export function createLiveWorld(ports: LivePorts, { namespace: name, kind }: Review, deadlineMs: number): LiveWorld {
  const read = async <Value>(
    world: World,
    ask: ((name: string) => Promise<Value>) | undefined,
    into: (found: Value) => World,
  ): Promise<World | undefined> => {
    if (ask === undefined || name === '') return world;
    const found = await within(ask(name), deadlineMs - ports.nowMs());
    return found === 'late' ? undefined : into(found);
  };
  const withPolicies = (world: World) =>
    read(world, ports.confirmPolicies, policies => withContent(world, name, { policies: byKey(policies) }));
  const withPods = (world: World) =>
    read(world, ports.confirmPods, pods => {
      const others = [...world.namespace(name).workloads].filter(([, workload]) => workload.kind !== 'Pod');
      return withContent(world, name, { workloads: new Map([...others, ...byKey(pods)]) });
    });
  return {
    withPolicies,
    withPods,
    withPoliciesAndPods: async world => {
      const [policies, pods] = await Promise.all([withPolicies(world), withPods(world)]);
      if (policies === undefined || pods === undefined) return undefined;
      if (policies === world) return pods;
      return withContent(policies, name, { workloads: pods.namespace(name).workloads });
    },
    withNamespace: async world => {
      if (name === '' || kind.kind === 'Namespace' || world.namespace(name).namespace !== undefined) return world;
      return read(world, ports.liveNamespace, found =>
        found === undefined ? world : overlay(world, { after: found }),
      );
    },
  };
}
