import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectOk } from './client.ts';
import type { Cluster } from './cluster.ts';
import { type Container, type Pod, podPath } from './pod-objects.ts';
import { containerProgram, type Image } from './pod-process.ts';
import { createPodVolumes } from './pod-volumes.ts';
import { createContainer, type RunningContainer } from './running-container.ts';

/** A Pod that has an address. */
export interface HeldPod {
  readonly name: string;
  /** One round: mounts, starts, probes, tells; or ends it where it is being deleted. */
  readonly look: (pod: Pod) => Promise<void>;
  readonly kill: (container: string) => void;
  readonly end: () => Promise<void>;
  readonly log: () => string;
}

/** What running Pods takes. */
export interface Needs {
  readonly cluster: Cluster;
  readonly image: (name: string) => Image | undefined;
  readonly mountDelayMs: number;
  readonly restartPauseMs: number;
}

const address = (verb: 'add' | 'del', podIp: string): void => {
  execFileSync('ip', ['address', verb, `${podIp}/32`, 'dev', 'lo'], { stdio: 'ignore' });
};

/** Sidecars first, as they are started. */
function declaredContainers({ spec }: Pod): readonly Container[] {
  const sidecars = spec.initContainers ?? [];
  if (sidecars.some(({ restartPolicy }) => restartPolicy !== 'Always'))
    throw new Error('the pod runner runs no init containers but sidecars');
  return [...sidecars, ...spec.containers];
}

function containersOf(
  pod: Pod,
  podIp: string,
  folder: string,
  needs: Needs,
  volumes: ReturnType<typeof createPodVolumes>,
) {
  return declaredContainers(pod).flatMap((container): RunningContainer[] => {
    const image = needs.image(container.image);
    if (image === undefined) return [];
    const place = { address: needs.cluster.address, podIp, volumes, folder };
    const program = containerProgram(pod, container, image, place);
    return [createContainer({ container, podIp, program, run: needs.cluster.run, firstPauseMs: needs.restartPauseMs })];
  });
}

/** What is told of a Pod whose containers were started. */
function statusOf(
  podIp: string,
  containers: readonly RunningContainer[],
  sidecars: readonly RunningContainer[],
): object {
  const ends = containers.map(({ finished }) => finished());
  const isOver = ends.length > 0 && ends.every(end => end !== undefined);
  const phase = isOver ? (ends.every(end => end === 'exit code 0') ? 'Succeeded' : 'Failed') : 'Running';
  const statuses = containers.map(({ status }) => status());
  const sidecarStatuses = sidecars.map(({ status }) => status());
  const isReady = [...statuses, ...sidecarStatuses].every(({ ready }) => ready);
  const condition = (type: string, isTrue: boolean) => ({ type, status: isTrue ? 'True' : 'False' });
  return {
    phase,
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    hostIP: '192.0.2.10',
    conditions: [
      condition('PodScheduled', true),
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('ContainersReady', isReady),
      condition('Ready', isReady),
    ],
    containerStatuses: statuses,
    initContainerStatuses: sidecarStatuses,
  };
}

const waitingStatus = ({ spec }: Pod, message: string): object => ({
  phase: 'Pending',
  containerStatuses: spec.containers.map(({ name, image }) => ({
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating', message } },
  })),
});

/** Gives a Pod its address; `look` does the rest. */
export function holdPod(first: Pod, podIp: string, needs: Needs): HeldPod {
  const { request } = needs.cluster;
  const { name, uid } = first.metadata;
  const folder = join(needs.cluster.address.folder, 'pods', uid);
  mkdirSync(folder, { recursive: true });
  address('add', podIp);
  const volumes = createPodVolumes(request, first, podIp, folder);
  const all = containersOf(first, podIp, folder, needs, volumes);
  const hasImages = all.length === declaredContainers(first).length;
  const sidecarCount = first.spec.initContainers?.length ?? 0;
  const [sidecars, containers] = [all.slice(0, sidecarCount), all.slice(sidecarCount)];
  let isMounted = false;
  let mountAt = 0;
  let told = '';
  let killAt: number | undefined;

  const tell = async (pod: Pod, status: object): Promise<void> => {
    const text = JSON.stringify(status);
    if (text === told) return;
    expectOk(await request('PATCH', `${podPath(pod)}/status`, { metadata: { uid }, status }), `status of ${name}`);
    told = text;
  };
  const mount = async (): Promise<string | undefined> => {
    if (Date.now() < mountAt) return undefined;
    const missing = await volumes.refresh();
    if (missing === undefined) isMounted = true;
    mountAt = Date.now() + (isMounted ? needs.mountDelayMs : 0);
    return missing;
  };
  const restarts = (ended: string): boolean => {
    const policy = first.spec.restartPolicy ?? 'Always';
    return policy === 'Always' || (policy === 'OnFailure' && ended !== 'exit code 0');
  };
  /** Sidecars are ended once no other container runs. */
  const hasEnded = (): boolean => {
    if (containers.some(({ isRunning }) => isRunning())) return false;
    for (const { signal } of sidecars) signal('SIGTERM');
    return !sidecars.some(({ isRunning }) => isRunning());
  };
  const terminate = async (pod: Pod): Promise<void> => {
    if (killAt === undefined) {
      killAt = Date.now() + (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      for (const { signal } of containers) signal('SIGTERM');
    }
    if (Date.now() >= killAt) for (const { signal } of all) signal('SIGKILL');
    if (hasEnded()) await request('DELETE', podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
  };
  const work = async (pod: Pod): Promise<void> => {
    const missing = hasImages ? await mount() : 'the pod runner has no such image';
    if (!isMounted) return tell(pod, waitingStatus(pod, missing ?? ''));
    await Promise.all(sidecars.map(({ look }) => look(() => true)));
    await Promise.all(containers.map(({ look }) => look(restarts)));
    await tell(pod, statusOf(podIp, containers, sidecars));
  };
  return {
    name,
    kill: wanted => {
      const found = all.find(({ status }) => status().name === wanted);
      if (found === undefined) throw new Error(`${name} has no container ${wanted}`);
      found.signal('SIGKILL');
    },
    log: () => all.map(({ log }) => log()).join('\n'),
    look: pod => (pod.metadata.deletionTimestamp === undefined ? work(pod) : terminate(pod)),
    end: async () => {
      for (const { signal } of all) signal('SIGKILL');
      while (all.some(({ isRunning }) => isRunning())) await sleep(10);
      address('del', podIp);
    },
  };
}
