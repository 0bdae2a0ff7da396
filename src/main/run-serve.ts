import { GateError } from '../errors.ts';
import { type ServeOptions, startServe } from './serve.ts';

/** Status of a process that could not begin: usage, configuration, world, certificate, port. */
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

/**
 * `chokepoint serve`: starts the gate, prints one JSON line on stdout once it answers, and takes it out of service on SIGTERM, or shortly on SIGINT.
 * Resolves to the exit status: 0 after a signal, 1 after an error of ours, 2 where it could not start (with the reason on stderr).
 */
export async function runServe(options: ServeOptions): Promise<number> {
  const { asked, hurry } = listenForStop();
  try {
    const gate = await startServe(options);
    const first = await Promise.race([gate.ready.then(() => 'ready' as const), asked]);
    const { port, healthPort } = gate;
    if (first === 'ready') process.stdout.write(`${JSON.stringify({ ready: true, port, healthPort })}\n`);
    const reason = await asked;
    if (reason !== 'signal')
      process.stderr.write(`${reason.error instanceof Error ? reason.error.stack : String(reason.error)}\n`);
    await gate.close(hurry);
    return reason === 'signal' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    process.stderr.write(`chokepoint serve: ${error.code}: ${error.message}\n`);
    return COULD_NOT_START;
  }
}
