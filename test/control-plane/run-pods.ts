import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expectOk } from './client.ts';
import type { Cluster } from './cluster.ts';
import { type HeldPod, holdPod, type Needs } from './held-pod.ts';
import type { Pod } from './pod-objects.ts';
import { type Image, programImage } from './pod-process.ts';

/**
 * Stands in for the kubelet and the container runtime: what the Pods of some namespaces say is run as processes of this machine, from the Pod
 * objects as they are.
 */

export interface PodRunnerOptions {
  readonly namespaces: readonly string[];
  /** How long after a change of a Secret or ConfigMap its volumes have it, in milliseconds; a kubelet takes up to a minute or so. 1000 where absent. */
  readonly mountDelayMs?: number;
  /** What an image holds; a Pod with another waits for it for ever. `chokepoint`, with any registry and tag, is this checkout's program, where absent. */
  readonly image?: (name: string) => Image | undefined;
  /** The pause before the first restart of a container, which doubles; 500 ms where absent. */
  readonly restartPauseMs?: number;
}

export interface PodRunner {
  /** What the containers of all Pods wrote that are not gone. */
  readonly log: () => string;
  /** SIGKILL for a container of a Pod, at once; it is started again as any that ended. Throws where there is none. */
  readonly kill: (pod: string, container: string) => void;
  /** Ends all processes at once and takes the addresses back. */
  readonly stop: () => Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LOOK_MS = 100;
/** Apart from the addresses of the fake kubelet, which begin with 10.244.0. */
const FIRST_BLOCK = 128;

/** A copy of the built program: the next build of the checkout takes files away that this one still reads. */
function ownImage(folder: string): (name: string) => Image | undefined {
  const copy = join(folder, 'image');
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  const image = programImage(copy, '/app');
  return name => (/(?:^|\/)chokepoint(?:[:@].*)?$/.test(name) ? image : undefined);
}

/**
 * Runs the Pods of the namespaces that are bound to a node (see `addNode`), until it is stopped: only in the private network, where it gives each
 * its own address. As a kubelet it waits for the Secrets and ConfigMaps that a Pod mounts and renews them, asks for the account's token, expands
 * `$(POD_IP)`, probes readiness, tells the Pod's status, starts what ended again, ends what is deleted within its grace period, and lets what runs
 * to completion be complete. The container's own root, its mounts and a read-only root are real. Not so: the user (only root exists here),
 * capabilities, limits, liveness and startup probes, lifecycle hooks, init containers but sidecars, a network of its own. The Service `kubernetes` is
 * given by the API server's own address. Everybody else's Pods are the fake kubelet's: tell it which namespaces are not.
 */
export function startPodRunner(cluster: Cluster, options: PodRunnerOptions): PodRunner {
  const { namespaces, mountDelayMs = 1000, restartPauseMs = 500 } = options;
  const image = options.image ?? ownImage(cluster.address.folder);
  const needs: Needs = { cluster, image, mountDelayMs, restartPauseMs };
  const held = new Map<string, HeldPod>();
  const busy = new Set<string>();
  let given = 0;
  const nextAddress = (): string => {
    given += 1;
    return `10.244.${FIRST_BLOCK + (given >> 8)}.${given & 255}`;
  };
  const hold = (pod: Pod): HeldPod => {
    const found = held.get(pod.metadata.uid) ?? holdPod(pod, nextAddress(), needs);
    held.set(pod.metadata.uid, found);
    return found;
  };
  const look = async (pod: Pod): Promise<void> => {
    const { uid, name } = pod.metadata;
    const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (busy.has(uid) || (isOver && pod.metadata.deletionTimestamp === undefined)) return;
    busy.add(uid);
    try {
      await hold(pod).look(pod);
    } catch (error) {
      process.stderr.write(`pod runner: ${name}: ${error}\n`);
    } finally {
      busy.delete(uid);
    }
  };
  const round = async (): Promise<void> => {
    const lists = await Promise.all(
      namespaces.map(namespace =>
        cluster.request('GET', `/api/v1/namespaces/${namespace}/pods?fieldSelector=spec.nodeName%21%3D`),
      ),
    );
    const pods: readonly Pod[] = lists.flatMap(answer => expectOk(answer, 'pods').body.items);
    for (const pod of pods) void look(pod);
    const there = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, pod] of held) {
      if (there.has(uid) || busy.has(uid)) continue;
      held.delete(uid);
      await pod.end();
    }
  };
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      // An API server that does not answer is asked again.
      await round().catch(() => undefined);
      await sleep(LOOK_MS);
    }
  };
  const running = loop();
  return {
    kill: (name, container) => {
      const pod = [...held.values()].find(one => one.name === name);
      if (pod === undefined) throw new Error(`no Pod ${name} runs`);
      pod.kill(container);
    },
    log: () => [...held.values()].map(pod => pod.log()).join('\n'),
    stop: async () => {
      stopped = true;
      await running;
      await Promise.all([...held.values()].map(pod => pod.end()));
      held.clear();
    },
  };
}
