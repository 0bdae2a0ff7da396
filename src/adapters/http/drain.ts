import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmissionServer } from './server.ts';

/** How long a drain lets things take, in milliseconds. */
export interface DrainTimes {
  /** Requests are still served, each answer closing its connection, so that API servers move on. */
  readonly delayMs: number;
  /** After that, for what is still being answered. */
  readonly graceMs: number;
}

/** Kubernetes takes seconds to tell everyone that a pod is not ready, and API servers keep their connections until an answer closes them. */
export const DEFAULT_DRAIN: DrainTimes = { delayMs: 12_000, graceMs: 10_000 };

/** Milliseconds for what is still being answered where somebody waits for the end. */
const HURRY_MS = 1_000;

/** Pauses for so long, or until the signal aborts. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);

/** Takes a server out of service and closes it. Once `hurry` aborts, only what is being answered is waited for, for a second at most. */
export async function drain(
  { app, beginDrain }: AdmissionServer,
  { delayMs, graceMs }: DrainTimes,
  hurry: AbortSignal,
): Promise<void> {
  const closed = new AbortController();
  beginDrain();
  await sleep(delayMs, undefined, { signal: hurry }).catch(() => undefined);
  const cut = async (): Promise<void> => {
    await pause(graceMs, AbortSignal.any([hurry, closed.signal]));
    if (hurry.aborted) await pause(Math.min(graceMs, HURRY_MS), closed.signal);
    if (!closed.signal.aborted) app.server.closeAllConnections();
  };
  void cut();
  await app.close();
  closed.abort();
}
