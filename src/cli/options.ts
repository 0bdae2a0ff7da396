import { InvalidArgumentError, Option } from 'commander';

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
