import { runUntilStopped, sayReady } from './run-until-stopped.ts';
import { type ServeOptions, startServe } from './serve.ts';

/** `chokepoint serve`: starts the gate, says so once it can judge, and takes it out of service on SIGTERM, or shortly on SIGINT. Resolves to the exit status. */
export function runServe(options: ServeOptions): Promise<number> {
  return runUntilStopped('serve', async ({ asked }) => {
    const gate = await startServe(options);
    const first = await Promise.race([gate.ready.then(() => 'ready' as const), asked]);
    if (first === 'ready') sayReady({ port: gate.port, healthPort: gate.healthPort });
    return gate;
  });
}
