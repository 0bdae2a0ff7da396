import { type Command, Option } from 'commander';
import type { CommandSpecific } from './commands.ts';
import type { Io, Mains } from './io.ts';
import { port } from './option-values.ts';
import { context, type End, gateNamespace, kubeconfig } from './options.ts';

/** Adds how a controller serves the dashboard. */
export function addServedDashboardOptions(controller: Command): Command {
  return controller
    .addOption(
      new Option(
        '--dashboard-port <number>',
        'serve the dashboard on 127.0.0.1 of this Pod, to who forwards this port; 0 for a free one',
      ).argParser(port(0)),
    )
    .option(
      '--dashboard-name <host>',
      'serve it on --host instead, under this name, to a proxy that authenticates callers',
    )
    .option(
      '--dashboard-proxy-ca <file>',
      'authorities, PEM, of that proxy: who shows no certificate of theirs is refused',
    )
    .option('--dashboard-tls-cert <file>', 'certificate chain, PEM, that it is shown')
    .option('--dashboard-tls-key <file>', 'its private key, PEM');
}

/** What a dashboard behind a proxy needs, all of it: without one of these it is served to nobody. */
const OF_PROXY = ['dashboardName', 'dashboardProxyCa', 'dashboardTlsCert', 'dashboardTlsKey'] as const;

/** Ends with a wrong usage where some of the options are given that only mean something together. */
export function refuseHalfServed(options: CommandSpecific['controller'], command: Command): void {
  const given = OF_PROXY.filter(name => options[name] !== undefined);
  if (given.length > 0 && (given.length < OF_PROXY.length || options.dashboardPort === undefined))
    command.error(
      "error: options '--dashboard-name', '--dashboard-proxy-ca', '--dashboard-tls-cert' and '--dashboard-tls-key' go together, with '--dashboard-port'",
    );
}

/** Adds `dashboard`. Nothing of it is loaded before it is asked for. */
export function addDashboardCommand(program: Command, io: Io, end: End, mains: Mains): void {
  program
    .command('dashboard')
    .description('show the MCP servers of a live cluster as a page that follows it; nothing is written to it')
    .addOption(kubeconfig())
    .addOption(context())
    .option('--config <file>', "GatePolicy document (default: that of the gate in the cluster, else the folder's)")
    .addOption(gateNamespace())
    .option('--record <files...>', 'records of the gate, whose changes are shown with who made them')
    .addOption(new Option('--port <number>', 'port on 127.0.0.1; 0 for a free one').argParser(port(0)).default(8484))
    .option('--open', "open the page in this machine's browser")
    .action(async (options: CommandSpecific['dashboard']) => end(await mains.dashboard(options, io)));
}
