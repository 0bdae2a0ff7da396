import { type Command, Option } from 'commander';
import { PERIMETER_FORMS } from '../app/perimeter/choices.ts';
import { PERIMETER_PHASES } from '../core/gate/types.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { config, context, type End, kubeconfig, output, several } from './options.ts';

/** Adds `perimeter`. Nothing of it is loaded before it is asked for. */
export function addPerimeterCommand(program: Command, io: Io, end: End): void {
  program.commandsGroup('Around the cluster (network teams):');
  const perimeter = program
    .command('perimeter')
    .helpCommand(false)
    .enablePositionalOptions()
    .description('print rules for firewalls, proxies and DNS: MCP through its gateway alone')
    .addOption(new Option('--as <form>', 'what reads the rules').choices(PERIMETER_FORMS))
    .addOption(
      new Option('--phase <phase>', 'log what would be stopped, or stop it (default: that of the document)').choices(
        PERIMETER_PHASES,
      ),
    )
    .addOption(config())
    .action(async ({ as, ...options }: CommandSpecific['perimeter'], command: Command) => {
      if (as === undefined) return command.error("error: required option '--as <form>' not specified");
      const { runPerimeter } = await import('./perimeter.ts');
      end(await runPerimeter({ ...options, as }, io));
    });
  perimeter
    .command('observed')
    .description('list the MCP endpoints in use that logs of proxies, and flow records, tell of')
    .argument('<logs...>', 'access logs of Squid or Envoy, or flow records, a line each; - for standard input')
    .addOption(output(['text', 'json', 'csv']))
    .option('--registry <file>', 'what registry pull saved: hosts of the servers in it are known')
    .addOption(config())
    .addOption(
      new Option(
        '--write <file>',
        'put what was seen into this GatePolicy: approved servers into registry.remotes, services outside into perimeter.mcpHosts',
      ).conflicts('config'),
    )
    .addOption(several('--approve <host>', 'with --write: approve this endpoint of the list, HOST or HOST:PORT'))
    .option('--owner <name>', 'with --approve: who answers for the use of these servers')
    .action(async (files: string[], options: CommandSpecific['perimeterObserved'], command: Command) => {
      if (options.approve !== undefined && options.write === undefined)
        command.error("error: option '--approve' needs '--write'");
      const { runPerimeterObserved } = await import('./perimeter-observed.ts');
      end(await runPerimeterObserved(files, options, io));
    });
  perimeter
    .command('gateway')
    .description('print where the gateway of a cluster is reached, as a GatePolicy has it, and whether that stays')
    .argument('[name]', 'NAMESPACE/NAME of a Gateway, or of a Service of type LoadBalancer (default: the only one)')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(config())
    .action(async (name: string | undefined, options: CommandSpecific['perimeterGateway']) => {
      const { runPerimeterGateway } = await import('./perimeter-gateway.ts');
      end(await runPerimeterGateway(name, options, io));
    });
}
