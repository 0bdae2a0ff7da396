import type { Mains } from '../cli/io.ts';
import { runCommandLine } from '../cli/run.ts';
import { processIo } from './process-io.ts';

/** The commands that put servers together, loaded when they are asked for. */
const MAINS: Mains = {
  serve: async (options, io) => (await import('./serve-command.ts')).serveUntilSignal(options, io),
  demo: async io => (await import('./demo.ts')).runDemo(io),
};

process.exitCode = await runCommandLine(process.argv.slice(2), processIo(process.env), MAINS);
