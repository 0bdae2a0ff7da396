import type { Command } from 'commander';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { context, type End, gateNamespace, kubeconfig, output } from './options.ts';

const ROLLOUT_REPORTS = [
  ['status', 'list the namespaces that rollouts name, a line each'],
  ['plan', 'say of each namespace what enforce would do to it today, and what is due'],
] as const;
const ROLLOUT_CHANGES = [
  ['promote', 'raise a namespace to its next stage now'],
  ['pause', 'have the rollout leave a namespace as it is'],
  ['resume', 'have it go on; after a mode was lowered, from its first day'],
] as const;

/** `rollout` and the commands below it. */
export function addRolloutCommands(program: Command, io: Io, end: End): void {
  const rollout = program
    .command('rollout')
    .description('how namespaces come from audit to enforce, and what enforce would do to them')
    .usage('<command>')
    .helpCommand(false);
  const add = (name: string, description: string, argument: string, meaning: string): Command =>
    rollout
      .command(name)
      .argument(argument, meaning)
      .description(description)
      .addOption(kubeconfig())
      .addOption(context())
      .option('--config <file>', "GatePolicy document (default: that of the gate in the cluster, else the folder's)")
      .addOption(gateNamespace());
  for (const [name, description] of ROLLOUT_REPORTS)
    add(name, description, '[namespaces...]', 'names of namespaces; absent: all that rollouts name')
      .addOption(output(name === 'plan' ? ['text', 'json', 'markdown'] : ['text', 'json']))
      .action(async (names: string[], options: CommandSpecific['rolloutReport']) => {
        const { runRolloutReport } = await import('./rollout.ts');
        end(await runRolloutReport(name, names, options, io));
      });
  for (const [name, description] of ROLLOUT_CHANGES) {
    const command = add(name, description, '<namespace>', 'its name');
    if (name === 'promote') command.option('--force', 'to enforce, although something is open');
    command.action(async (namespace: string, options: CommandSpecific['rolloutChange']) => {
      const { runRolloutChange } = await import('./rollout-change.ts');
      end(await runRolloutChange(name, namespace, options, io));
    });
  }
}
