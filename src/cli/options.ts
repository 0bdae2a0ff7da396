import { type Command, InvalidArgumentError, Option } from 'commander';
import { GATE_NAMESPACE } from '../app/gate-namespace.ts';

/** Takes the status that a command ends with. */
export type End = (status: number) => void;

export const kubeconfig = (): Option =>
  new Option('--kubeconfig <file>', 'how the cluster is reached (default: KUBECONFIG, ~/.kube/config, the pod itself)');
export const context = (): Option =>
  new Option('--context <name>', "context of the kubeconfig (default: the file's own)");
export const output = (choices: readonly string[]): Option =>
  new Option('-o, --output <format>', 'format of the output').choices(choices).default('text');

/** The name of a namespace: a DNS label (RFC 1123). */
export function namespaceName(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a namespace: lower case letters, digits and dashes.');
}

export const config = (): Option =>
  new Option(
    '--config <file>',
    'GatePolicy document (default: chokepoint.yaml in the working folder, else the built-in preset)',
  );
export const allowEmpty = (): Option =>
  new Option('--allow-empty', 'pass an input that holds nothing to judge, which is an error otherwise');
export const exclude = (): Option =>
  new Option(
    '--exclude <glob>',
    "leave out files and folders, by a pattern of gitignore's; may be given more than once",
  ).argParser((glob: string, before: readonly string[] = []): readonly string[] => [...before, glob]);
export const ignoreFile = (): Option =>
  new Option('--no-ignore-file', 'read what a .chokepointignore would leave out as well');
/** An option that may be given more than once. */
export const several = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be given more than once`).argParser(
    (text: string, before: readonly string[] = []) => [...before, text],
  );

/** As {@link several}, of these values alone. */
export function severalOf(flags: string, description: string, values: readonly string[]): Option {
  return several(flags, description)
    .choices(values)
    .argParser((text: string, before: readonly string[] = []) => {
      if (!values.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${values.join(', ')}.`);
      return [...before, text];
    });
}

/** How kustomizations and charts are built. */
const rendering = (): readonly Option[] =>
  [
    new Option('--no-render', 'read the files of kustomizations and charts as they stand, without building them'),
    new Option('--allow-remote', 'let kustomizations load what they name over the network'),
    several('--values <file>', 'values that charts are rendered with'),
    several('--set <key=value>', 'one such value'),
    new Option('--release <name>', 'name of the release that charts are rendered for'),
    several('--api-versions <version>', 'API version of the cluster that charts are rendered for'),
  ].map(option => option.helpGroup('Kustomizations and charts:'));

/** Adds how kustomizations and charts are built. */
export function addRenderOptions(command: Command): Command {
  for (const option of rendering()) command.addOption(option);
  return command;
}

export const gateNamespace = (): Option =>
  new Option('--gate-namespace <name>', 'namespace that the gate is installed in')
    .argParser(namespaceName)
    .default(GATE_NAMESPACE);
