import { GateError } from '../errors.ts';

/** Status of a process that ended by an error of ours, or left something open. */
const FAILED = 1;
/** Status of a process that could not begin: usage, configuration, world, cluster, certificate, port. */
const COULD_NOT_START = 2;

/** How a process is asked to stop. */
export interface Stop {
  /** Resolves to the first of these to happen: a signal to stop, or an error that nobody caught. */
  readonly asked: Promise<'signal' | { readonly error: unknown }>;
  /** Aborts where somebody waits for the end: Ctrl-C in a terminal, or a second signal. */
  readonly hurry: AbortSignal;
}

/** Listens for what asks a process to stop, from now on. */
export function listenForStop(events: Pick<NodeJS.EventEmitter, 'on'> = process): Stop {
  const hurry = new AbortController();
  const asked = new Promise<'signal' | { readonly error: unknown }>(resolve => {
    let signals = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      events.on(signal, () => {
        signals += 1;
        if (signal === 'SIGINT' || signals > 1) hurry.abort();
        resolve('signal');
      });
    }
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      events.on(event, (error: unknown) => resolve({ error }));
    }
  });
  return { asked, hurry: hurry.signal };
}

/** Something that runs until it is closed. */
export interface Running {
  close(hurry: AbortSignal): Promise<void>;
}

/** One JSON line on stdout: it runs, and these are its ports. */
export function writeReady(ports: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...ports })}\n`);
}

/** What is used of a process. */
type Process = Pick<NodeJS.EventEmitter, 'on'> & { readonly stderr: { write(text: string): unknown } };

const stackOf = (error: unknown): string => `${error instanceof Error ? error.stack : String(error)}\n`;

/**
 * Starts something and closes it when the process is asked to stop. Resolves to the exit status: 0 after a signal, 1 after an error of ours or
 * where something could not be closed, 2 where it could not start. The reason is on stderr.
 */
export async function runUntilStopped(
  command: string,
  start: (stop: Stop) => Promise<Running>,
  host: Process = process,
): Promise<number> {
  const stop = listenForStop(host);
  let running: Running;
  try {
    running = await start(stop);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    host.stderr.write(`chokepoint ${command}: ${error.code}: ${error.message}\n`);
    return COULD_NOT_START;
  }
  const reason = await stop.asked;
  if (reason !== 'signal') host.stderr.write(stackOf(reason.error));
  try {
    await running.close(stop.hurry);
  } catch (error) {
    host.stderr.write(stackOf(error));
    return FAILED;
  }
  return reason === 'signal' ? 0 : FAILED;
}
