import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { load } from 'js-yaml';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError, messageOf } from '../../../errors.ts';

/** The entries of kubeconfig files that one context leads to. Paths in them are absolute. */
export interface ChosenEntries {
  readonly cluster: Fields;
  /** Empty where the context names no user. */
  readonly user: Fields;
  /** Namespace of the context; `default` where it names none. */
  readonly namespace: string;
  /** What the context, its cluster and its user are called; a user may have no name. */
  readonly names: { readonly context: string; readonly cluster: string; readonly user: string };
}

export const badKubeconfig = (message: string, cause?: unknown): GateError =>
  new GateError('bad-kubeconfig', message, { cause });

/** The text that a field holds; empty where it is absent. Throws a GateError for anything else: kubectl does not take a number for a text either. */
export function textAt(fields: Fields, key: string): string {
  const value = own(fields, key) ?? '';
  if (typeof value === 'string') return value;
  throw badKubeconfig(`"${key}" of the kubeconfig must be a string`);
}

/** The objects that a field lists; none where it is absent or holds something else. */
export function listAt(fields: Fields, key: string): readonly Fields[] {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function readFields(file: string): Fields {
  try {
    const value = load(readFileSync(file, 'utf8'));
    if (isFields(value)) return value;
  } catch (cause) {
    throw badKubeconfig(`${file} cannot be read: ${messageOf(cause)}`, cause);
  }
  throw badKubeconfig(`${file} is no kubeconfig`);
}

/** Fields that are paths, relative to the folder of their file. */
const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

function withAbsolutePaths(entry: Fields, folder: string): Fields {
  const paths = PATHS.filter(key => textAt(entry, key) !== '').map(key => [key, resolve(folder, textAt(entry, key))]);
  const exec = fieldsAt(entry, 'exec');
  const command = textAt(exec, 'command');
  // A command without a separator is looked for on PATH.
  const plugin = command.includes(sep) ? { exec: { ...exec, command: resolve(folder, command) } } : {};
  return { ...entry, ...Object.fromEntries(paths), ...plugin };
}

/** A file and the folder that its relative paths start from. */
interface KubeconfigFile {
  readonly file: string;
  readonly fields: Fields;
}

/** The entry of that name in the first file that has one, as kubectl merges files. Two of a name in one file are an error. */
function entryOf(files: readonly KubeconfigFile[], kind: 'cluster' | 'user' | 'context', name: string) {
  for (const { file, fields } of files) {
    const [entry, second] = listAt(fields, `${kind}s`).filter(item => own(item, 'name') === name);
    if (second !== undefined) throw badKubeconfig(`${file} has two ${kind}s of the name "${name}"`);
    if (entry !== undefined) return withAbsolutePaths(fieldsAt(entry, kind), dirname(resolve(file)));
  }
  return undefined;
}

/** Names of all contexts of the files, each once, in their order. Throws a GateError where a file cannot be read. */
export function contextNames(paths: readonly string[]): readonly string[] {
  const entries = paths.flatMap(file => listAt(readFields(file), 'contexts'));
  return [...new Set(entries.map(entry => textAt(entry, 'name')).filter(name => name !== ''))];
}

/**
 * Reads the files and picks a context; absent: the first current-context that is not empty. Throws a GateError where a file cannot be read,
 * or an entry is not there. What no entry of the context leads to is not looked at.
 */
export function readKubeconfig(paths: readonly string[], contextName: string | undefined): ChosenEntries {
  const files = paths.map(file => ({ file, fields: readFields(file) }));
  const chosen =
    contextName ?? files.map(({ fields }) => textAt(fields, 'current-context')).find(name => name !== '') ?? '';
  const context = entryOf(files, 'context', chosen);
  if (context === undefined) throw badKubeconfig(`no context "${chosen}" in ${paths.join(', ')}`);
  const clusterName = textAt(context, 'cluster');
  const cluster = entryOf(files, 'cluster', clusterName);
  if (cluster === undefined) throw badKubeconfig(`the context "${chosen}" names a cluster that is not there`);
  const userName = textAt(context, 'user');
  const user = userName === '' ? {} : entryOf(files, 'user', userName);
  if (user === undefined) throw badKubeconfig(`the context "${chosen}" names a user that is not there`);
  const names = { context: chosen, cluster: clusterName, user: userName };
  return { cluster, user, namespace: textAt(context, 'namespace') || 'default', names };
}
