import type { Namespace, NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { objectKey, overlay, type World } from '../../core/world.ts';
import type { AdmissionPorts } from './ports.ts';
import type { Review } from './review.ts';

type LivePorts = Pick<AdmissionPorts, 'confirmPolicies' | 'confirmPods' | 'liveNamespace'>;

/** Resolves to `late` at the deadline, or where the work fails. */
async function within<Value>(work: Promise<Value>, deadlineMs: number): Promise<Value | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  try {
    return await Promise.race([work.catch((): 'late' => 'late'), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function withPolicies(world: World, name: string, policies: readonly NetworkPolicy[]): World {
  const content = { ...world.namespace(name), policies: new Map(policies.map(policy => [objectKey(policy), policy])) };
  return { ...world, namespace: other => (other === name ? content : world.namespace(other)) };
}

/** The world with a namespace's policies as they are at this moment; the world as it is where it need not be asked; `undefined`: not read in time. */
export async function withLivePolicies(
  world: World,
  { namespace: name }: Review,
  ports: LivePorts,
  deadlineMs: number,
): Promise<World | undefined> {
  if (ports.confirmPolicies === undefined) return world;
  const policies = await within(ports.confirmPolicies(name), deadlineMs);
  return policies === 'late' ? undefined : withPolicies(world, name, policies);
}

function withPods(world: World, name: string, pods: readonly Workload[]): World {
  const known = world.namespace(name);
  const others = [...known.workloads].filter(([, { kind }]) => kind !== 'Pod');
  const workloads = new Map([...others, ...pods.map(pod => [objectKey(pod), pod] as const)]);
  const content = { ...known, workloads };
  return { ...world, namespace: other => (other === name ? content : world.namespace(other)) };
}

/** The world with a namespace's Pods as they are at this moment, as {@link withLivePolicies}. */
export async function withLivePods(
  world: World,
  { namespace: name }: Review,
  ports: LivePorts,
  deadlineMs: number,
): Promise<World | undefined> {
  if (ports.confirmPods === undefined) return world;
  const pods = await within(ports.confirmPods(name), deadlineMs);
  return pods === 'late' ? undefined : withPods(world, name, pods);
}

/**
 * The world with the Namespace of a request, which may have been made a moment before it: its labels decide. As the API server itself does, it is
 * read past the cache on a miss. The world as it is where there is no such Namespace; `undefined` where that cannot be told in time.
 */
export async function withLiveNamespace(
  world: World,
  { namespace: name, kind }: Review,
  ports: LivePorts,
  deadlineMs: number,
): Promise<World | undefined> {
  if (ports.liveNamespace === undefined || name === '' || kind.kind === 'Namespace') return world;
  if (world.namespace(name).namespace !== undefined) return world;
  const found: Namespace | undefined | 'late' = await within(ports.liveNamespace(name), deadlineMs);
  if (found === 'late') return undefined;
  return found === undefined ? world : overlay(world, { after: found });
}
