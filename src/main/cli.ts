#!/usr/bin/env node
import type { Mains } from '../cli/io.ts';
import { runCommandLine } from '../cli/run.ts';
import { processIo } from './process-io.ts';

/** The commands that put servers together, loaded when they are asked for. */
const MAINS: Mains = {
  serve: async ({ world, ...options }, { workingFolder }) => {
    const { runServe } = await import('./run-serve.ts');
    return runServe({ ...options, world: [world], workingFolder });
  },
  demo: async io => (await import('./demo.ts')).runDemo(io),
};

process.exitCode = await runCommandLine(process.argv.slice(2), processIo(process.env), MAINS);
