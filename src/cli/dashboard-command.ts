import { type Command, Option } from 'commander';
import type { CommandSpecific } from './commands.ts';
import type { Io, Mains } from './io.ts';
import { port } from './option-values.ts';
import { context, type End, gateNamespace, kubeconfig } from './options.ts';

/** Adds `dashboard`. Nothing of it is loaded before it is asked for. */
export function addDashboardCommand(program: Command, io: Io, end: End, mains: Mains): void {
  program
    .command('dashboard')
    .description('show the MCP servers of a live cluster as a page that follows it; nothing is written to it')
    .addOption(kubeconfig())
    .addOption(context())
    .option('--config <file>', "GatePolicy document (default: that of the gate in the cluster, else the folder's)")
    .addOption(gateNamespace())
    .addOption(new Option('--port <number>', 'port on 127.0.0.1; 0 for a free one').argParser(port(0)).default(8484))
    .option('--open', "open the page in this machine's browser")
    .action(async (options: CommandSpecific['dashboard']) => end(await mains.dashboard(options, io)));
}
