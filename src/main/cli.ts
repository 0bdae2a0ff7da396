#!/usr/bin/env node
import type { Mains } from '../cli/io.ts';
import { runCommandLine } from '../cli/run.ts';
import { processIo } from './process-io.ts';

/** The commands that put servers together, loaded when they are asked for. */
const MAINS: Mains = {
  serve: async ({ world, kubeconfig, context, ...options }, { workingFolder, env, home }) => {
    const { runServe } = await import('./run-serve.ts');
    const cluster = { kubeconfig, context, env, home };
    return runServe({ ...options, world: world === undefined ? cluster : [world], workingFolder });
  },
  controller: async ({ kubeconfig, context, ...options }, { workingFolder, env, home }) => {
    const { runController } = await import('./run-controller.ts');
    return runController({ ...options, cluster: { kubeconfig, context, env, home }, workingFolder });
  },
  demo: async io => (await import('./demo.ts')).runDemo(io),
};

process.exitCode = await runCommandLine(process.argv.slice(2), processIo(process.env), MAINS);
