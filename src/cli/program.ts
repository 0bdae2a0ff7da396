import { Argument, Command, type Help, Option } from 'commander';
import { RANGE_FORMATS, RANGE_SOURCES, type RangeSource } from '../app/cidrs/choices.ts';

import { DATAPLANES } from '../core/gate/dataplane.ts';
import { ABSENT_POLICIES, MODES } from '../core/gate/types.ts';

import { PROTOCOLS } from '../core/net/ports.ts';
import { DIALECTS } from '../core/remedy/dialect.ts';
import { GUARDRAIL_APIS } from '../core/remedy/guardrail-api.ts';
import type { ACTIONS } from './actions.ts';
import { addAgentsCommands } from './agents-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { type CommandSpecific, VERSION } from './commands.ts';
import { addDashboardCommand, addServedDashboardOptions, refuseHalfServed } from './dashboard-command.ts';
import { AFTER_HELP } from './help-text.ts';
import { addInventoryCommands } from './inventory-commands.ts';
import type { Io, Mains } from './io.ts';
import { addNotifyCommands } from './notify-commands.ts';
import { namedGateway, numberOrName, port, seconds } from './option-values.ts';
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
import { addPerimeterCommand } from './perimeter-command.ts';
import { addReportOptions, inColor, noColor } from './report-options.ts';
import { addRolloutCommands } from './rollout-commands.ts';

/** Nothing of a command is loaded before one is asked for. */
const loadActions = async (): Promise<typeof ACTIONS> => (await import('./actions.ts')).ACTIONS;

const mode = (): Option =>
  new Option('--mode <mode>', 'mode of namespaces without a label, over the document').choices(MODES);
const dataplane = (over: string): Option =>
  new Option('--dataplane <name>', `what enforces the policies, over ${over}`).choices(DATAPLANES);
const modeLimit = (): Option =>
  new Option('--mode-limit <mode>', 'the strictest mode of any namespace, over labels and the document').choices(MODES);
const staleAfter = (): Option =>
  new Option('--stale-after <seconds>', 'age from which the view of the cluster is not judged by')
    .argParser(seconds(10, 600))
    .default(30);
const absentPolicy = (): Option =>
  new Option('--absent-policy <what>', 'what becomes of a server without its policy, over the document').choices(
    ABSENT_POLICIES,
  );
const healthPort = (): Option =>
  new Option('--health-port <number>', 'port of /healthz, /readyz and /metrics; 0 for a free one')
    .argParser(port(0))
    .default(8080);
const namespace = (): Option =>
  new Option('-n, --namespace <name>', 'namespace of objects that name none (default: "default")').argParser(
    namespaceName,
  );
const gateway = (): Option =>
  new Option(
    '--gateway <ns/key=value>',
    'a gateway, by its namespace and labels of its pods; may be given more than once',
  ).argParser(namedGateway);
/** Of `check`: the options of a cluster that is judged with the files. */
const OVER_CLUSTER = 'A cluster, with the files laid over it:';
const paths = (): Argument => new Argument('<paths...>', 'files, folders, or - for standard input');

function addManifestCommands(program: Command, io: Io, end: End): void {
  program.commandsGroup('Judge files (developers, pipelines):');
  addRenderOptions(addReportOptions(program.command('check')))
    .description('judge the MCP servers in manifests')
    .addArgument(paths())
    .addOption(namespace())
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(config())
    .addOption(gateway())
    .addOption(mode())
    .addOption(dataplane('the document'))
    .option('--fix', 'write what a machine can mend into the files first, comments and order kept')
    .option('--dry-run', 'with --fix: print what it would change as a diff, in place of the report, and write nothing')
    .addOption(
      new Option('--with-cluster', 'judge what the cluster holds with the files laid over it: what they bring fails')
        .conflicts(['fix', 'against'])
        .helpGroup(OVER_CLUSTER),
    )
    .addOption(kubeconfig().helpGroup(OVER_CLUSTER))
    .addOption(context().helpGroup(OVER_CLUSTER))
    .action(async (files: string[], options: CommandSpecific['check'], command: Command) => {
      if (options.dryRun && !options.fix) command.error("error: option '--dry-run' needs '--fix'");
      const alone = options.kubeconfig !== undefined ? '--kubeconfig' : options.context && '--context';
      if (alone && !options.withCluster) command.error(`error: option '${alone}' needs '--with-cluster'`);
      const { runCheck } = await loadActions();
      end(await runCheck(files, options, inColor(io, options)));
    });
  addRenderOptions(program.command('reach'))
    .description('which pod or address may connect to which, and by which rule')
    .argument('[paths...]', 'files, folders, or - for standard input; absent: the cluster')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(
      new Option(
        '-n, --namespace <name>',
        'namespace of objects, and of ends, that name none (default: "default"; of a cluster, that of the context)',
      ).argParser(namespaceName),
    )
    .option('--from <end>', 'namespace/name, namespace/Kind/name, or an address; alone: list what it can reach')
    .option('--to <end>', 'the same; alone: list who can reach it')
    .addOption(
      new Option(
        '--port <port>',
        'port of the destination, by number or name (default of a list: all it declares)',
      ).argParser(numberOrName),
    )
    .addOption(
      new Option('--protocol <protocol>', 'protocol (default: that of the named port, else TCP)').choices(PROTOCOLS),
    )
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(dataplane('what policies and the cluster show'))
    .option('--explain', 'of --from, --to and --port: print the rules in the order in which they are met')
    .option('--queries <file>', 'queries as JSON lines; - for standard input')
    .addOption(output(['text', 'json']))
    .action(async (files: string[], options: CommandSpecific['reach']) => {
      const { runReach } = await loadActions();
      end(await runReach(files, options, io));
    });
  addRenderOptions(program.command('generate'))
    .description('print the correct NetworkPolicy for every MCP server that lacks one')
    .addArgument(paths())
    .addOption(new Option('--as <form>', 'form of the output').choices(['yaml', 'helm-values']).default('yaml'))
    .addOption(
      new Option(
        '--dialect <api>',
        'API of the policy beside each, for what NetworkPolicy cannot say: hosts by name (default: that of the dataplane)',
      ).choices([...DIALECTS, 'none']),
    )
    .addOption(
      new Option('--guardrail [api]', 'print one object that no NetworkPolicy can open instead, in this API')
        .choices(GUARDRAIL_APIS)
        .conflicts(['as', 'dialect']),
    )
    .addOption(
      new Option(
        '--flows <file...>',
        'print what would keep the traffic that was observed instead, to be reviewed',
      ).conflicts(['as', 'dialect', 'guardrail']),
    )
    .addOption(
      new Option(
        '--from-operator',
        'print what resources of MCP operators ask for as grants of a GatePolicy instead, to be reviewed',
      ).conflicts(['as', 'dialect', 'guardrail', 'flows']),
    )
    .addOption(namespace())
    .addOption(allowEmpty())
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(config())
    .addOption(gateway())
    .action(async (files: string[], options: CommandSpecific['generate']) => {
      if (options.flows !== undefined) {
        const { runPropose } = await import('./observe.ts');
        return end(await runPropose(files, { ...options, flows: options.flows }, io));
      }
      if (options.fromOperator) {
        const { runFromOperator } = await import('./from-operator.ts');
        return end(await runFromOperator(files, options, io));
      }
      const { runGenerate } = await loadActions();
      end(await runGenerate(files, options, io));
    });
}

function addScanCommand(program: Command, io: Io, end: End): void {
  program.commandsGroup('Judge a cluster (platform teams, auditors):');
  addReportOptions(program.command('scan'))
    .description('judge the MCP servers in a live cluster; nothing is written to it')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(
      new Option('-n, --namespace <name>', 'judge the servers of this namespace alone').argParser(namespaceName),
    )
    .addOption(
      new Option('-A, --all-namespaces', 'judge the servers of all namespaces, as without --namespace').conflicts(
        'namespace',
      ),
    )
    .addOption(config())
    .addOption(gateNamespace())
    .addOption(mode())
    .addOption(dataplane('the document'))
    .action(async (options: CommandSpecific['scan']) => {
      const { runScan } = await loadActions();
      end(await runScan(options, inColor(io, options)));
    });
}

function addInitCommand(program: Command, io: Io, end: End): void {
  program.commandsGroup('Begin (everyone):');
  program
    .command('init')
    .description('write a configuration of what files and a cluster show')
    .argument('[paths...]', 'files and folders to look at, besides the cluster')
    .addOption(kubeconfig())
    .addOption(context())
    .option('--no-cluster', 'look at no cluster')
    .addOption(
      new Option('--cloud <cloud>', 'ask this cloud for the ranges of the cluster as well').choices(
        RANGE_SOURCES.filter(source => source !== 'cluster'),
      ),
    )
    .option('--from-file <file...>', 'answers of the cloud that were saved as JSON, in place of asking')
    .addOption(gateway())
    .option('--write <file>', 'the document', 'chokepoint.yaml')
    .option('--dry-run', 'print the document, and write nothing')
    .action(async (paths: string[], options: CommandSpecific['init'], command: Command) => {
      if (options.fromFile && !options.cloud) command.error("error: option '--from-file' needs '--cloud'");
      const { runInit } = await import('./init.ts');
      end(await runInit(paths, options, io));
    });
}

function addCidrsCommand(program: Command, io: Io, end: End): void {
  program
    .command('cidrs')
    .description("print a cluster's own address ranges")
    .addArgument(new Argument('<source>', 'who tells them: a cloud, or the cluster itself').choices(RANGE_SOURCES))
    .argument('[name]', 'name of the cluster in its cloud (default: that of the context, where its names tell it)')
    .option('--region <name>', 'region of the cluster; of a GKE cluster also a zone')
    .option('--project <name>', 'Google Cloud project of the cluster')
    .option('--resource-group <name>', 'Azure resource group of the cluster')
    .option('--subscription <name>', 'Azure subscription of the cluster')
    .addOption(kubeconfig())
    .addOption(context())
    .option('--from-file <file...>', 'answers that were saved as JSON, in place of asking; - for standard input')
    .option('--print-commands', 'print what would be run, and the rights that it needs')
    .addOption(new Option('-o, --output <format>', 'form of the output').choices(RANGE_FORMATS).default('yaml'))
    .option(
      '--write <file>',
      'put what a GatePolicy document lacks into it, comments kept; a new one where there is none',
    )
    .option('--check [file]', 'end with 1 where a GatePolicy document has drifted (default: chokepoint.yaml)')
    .option('--config <file>', 'the document that --check looks at, named as elsewhere')
    .action(async (source: RangeSource, name: string | undefined, options: CommandSpecific['cidrs']) => {
      const { runCidrs } = await import('./cidrs.ts');
      end(await runCidrs(source, name, options, io));
    });
}

function addLearningCommands(program: Command, io: Io, end: End, mains: Mains): void {
  program.commandsGroup('Learn:');
  addRenderOptions(program.command('demo'))
    .description('run the webhook on bundled clusters, or on your own files, and show what it answers')
    .argument('[paths...]', 'files, folders, or - for standard input; absent: the bundled clusters')
    .addOption(exclude())
    .addOption(ignoreFile())
    .addOption(config())
    .addOption(noColor())
    .action(async (files: string[], options: CommandSpecific['demo']) =>
      end(await mains.demo(files, options, inColor(io, options))),
    );
  program
    .command('explain')
    .description('what a rule finds, why it matters, and how to set it')
    .argument('[rule]', 'id of the rule; absent: the list of all rules')
    .addOption(noColor())
    .action(async (rule: string | undefined, options: CommandSpecific['explain']) => {
      const { runExplain } = await loadActions();
      end(await runExplain(rule, inColor(io, options)));
    });
  program
    .command('rules')
    .description('list the rules with their levels')
    .addOption(output(['text', 'json']))
    .action(async (options: CommandSpecific['rules']) => {
      const { runRules } = await loadActions();
      end(await runRules(options, io));
    });
}

function addServerCommands(program: Command, io: Io, end: End, mains: Mains): void {
  program.commandsGroup('Run the gate (platform teams):');
  program
    .command('serve')
    .description('run the admission webhook over HTTPS')
    .addOption(
      new Option('--world <dir>', 'folder of manifests that stands for the cluster').conflicts([
        'kubeconfig',
        'context',
        'staleAfter',
      ]),
    )
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(staleAfter())
    .option('--controller-user <name>', 'user of our own controller: system:serviceaccount:NAMESPACE:NAME')
    .option(
      '--enforced-namespaces <file>',
      'namespaces that enforced, as the controller keeps them: made anew, they must',
    )
    .addOption(config())
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(new Option('--port <number>', 'port of the webhook; 0 for a free one').argParser(port(0)).default(8443))
    .addOption(healthPort())
    .option('--tls-cert <file>', 'certificate chain, PEM (default: one made for development)')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--client-ca <file>', 'authorities of callers, PEM: who shows no certificate of theirs is refused')
    .option('--record <file>', 'append each decision to this file before it is answered')
    .addOption(
      new Option(
        '--record-fsync <when>',
        'group: the disk must have a line before the answer; none: whenever the system writes it',
      )
        .choices(['none', 'group'])
        .default('none'),
    )
    .option('--record-key <file>', 'Ed25519 private key, PEM: signs the end of the record every minute, and at the end')
    .option('--record-required', 'answer 503 to what cannot be put on record')
    .addOption(absentPolicy())
    .addOption(mode())
    .addOption(modeLimit())
    .action(async (options: CommandSpecific['serve'], command: Command) => {
      const alone = options.recordRequired ? '--record-required' : options.recordKey && '--record-key';
      if (alone && options.record === undefined) command.error(`error: option '${alone}' needs '--record'`);
      end(await mains.serve(options, io));
    });
  const controller = program
    .command('controller')
    .description('create the policies that are absent, and let held Pods go once they are closed')
    .addOption(kubeconfig())
    .addOption(context())
    .addOption(staleAfter())
    .option('-n, --namespace <name>', 'namespace of the lease that one controller holds (default: that of the context)')
    .addOption(config())
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(healthPort())
    .option('--manage-certificates', "make and renew the webhook's certificates, and have the API server trust them")
    .addOption(
      new Option(
        '--reports <api>',
        'keep a report in each namespace with servers; auto: in the API that is served',
      ).choices(['auto', 'openreports', 'wgpolicy']),
    )
    .option('--record <file>', 'append what it sees, and no review tells of, to this file')
    .option(
      '--record-key <file>',
      'Ed25519 private key, PEM: signs the end of that record every minute, and at the end',
    )
    .option(
      '--webhook-token <file>',
      'token (audience chokepoint-record) by which it asks the webhook what is on record, and tells what is not',
    )
    .option('--webhook-ca <files...>', 'authorities, PEM, of what the webhook serves: of the files that are there')
    .option('--unreviewed-namespaces <names...>', 'namespaces of others that the webhook is not asked about');
  addServedDashboardOptions(controller)
    .addOption(absentPolicy())
    .addOption(mode())
    .addOption(modeLimit())
    .action(async (options: CommandSpecific['controller'], command: Command) => {
      if (options.recordKey && !options.record) command.error("error: option '--record-key' needs '--record'");
      if ((options.webhookToken === undefined) !== (options.webhookCa === undefined))
        command.error("error: options '--webhook-token' and '--webhook-ca' go together");
      refuseHalfServed(options, command);
      end(await mains.controller(options, io));
    });
  program
    .command('recorder')
    .description('ship the record that serve keeps, to files, collectors, OpenTelemetry, S3, and notify of it')
    .requiredOption('--record <file>', 'the record, as it is given to serve')
    .requiredOption('--config <file>', 'RecorderConfig document: where the lines go, and who is told')
    .option(
      '--hand-over',
      'the controller that leads notifies for all recorders; this one does where none asks for a minute',
    )
    .option('--send-at-end', 'send notifications that wait when it is stopped: for a record that goes with its Pod')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(healthPort())
    .action(async (options: CommandSpecific['recorder']) => end(await mains.recorder(options, io)));
  addNotifyCommands(program, io, end);
}

function addOtherCommands(program: Command, io: Io, end: End): void {
  program.commandsGroup('Other:').helpCommand('help [command]', 'print the help of a command');
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await loadActions();
      await io.stdout.write(completionScript(shell, program));
      end(0);
    });
  program
    .command('version')
    .description('print the version')
    .action(async () => {
      await io.stdout.write(`${VERSION}\n`);
      end(0);
    });
}

/** Widest and narrowest help, in columns. */
const HELP_WIDTH = { most: 100, least: 40 } as const;

/** Paragraphs at this width; lines that are indented are examples and lists, and stay as they are. */
function wrapHelp(text: string, width: number, help: Help): string {
  const paragraphs = text.split('\n\n').map(paragraph => {
    const isText = !/^ {2}/m.test(paragraph);
    return isText ? help.boxWrap(paragraph.replaceAll('\n', ' ').trim(), width) : paragraph;
  });
  return paragraphs.join('\n\n');
}

/** A command, and all that stand below it. */
export const allCommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(allCommands),
];

/** The words that a command is called by; of the program itself none. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${pathOf(parent)} ${command.name()}`.trim();
}

/** In the order of the help, with the commands that can be asked for without the others. */
const GROUPS: readonly {
  readonly commands: readonly string[];
  readonly add: (program: Command, io: Io, end: End, mains: Mains) => void;
}[] = [
  { commands: [], add: addInitCommand },
  { commands: ['check', 'reach', 'generate'], add: addManifestCommands },
  { commands: ['scan'], add: addScanCommand },
  { commands: [], add: addDashboardCommand },
  { commands: [], add: addAuditCommands },
  { commands: [], add: addCidrsCommand },
  { commands: [], add: addInventoryCommands },
  { commands: [], add: addRolloutCommands },
  { commands: ['serve', 'controller'], add: addServerCommands },
  { commands: [], add: addPerimeterCommand },
  { commands: [], add: addAgentsCommands },
  { commands: ['demo', 'explain', 'rules'], add: addLearningCommands },
  { commands: [], add: addOtherCommands },
];

/**
 * The command line: what there is to say, and which command says it. `asked` is the first word: where it names a command, that is put together, and not
 * all of them, which takes a start 2 ms.
 */
export function createProgram(io: Io, mains: Mains, end: End, asked = ''): Command {
  const program = new Command('chokepoint')
    .description('Keeps every MCP server in a Kubernetes cluster behind its gateway.')
    .version(VERSION, '-V, --version', 'print the version')
    .enablePositionalOptions();
  const groups = GROUPS.filter(({ commands }) => commands.includes(asked));
  for (const { add } of groups.length > 0 ? groups : GROUPS) add(program, io, end, mains);
  const helpWidth = Math.max(HELP_WIDTH.least, Math.min(HELP_WIDTH.most, io.columns ?? HELP_WIDTH.most));
  for (const command of allCommands(program)) {
    command.helpOption('-h, --help', 'print this help').configureHelp({ helpWidth });
    const name = pathOf(command);
    command.showHelpAfterError(`Usage: chokepoint${name === '' ? '' : ` ${name}`} ${command.usage()}`);
    const text = AFTER_HELP.get(name);
    if (text !== undefined) command.addHelpText('after', () => wrapHelp(text, helpWidth, command.createHelp()));
  }
  return program;
}
