import type { Command } from 'commander';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { type End, output } from './options.ts';

/** `notify` and the commands below it. */
export function addNotifyCommands(program: Command, io: Io, end: End): void {
  const notify = program
    .command('notify')
    .description('try who is told of what the record says, and list what could not be told')
    .usage('<command>')
    .helpCommand(false);
  notify
    .command('test')
    .description('send one real message to a receiver, and print what it answered')
    .argument('<receiver>', 'its name in the configuration')
    .requiredOption('--config <file>', 'RecorderConfig document, as it is given to the recorder')
    .action(async (name: string, options: CommandSpecific['notifyTest']) => {
      const { runNotifyTest } = await import('./notify-test.ts');
      end(await runNotifyTest(name, options, io));
    });
  notify
    .command('dead')
    .description('list the messages that were given up')
    .requiredOption('--record <file>', 'the record, as it is given to the recorder')
    .option('--send-again', 'have the recorder try them again')
    .addOption(output(['text', 'json']))
    .action(async (options: CommandSpecific['notifyDead']) => {
      const { runNotifyDead } = await import('./notify-dead.ts');
      end(await runNotifyDead(options, io));
    });
}
