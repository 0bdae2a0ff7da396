import { GateError } from '../errors.ts';
import { type ServeOptions, startServe } from './serve.ts';

/** Status of a process that could not begin: usage, configuration, world, certificate, port. */
const COULD_NOT_START = 2;

/** Resolves to the first of these to happen: a signal to stop, or an error that nobody caught. Later signals change nothing: the drain goes on. */
export function untilStopped(): Promise<'signal' | { readonly error: unknown }> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve('signal'));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => resolve({ error }));
    }
  });
}

/**
 * `chokepoint serve`: starts the gate, prints one JSON line on stdout once it answers, and takes it out of service on SIGTERM or SIGINT.
 * Resolves to the exit status: 0 after a signal, 1 after an error of ours, 2 where it could not start (with the reason on stderr).
 */
export async function runServe(options: ServeOptions): Promise<number> {
  const stopped = untilStopped();
  try {
    const gate = await startServe(options);
    const first = await Promise.race([gate.ready.then(() => 'ready' as const), stopped]);
    const { port, healthPort } = gate;
    if (first === 'ready') process.stdout.write(`${JSON.stringify({ ready: true, port, healthPort })}\n`);
    const reason = await stopped;
    if (reason !== 'signal')
      process.stderr.write(`${reason.error instanceof Error ? reason.error.stack : String(reason.error)}\n`);
    await gate.close();
    return reason === 'signal' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    process.stderr.write(`chokepoint serve: ${error.code}: ${error.message}\n`);
    return COULD_NOT_START;
  }
}
