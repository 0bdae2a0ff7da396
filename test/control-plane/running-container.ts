import type { Container, Probe } from './pod-objects.ts';
import type { Program, RunningProgram } from './processes.ts';

/** One container of a Pod: a process that is started again with growing pauses, and what its readiness probe says of it. */
export interface RunningContainer {
  /** Starts what is due, probes what is due. `restarts`: whether an end with this exit text is followed by a new start. */
  readonly look: (restarts: (ended: string) => boolean) => Promise<void>;
  /** As `status.containerStatuses` has it. */
  readonly status: () => ContainerStatus;
  /** How it ended for good; undefined while it runs or is to start again. */
  readonly finished: () => string | undefined;
  readonly isRunning: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly log: () => string;
}

/** core/v1 ContainerStatus, as far as it is told. */
interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: object;
}

/** How a container is started, and where it is probed. */
export interface Launch {
  readonly container: Container;
  readonly podIp: string;
  readonly program: Program;
  readonly run: (program: Program) => RunningProgram;
  readonly firstPauseMs: number;
}

const LONGEST_PAUSE_MS = 30_000;

function probeUrl(container: Container, probe: Probe, podIp: string): string {
  const { httpGet } = probe;
  if (httpGet === undefined || (httpGet.scheme ?? 'HTTP') !== 'HTTP')
    throw new Error(`the pod runner cannot probe by ${JSON.stringify(probe)}`);
  const named = container.ports?.find(({ name }) => name === httpGet.port)?.containerPort;
  return `http://${podIp}:${named ?? httpGet.port}${httpGet.path ?? '/'}`;
}

/** Asks when it is due; ready until so many failures in a row, not ready until one success. Without a probe, ready while it runs. */
function readiness({ container, podIp }: Launch) {
  const probe = container.readinessProbe;
  let ready = false;
  let failures = 0;
  let nextAt = 0;
  return {
    ready: () => ready,
    reset: () => {
      ready = probe === undefined;
      failures = 0;
      nextAt = Date.now() + (probe?.initialDelaySeconds ?? 0) * 1000;
    },
    look: async () => {
      if (probe === undefined || Date.now() < nextAt) return;
      const timeout = AbortSignal.timeout((probe.timeoutSeconds ?? 1) * 1000);
      const url = probeUrl(container, probe, podIp);
      const ok = await fetch(url, { signal: timeout })
        .then(async answer => {
          await answer.text();
          return answer.status < 400;
        })
        .catch(() => false);
      failures = ok ? 0 : failures + 1;
      if (ok) ready = true;
      else if (failures >= (probe.failureThreshold ?? 3)) ready = false;
      nextAt = Date.now() + (probe.periodSeconds ?? 10) * 1000;
    },
  };
}

const exitCode = (ended: string): number => Number(/^exit code (\d+)$/.exec(ended)?.[1] ?? 137);

export function createContainer(launch: Launch): RunningContainer {
  const { container, program, run, firstPauseMs } = launch;
  const probe = readiness(launch);
  let running: RunningProgram | undefined;
  let starts = 0;
  let finished: string | undefined;
  let startAt: number | undefined;

  const isRunning = (): boolean => running !== undefined && running.ended() === undefined;
  const start = (): void => {
    if (running === undefined) running = run(program);
    else running.start();
    starts += 1;
    startAt = undefined;
    probe.reset();
  };
  const state = (): object => {
    const ended = running?.ended();
    if (running === undefined) return { waiting: { reason: 'ContainerCreating' } };
    if (ended === undefined) return { running: {} };
    const terminated = { exitCode: exitCode(ended), reason: exitCode(ended) === 0 ? 'Completed' : 'Error' };
    return finished === undefined ? { waiting: { reason: 'CrashLoopBackOff' } } : { terminated };
  };
  return {
    isRunning,
    finished: () => finished,
    signal: signal => running?.signal(signal),
    log: () => running?.log() ?? '',
    look: async restarts => {
      if (finished !== undefined) return;
      if (running === undefined) return start();
      const ended = running.ended();
      if (ended === undefined) return probe.look();
      if (!restarts(ended)) finished = ended;
      else startAt ??= Date.now() + Math.min(firstPauseMs * 2 ** (starts - 1), LONGEST_PAUSE_MS);
      if (startAt !== undefined && Date.now() >= startAt) start();
    },
    status: () => ({
      name: container.name,
      image: container.image,
      imageID: '',
      ready: isRunning() && probe.ready(),
      started: isRunning(),
      restartCount: Math.max(0, starts - 1),
      state: state(),
    }),
  };
}
