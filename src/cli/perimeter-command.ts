import { type Command, Option } from 'commander';
import { PERIMETER_FORMS } from '../app/perimeter/choices.ts';
import { PERIMETER_PHASES } from '../core/gate/types.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { config, type End } from './options.ts';

/** Adds `perimeter`. Nothing of it is loaded before it is asked for. */
export function addPerimeterCommand(program: Command, io: Io, end: End): void {
  program.commandsGroup('Around the cluster (network teams):');
  program
    .command('perimeter')
    .description('print rules for firewalls, proxies and DNS: MCP through its gateway alone')
    .addOption(new Option('--as <form>', 'what reads the rules').choices(PERIMETER_FORMS).makeOptionMandatory())
    .addOption(
      new Option('--phase <phase>', 'log what would be stopped, or stop it (default: that of the document)').choices(
        PERIMETER_PHASES,
      ),
    )
    .addOption(config())
    .action(async (options: CommandSpecific['perimeter']) => {
      const { runPerimeter } = await import('./perimeter.ts');
      end(await runPerimeter(options, io));
    });
}
