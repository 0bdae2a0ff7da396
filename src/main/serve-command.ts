import type { CommandSpecific } from '../cli/commands.ts';
import type { Io } from '../cli/io.ts';
import { startServe } from './serve.ts';

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once, as if nobody listened. */
function firstSignal(): Promise<void> {
  return new Promise(resolve => {
    const take = (): void => {
      process.off('SIGTERM', take);
      process.off('SIGINT', take);
      resolve();
    };
    process.on('SIGTERM', take);
    process.on('SIGINT', take);
  });
}

/** `serve`: runs the gate until a signal, then drains it. */
export async function serveUntilSignal(options: CommandSpecific['serve'], io: Io): Promise<number> {
  const { world, ...rest } = options;
  const gate = await startServe({ ...rest, world: [world], workingFolder: io.workingFolder });
  const signal = firstSignal();
  await io.stdout.write(`${JSON.stringify({ ready: true, port: gate.port, healthPort: gate.healthPort })}\n`);
  await signal;
  await gate.close();
  return 0;
}
