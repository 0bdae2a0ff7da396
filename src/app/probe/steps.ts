import { GateError } from '../../errors.ts';
import { pause, type Time } from '../time.ts';
import { ROUND_MS, ROUNDS } from './attempts.ts';
import type { Made, ProbeCluster, ProbePod } from './cluster.ts';
import { LIFE_SECONDS, ownerJob, PROBE_PREFIX, type ProbeObject, probeNamespace } from './objects.ts';
import type { ProbedNode } from './plan.ts';

/** Steps that every probe is made of. */

/** What a run of a probe goes by. */
export interface ProbeRun {
  readonly cluster: ProbeCluster;
  readonly time: Time;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Aborts where whoever asked wants no answer any more: what was made is removed all the same. */
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly nodes: readonly ProbedNode[];
  readonly image: string;
}

/** Milliseconds for a Pod to start, its image to be pulled included. */
export const START_MS = 120_000;
/** Milliseconds for clients to start and to make all their attempts. */
export const CLIENTS_MS = START_MS + 2 * ROUNDS * ROUND_MS;
/** Milliseconds for the account that Pods of a new namespace bear to be made. */
const ACCOUNT_MS = 15_000;
const POLL_MS = 500;

const RIGHTS = 'chokepoint doctor --probe --print-rights prints all that are needed';

/**
 * Creates an object and returns what was made; an empty uid where the run was interrupted before the namespace had the account that Pods bear. Throws a GateError where
 * the cluster does not take it.
 */
export async function create(
  { cluster, time, signal }: ProbeRun,
  namespace: string,
  object: ProbeObject,
): Promise<Made> {
  const endMs = time.nowMs() + ACCOUNT_MS;
  for (;;) {
    const created = await cluster.create(namespace, object);
    if (created.kind === 'done') return created;
    const { status, message } = created;
    // The controllers make the account a moment after the namespace.
    const isEarly = /serviceaccount "?default"? not found|error looking up service account/.test(message);
    if (isEarly && signal.aborted) return { uid: '', addresses: [] };
    if (!isEarly || time.nowMs() > endMs) {
      const right = status === 403 ? `; ${RIGHTS}` : '';
      throw new GateError(
        'unexpected-answer',
        `the cluster does not take the ${object.kind} ${object.metadata.name} of the probe: ${message || `status ${status}`}${right}`,
      );
    }
    await pause(time, POLL_MS, signal);
  }
}

/** Waits until each of these Pods is as wanted, is stuck, or the time is over. Returns them as they stand then. */
export async function untilEach(
  { cluster, time, signal }: ProbeRun,
  namespace: string,
  names: readonly string[],
  isThere: (pod: ProbePod) => boolean,
  limitMs: number,
): Promise<ReadonlyMap<string, ProbePod>> {
  const endMs = time.nowMs() + limitMs;
  for (;;) {
    const all = await cluster.pods(namespace);
    const pods = new Map(all.map(pod => [pod.name, pod]));
    const isSettled = (name: string): boolean => {
      const pod = pods.get(name);
      return pod !== undefined && (isThere(pod) || pod.isStuck || pod.state === 'ended');
    };
    if (names.every(isSettled) || signal.aborted || time.nowMs() > endMs) return pods;
    await pause(time, POLL_MS, signal);
  }
}

/** Removes what earlier probes left that were killed. Those that may still run stay. */
export async function removeLeftovers({ cluster, wallMs }: ProbeRun): Promise<void> {
  for (const { name, endsMs } of await cluster.namespaces())
    if (!(endsMs > wallMs())) await cluster.removeNamespace(name);
}

/** A name that no other probe has, which the names of its namespaces are, or begin with. */
export const probeName = ({ time }: ProbeRun): string =>
  `${PROBE_PREFIX}${Math.floor(time.random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0')}`;

/** Makes a namespace of the probe, with what owns all else in it. Returns the uid of that. Throws a GateError where the cluster does not take it. */
export async function createNamespace(
  run: ProbeRun,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  await create(run, '', probeNamespace(name, run.wallMs() + LIFE_SECONDS * 1000, labels));
  return (await create(run, name, ownerJob(run.image))).uid;
}

/** What keeps a Pod from what is awaited of it. */
export const troubleOf = (pod: ProbePod | undefined, late: string): string =>
  pod === undefined || pod.trouble === '' ? late : pod.trouble;

/** Whether it can be connected to. */
export const isUp = ({ state, addresses }: ProbePod): boolean => state === 'running' && addresses.length > 0;
export const hasEnded = ({ state }: ProbePod): boolean => state === 'ended';
