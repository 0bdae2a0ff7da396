import { boundHeapGrowth } from '../adapters/system/heap-growth.ts';
import { type ControllerOptions, startController } from './controller.ts';
import { runUntilStopped, writeReady } from './run-until-stopped.ts';
import { type ServeOptions, startServe } from './serve.ts';

/** `chokepoint serve`: starts the gate, says so once it can judge, and takes it out of service on SIGTERM, or shortly on SIGINT. Resolves to the exit status. */
export function runServe(options: ServeOptions): Promise<number> {
  return runUntilStopped('serve', async ({ asked }) => {
    boundHeapGrowth();
    const gate = await startServe(options);
    const first = await Promise.race([gate.ready.then(() => 'ready' as const), asked]);
    if (first === 'ready') writeReady({ port: gate.port, healthPort: gate.healthPort });
    return gate;
  });
}

/** `chokepoint controller`: runs until SIGTERM or SIGINT, then finishes what it has begun and gives its lease back. Resolves to the exit status. */
export function runController(options: ControllerOptions): Promise<number> {
  return runUntilStopped('controller', async () => {
    const controller = await startController(options);
    const { healthPort, dashboardPort } = controller;
    writeReady({ healthPort, ...(dashboardPort !== undefined && { dashboardPort }) });
    return controller;
  });
}
