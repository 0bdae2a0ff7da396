import { type ControllerOptions, startController } from './controller.ts';
import { runUntilStopped, sayReady } from './run-until-stopped.ts';

/** `chokepoint controller`: runs until SIGTERM or SIGINT, then finishes what it has begun and gives its lease back. Resolves to the exit status. */
export function runController(options: ControllerOptions): Promise<number> {
  return runUntilStopped('controller', async () => {
    const controller = await startController(options);
    sayReady({ healthPort: controller.healthPort });
    return controller;
  });
}
