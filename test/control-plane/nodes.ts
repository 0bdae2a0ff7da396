import { setTimeout as sleep } from 'node:timers/promises';
import { expectOk, type Request } from './client.ts';

const CAPACITY = { cpu: '64', memory: '256Gi', pods: '5000', 'ephemeral-storage': '1Ti' };
/** Pods of a fake node get addresses of this block, in the order in which they are seen. */
const POD_BLOCK = '10.244';

/** A Node object that says it is ready, so that the scheduler binds pods to it. Nothing runs there. */
export async function addNode(request: Request, name: string, internalIp = '192.0.2.10'): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
  expectOk(await request('POST', '/api/v1/nodes', { metadata: { name, labels } }), `node ${name}`);
  const status = {
    capacity: CAPACITY,
    allocatable: CAPACITY,
    conditions: [{ type: 'Ready', status: 'True', reason: 'FakeNode' }],
    addresses: [{ type: 'InternalIP', address: internalIp }],
  };
  expectOk(await request('PATCH', `/api/v1/nodes/${name}/status`, { status }), `status of node ${name}`);
  // The API server taints every new node as not ready; it is the node lifecycle controller's to take off, and it does not run.
  expectOk(await request('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } }), `taints of node ${name}`);
}

/** What the fake kubelet looks at of a Pod. */
interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  readonly status?: { readonly podIP?: string };
}

const podPath = ({ metadata }: Pod): string => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

/** The status of a pod whose containers all run and are ready; `podIp` is its one address. */
function fakeRunningStatus(pod: Pick<Pod, 'spec'>, podIp: string): unknown {
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'PodScheduled', 'ContainersReady', 'Ready'];
  return {
    phase: 'Running',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    hostIP: '192.0.2.10',
    conditions: conditions.map(type => ({ type, status: 'True' })),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      containerID: `fake://${name}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: {} },
    })),
  };
}

/** Says of one pod what a kubelet would, once its containers run. */
export async function fakePodRunning(request: Request, namespace: string, name: string, podIp: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const pod: Pod = expectOk(await request('GET', path), `pod ${name}`).body;
  expectOk(await request('PATCH', `${path}/status`, { status: fakeRunningStatus(pod, podIp) }), `status of ${name}`);
}

export interface FakeKubelet {
  /** Waits for the round that is under way. */
  readonly stop: () => Promise<void>;
}

/**
 * Plays the kubelet of every node: pods that are bound become Running and ready with an address, pods that are being deleted go.
 * It looks at all pods every `everyMs`, but for those of the namespaces of `except`, and goes on over an API server that does not answer.
 */
export function startFakeKubelet(
  request: Request,
  { everyMs = 100, except = [] }: { readonly everyMs?: number; readonly except?: readonly string[] } = {},
): FakeKubelet {
  const addresses = new Map<string, string>();
  const addressOf = ({ metadata }: Pod): string => {
    const number = addresses.size + 2;
    const address = addresses.get(metadata.uid) ?? `${POD_BLOCK}.${number >> 8}.${number & 255}`;
    addresses.set(metadata.uid, address);
    return address;
  };
  const look = async (pod: Pod): Promise<void> => {
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      await request('DELETE', podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
    } else if (pod.status?.podIP === undefined) {
      const status = fakeRunningStatus(pod, addressOf(pod));
      await request('PATCH', `${podPath(pod)}/status`, { metadata: { uid }, status });
    }
  };
  const round = async (): Promise<void> => {
    const selector = ['spec.nodeName!=', ...except.map(namespace => `metadata.namespace!=${namespace}`)].join(',');
    const answer = await request('GET', `/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`);
    const pods: readonly Pod[] = expectOk(answer, 'pods').body.items;
    await Promise.all(pods.map(look));
  };
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await round().catch(() => undefined);
      await sleep(everyMs);
    }
  };
  const running = loop();
  return {
    stop: () => {
      stopped = true;
      return running;
    },
  };
}
