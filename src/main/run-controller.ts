import { GateError } from '../errors.ts';
import { type ControllerOptions, startController } from './controller.ts';
import { listenForStop } from './run-serve.ts';

/** Status of a process that could not begin: usage, configuration, cluster, port. */
const COULD_NOT_START = 2;

/**
 * `chokepoint controller`: runs until SIGTERM or SIGINT, then finishes what it has begun and gives its lease back.
 * Resolves to the exit status: 0 after a signal, 1 after an error of ours, 2 where it could not start (with the reason on stderr).
 */
export async function runController(options: ControllerOptions): Promise<number> {
  const { asked } = listenForStop();
  try {
    const controller = await startController(options);
    process.stdout.write(`${JSON.stringify({ ready: true, healthPort: controller.healthPort })}\n`);
    const reason = await asked;
    if (reason !== 'signal')
      process.stderr.write(`${reason.error instanceof Error ? reason.error.stack : String(reason.error)}\n`);
    await controller.close();
    return reason === 'signal' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    process.stderr.write(`chokepoint controller: ${error.code}: ${error.message}\n`);
    return COULD_NOT_START;
  }
}
