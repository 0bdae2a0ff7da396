import { type Command, InvalidArgumentError, Option } from 'commander';
import { CLIENT_NAMES } from '../app/agents/write/choices.ts';
import { LEVELS, type Level } from '../core/gate/types.ts';
import { type CommandSpecific, REPORT_FORMATS } from './commands.ts';
import type { Io } from './io.ts';
import { allowEmpty, config, type End, exclude, ignoreFile, several } from './options.ts';
import { addReportOptions, inColor } from './report-options.ts';

/** A page is of servers and of who reaches them, and controls are answered by rules about them: of clients there is neither. */
export const CLIENT_FORMATS = REPORT_FORMATS.filter(format => format !== 'html' && !format.startsWith('compliance'));

/** One more `RULE=LEVEL` of the command line. */
function ruleLevel(text: string, before: ReadonlyMap<string, Level> = new Map()): ReadonlyMap<string, Level> {
  const [rule = '', name = ''] = text.split('=');
  const level = LEVELS.find(known => known === name);
  if (level === undefined)
    throw new InvalidArgumentError(`It must be RULE=LEVEL, where LEVEL is one of ${LEVELS.join(', ')}.`);
  return new Map([...before, [rule, level]]);
}

/** A path of an address, absolute and without a query. */
function pathAtGateway(text: string): string {
  if (/^\/[\w./{}~-]*$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be a path that begins with /, in which {name} stands for the name of a server.',
  );
}

/** `agents` and the commands below it. Nothing of them is loaded before one is asked for. */
export function addAgentsCommands(program: Command, io: Io, end: End): void {
  const agents = program
    .command('agents')
    .description('write what clients are told of MCP servers: the approved ones, at the gateway')
    .helpCommand(false)
    .enablePositionalOptions()
    .addOption(new Option('--client <name...>', 'for these clients alone (default: all)').choices(CLIENT_NAMES))
    .option('--output <dir>', 'write files into this folder, one for each client, in place of printing them')
    .addOption(
      new Option('--path <path>', 'of a server at the gateway; without {name} all are at one address')
        .argParser(pathAtGateway)
        .default('/{name}/mcp'),
    )
    .addOption(config())
    .action(async (options: CommandSpecific['agents']) => {
      const { runAgents } = await import('./agents-write.ts');
      end(await runAgents(options, io));
    });
  addReportOptions(agents.command('check'), CLIENT_FORMATS)
    .description('judge the MCP servers that configurations of clients, and Compose files, name')
    .argument('<paths...>', 'files, folders, or - for standard input')
    .addOption(config())
    .option('--registry <file>', 'what registry pull saved: hosts of the servers in it are known')
    .addOption(
      new Option('--level <rule=level>', 'level of a rule: deny, warn or off; may be given more than once').argParser(
        ruleLevel,
      ),
    )
    .addOption(several('--env-file <file>', 'variables of Compose files, in place of those of .env files'))
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .action(async (paths: string[], options: CommandSpecific['agentsCheck']) => {
      const { runAgentsCheck } = await import('./agents-check.ts');
      end(await runAgentsCheck(paths, options, inColor(io, options)));
    });
}
