import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Credentials, pluginCredentials, type Source, sourceCredentials } from './credentials.ts';

/** Where the API server is and how it is spoken to. */
export interface Connection {
  readonly server: URL;
  /** PEM of the authorities that the server's certificate is checked by; `undefined`: those that Node trusts. */
  readonly ca: string | undefined;
  /** Name that the server's certificate must bear; `undefined`: the host of `server`. */
  readonly serverName: string | undefined;
  /** The server's certificate is not checked at all (`insecure-skip-tls-verify`). */
  readonly insecure: boolean;
  readonly credentials: Credentials;
  /** Namespace of the context; `default` where it names none. */
  readonly namespace: string;
}

/** What the connection is chosen by, in kubectl's order: the flag, KUBECONFIG, ~/.kube/config, the pod's own service account. */
export interface ConnectionChoice {
  /** `--kubeconfig` */
  readonly kubeconfig?: string;
  /** `--context`; absent: the file's current-context. */
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Milliseconds since the epoch, for the expiry of plugins' credentials. */
  readonly nowMs: () => number;
  /** Where a pod's service account is mounted; a parameter for tests alone. */
  readonly serviceAccount?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const bad = (message: string, cause?: unknown): GateError => new GateError('bad-kubeconfig', message, { cause });

/** A named entry with the folder that its relative paths start from. */
interface Entry {
  readonly fields: Fields;
  readonly folder: string;
}

interface Kubeconfig {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

const string = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};
const list = (fields: Fields, key: string): readonly Fields[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(isFields) : [];
};

function readFields(file: string): Fields {
  try {
    const value = load(readFileSync(file, 'utf8'));
    if (isFields(value)) return value;
  } catch (cause) {
    throw bad(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  throw bad(`${file} is no kubeconfig`);
}

/** Files as kubectl merges them: of each name, and of current-context, the first stands. */
function readKubeconfig(files: readonly string[]): Kubeconfig {
  const parsed = files.map(file => ({ fields: readFields(file), folder: dirname(resolve(file)) }));
  const named = (key: string, inner: string): ReadonlyMap<string, Entry> => {
    const entries = new Map<string, Entry>();
    for (const { fields, folder } of parsed) {
      for (const item of list(fields, key)) {
        const name = string(item, 'name');
        if (!entries.has(name)) entries.set(name, { fields: fieldsAt(item, inner), folder });
      }
    }
    return entries;
  };
  return {
    currentContext: parsed.map(({ fields }) => string(fields, 'current-context')).find(name => name !== '') ?? '',
    clusters: named('clusters', 'cluster'),
    users: named('users', 'user'),
    contexts: named('contexts', 'context'),
  };
}

/** `<key>-data` in base64, else the file `<key>`. */
function sourceOf({ fields, folder }: Entry, key: string): Source | undefined {
  const data = string(fields, `${key}-data`);
  if (data !== '') return { text: Buffer.from(data, 'base64').toString('utf8') };
  const file = string(fields, key);
  return file === '' ? undefined : { file: resolve(folder, file) };
}

/** Ways to prove who one is that are not supported. To pass over them would be to act as somebody else. */
const UNSUPPORTED = ['auth-provider', 'username', 'as', 'as-groups', 'as-uid', 'as-user-extra'];

function execCredentials(exec: Fields, user: Entry, cluster: Fields, choice: ConnectionChoice): Credentials {
  const command = string(exec, 'command');
  const isRelative = command.includes('/') && !isAbsolute(command);
  const added = list(exec, 'env').map(variable => [string(variable, 'name'), string(variable, 'value')] as const);
  const args = own(exec, 'args');
  const plugin = {
    apiVersion: string(exec, 'apiVersion'),
    command: isRelative ? join(user.folder, command) : command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: { ...choice.env, ...Object.fromEntries(added) },
    cluster: own(exec, 'provideClusterInfo') === true ? cluster : undefined,
  };
  return pluginCredentials(plugin, choice.nowMs);
}

function credentialsOf(user: Entry, cluster: Fields, choice: ConnectionChoice): Credentials {
  const unsupported = UNSUPPORTED.find(key => own(user.fields, key) !== undefined);
  if (unsupported !== undefined)
    throw bad(`"${unsupported}" of a user is not supported: use a plugin (exec) or a token`);
  const exec = own(user.fields, 'exec');
  if (isFields(exec)) return execCredentials(exec, user, cluster, choice);
  const tokenFile = string(user.fields, 'tokenFile');
  const token = string(user.fields, 'token');
  const cert = sourceOf(user, 'client-certificate');
  const key = sourceOf(user, 'client-key');
  if ((cert === undefined) !== (key === undefined)) throw bad('a client certificate and its key go together');
  return sourceCredentials({
    ...(tokenFile !== '' && { token: { file: resolve(user.folder, tokenFile) } }),
    ...(tokenFile === '' && token !== '' && { token: { text: token } }),
    ...(cert && key && { certificate: { cert, key } }),
  });
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['https:', 'http:'].includes(url.protocol)) return url;
  throw bad(`"${text}" is no address of an API server`);
}

function textOf(source: Source | undefined): string | undefined {
  if (source === undefined) return undefined;
  try {
    return 'text' in source ? source.text : readFileSync(source.file, 'utf8');
  } catch (cause) {
    throw bad(`the certificate authority cannot be read: ${String(cause)}`, cause);
  }
}

function fromFiles(files: readonly string[], choice: ConnectionChoice): Connection {
  const config = readKubeconfig(files);
  const contextName = choice.context ?? config.currentContext;
  const context = config.contexts.get(contextName);
  if (context === undefined) throw bad(`no context "${contextName}" in ${files.join(', ')}`);
  const cluster = config.clusters.get(string(context.fields, 'cluster'));
  if (cluster === undefined) throw bad(`the context "${contextName}" names a cluster that is not there`);
  if (string(cluster.fields, 'proxy-url') !== '') throw bad('"proxy-url" is not supported');
  const userName = string(context.fields, 'user');
  const user = userName === '' ? { fields: {}, folder: cluster.folder } : config.users.get(userName);
  if (user === undefined) throw bad(`the context "${contextName}" names a user that is not there`);
  return {
    server: serverUrl(string(cluster.fields, 'server')),
    ca: textOf(sourceOf(cluster, 'certificate-authority')),
    serverName: string(cluster.fields, 'tls-server-name') || undefined,
    insecure: own(cluster.fields, 'insecure-skip-tls-verify') === true,
    credentials: credentialsOf(user, cluster.fields, choice),
    namespace: string(context.fields, 'namespace') || 'default',
  };
}

function fromServiceAccount(host: string, choice: ConnectionChoice): Connection {
  const folder = choice.serviceAccount ?? SERVICE_ACCOUNT;
  const address = host.includes(':') ? `[${host}]` : host;
  const namespaceFile = join(folder, 'namespace');
  return {
    server: serverUrl(`https://${address}:${choice.env.KUBERNETES_SERVICE_PORT ?? '443'}`),
    ca: textOf({ file: join(folder, 'ca.crt') }),
    serverName: undefined,
    insecure: false,
    credentials: sourceCredentials({ token: { file: join(folder, 'token') } }),
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default',
  };
}

/** The connection that is asked for. Throws a GateError where there is none, or a file of it cannot be used. */
export function chooseConnection(choice: ConnectionChoice): Connection {
  if (choice.kubeconfig !== undefined) return fromFiles([choice.kubeconfig], choice);
  const listed = (choice.env.KUBECONFIG ?? '').split(delimiter).filter(file => file !== '');
  const files = (listed.length > 0 ? listed : [join(choice.home, '.kube', 'config')]).filter(file => existsSync(file));
  if (files.length > 0) return fromFiles(files, choice);
  if (listed.length > 0) throw bad(`KUBECONFIG names no file that is there: ${listed.join(', ')}`);
  const host = choice.env.KUBERNETES_SERVICE_HOST;
  if (host !== undefined && host !== '' && choice.context === undefined) return fromServiceAccount(host, choice);
  throw bad('no kubeconfig: give --kubeconfig, set KUBECONFIG, or run in a pod with a service account');
}
