import { type Command, Option } from 'commander';
import { NODE_CHOICES } from '../app/probe/plan.ts';
import { type CommandSpecific, INVENTORY_FORMATS } from './commands.ts';
import type { Io } from './io.ts';
import {
  addRenderOptions,
  allowEmpty,
  config,
  context,
  type End,
  exclude,
  gateNamespace,
  ignoreFile,
  kubeconfig,
  namespaceName,
  output,
} from './options.ts';

/** Names behind commas, after those that were given before. */
const names = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').filter(name => name !== ''),
];

/** How it is measured what is enforced. */
const probing = (): readonly Option[] =>
  [
    new Option('--probe', 'in a namespace of its own, which is removed again; asks before'),
    new Option('-y, --yes', 'do not ask'),
    new Option('--image <name>', "image of its Pods: chokepoint's (default: that of the gate, else of this version)"),
    new Option('--nodes <which>', 'one node of each pool, or all; 20 at most').choices(NODE_CHOICES).default('pools'),
    new Option(
      '--servers <which>',
      'compare with packets what is judged of all servers, or of NAMESPACE/NAME,…; 10 at most, by Pods that stand in for them',
    ).argParser(text => names(text)),
    new Option('--print-rights', 'print the rights that it needs, as manifests'),
  ].map(option => option.helpGroup('Measure by packets what is enforced:'));

function addDoctorCommand(program: Command, io: Io, end: End): void {
  const doctor = program.command('doctor');
  for (const option of probing()) doctor.addOption(option);
  doctor
    .description('tell whether a cluster is ready: what enforces policies, ranges, gateways, the webhook, rights')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(config())
    .addOption(gateNamespace())
    .addOption(output(['text', 'json']))
    .option('--no-color', 'no colours on a terminal either; NO_COLOR does the same')
    .action(async (options: CommandSpecific['doctor'], command: Command) => {
      const alone = (['yes', 'image', 'servers', 'printRights'] as const).find(name => options[name] !== undefined);
      if (alone !== undefined && !options.probe) {
        const flag = alone === 'printRights' ? 'print-rights' : alone;
        command.error(`error: option '--${flag}' needs '--probe'`);
      }
      if (options.probe) end(await (await import('./probe.ts')).runProbeCommand(options, io));
      else end(await (await import('./doctor.ts')).runDoctor(options, io));
    });
  addProbePodCommand(program, end);
}

/** What the Pods of a probe run, which nobody else has a use for. */
function addProbePodCommand(program: Command, end: End): void {
  const pod = program.command('probe-pod', { hidden: true }).helpCommand(false);
  pod
    .command('listen')
    .argument('<ports...>', 'ports that are listened on')
    .action(async (ports: string[]) => void (await (await import('./probe-pod.ts')).runProbeTarget(ports)));
  pod
    .command('connect-each')
    .argument('<ends...>', 'addresses and ports that are connected to')
    .action(async (ends: string[]) => end(await (await import('./probe-pod.ts')).runProbeClientOfEach(ends)));
  pod
    .command('connect')
    .argument('<port>', 'port that is connected to', Number)
    .argument('<addresses...>', 'addresses that are connected to')
    .action(async (port: number, addresses: string[]) =>
      end(await (await import('./probe-pod.ts')).runProbeClient(port, addresses)),
    );
}

function addRegistryCommands(program: Command, io: Io, end: End): void {
  const registry = program
    .command('registry')
    .description('save what an MCP registry lists, and approve it')
    .usage('<command>')
    .helpCommand(false);
  registry
    .command('pull')
    .description('save what a registry lists as a file')
    .argument('<url>', 'address of the registry (its API is MCP registry v0.1), https')
    .option('--write <file>', 'the file (default: standard output)')
    .action(async (url: string, options: CommandSpecific['registryPull']) => {
      const { runRegistryPull } = await import('./registry.ts');
      end(await runRegistryPull(url, options, io));
    });
  registry
    .command('entries')
    .description('print what a saved registry lists as the registry of a GatePolicy')
    .argument('<file>', 'what registry pull saved, or a registry file of ToolHive; - for standard input')
    .requiredOption('--owner <name>', 'who answers for these servers')
    .action(async (file: string, options: CommandSpecific['registryEntries']) => {
      const { runRegistryEntries } = await import('./registry.ts');
      end(await runRegistryEntries(file, options, io));
    });
}

function addObserveCommand(program: Command, io: Io, end: End): void {
  addRenderOptions(program.command('observe'))
    .description('hold observed traffic against what would be enforced: what would be cut, what was never used')
    .argument('[paths...]', 'files, folders, or - for standard input; absent: the cluster')
    .requiredOption('--flows <file...>', 'flow records, a line each; - for standard input')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(
      new Option('-n, --namespace <name>', 'namespace of objects that name none (default: "default")').argParser(
        namespaceName,
      ),
    )
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(config())
    .option('--propose', 'print what of a GatePolicy would keep what would be cut, to be reviewed, and nothing else')
    .addOption(output(['text', 'json']))
    .action(async (paths: string[], options: CommandSpecific['observe']) => {
      const { runObserve } = await import('./observe.ts');
      end(await runObserve(paths, options, io));
    });
}

/** What looks through clusters as a whole. */
export function addInventoryCommands(program: Command, io: Io, end: End): void {
  addDoctorCommand(program, io, end);
  addRegistryCommands(program, io, end);
  addObserveCommand(program, io, end);
  addRenderOptions(program.command('inventory'))
    .description('list every MCP server, who reaches it and what it reaches; of files, or of clusters')
    .argument('[paths...]', 'files, folders, or - for standard input; absent: the cluster')
    .addOption(kubeconfig())
    .addOption(
      new Option(
        '--context <names>',
        "contexts of the kubeconfig, behind commas, side by side (default: the file's own)",
      ).argParser(names),
    )
    .addOption(new Option('--all-contexts', 'every context of the kubeconfig').conflicts('context'))
    .addOption(
      new Option(
        '-n, --namespace <name>',
        'servers of this namespace alone; of files, the namespace of objects that name none',
      ).argParser(namespaceName),
    )
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(config())
    .addOption(gateNamespace())
    .option('--diff <file>', 'an inventory saved as JSON: tell what is new, gone, and not as it was')
    .addOption(new Option('-o, --output <format>', 'form of the output').choices(INVENTORY_FORMATS).default('table'))
    .action(async (paths: string[], options: CommandSpecific['inventory']) => {
      const { runInventory } = await import('./inventory.ts');
      end(await runInventory(paths, options, io));
    });
}
