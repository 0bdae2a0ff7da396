import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { delimiter, join } from 'node:path';
import { GateError } from '../../../errors.ts';
import { type Credentials, sourceCredentials } from './credentials.ts';

/** Where the API server is, and how it is spoken to. */
export interface Connection {
  readonly server: URL;
  readonly credentials: Credentials;
  /** Namespace of the context; `default` where it names none. */
  readonly namespace: string;
  /** Name of the context; absent: it is none of a kubeconfig. */
  readonly context?: string;
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

function authorityOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw bad(`the certificate authority cannot be read: ${String(cause)}`, cause);
  }
}

function fromServiceAccount(host: string, choice: ConnectionChoice): Connection {
  const folder = choice.serviceAccount ?? SERVICE_ACCOUNT;
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${choice.env.KUBERNETES_SERVICE_PORT ?? '443'}`;
  if (!URL.canParse(address)) throw bad(`"${address}" is no address of an API server`);
  const token = sourceCredentials({ token: { file: join(folder, 'token') } });
  const agent = new Agent({ keepAlive: true, ca: authorityOf(join(folder, 'ca.crt')) });
  const namespaceFile = join(folder, 'namespace');
  return {
    server: new URL(address),
    credentials: {
      current: async () => ({ headers: { authorization: `Bearer ${(await token.current()).token}` }, agent }),
      renew: token.renew,
    },
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default',
  };
}

async function fromFiles(files: readonly string[], choice: ConnectionChoice): Promise<Connection> {
  const { connectionOf } = await import('./kubeconfig-connection.ts');
  return connectionOf(files, choice);
}

/** The kubeconfig files that a choice leads to; none: there is none, but perhaps a service account. Throws where files are named and not one is there. */
export function kubeconfigFiles({ kubeconfig, env, home }: Pick<ConnectionChoice, 'kubeconfig' | 'env' | 'home'>) {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter(file => file !== '');
  const files = (listed.length > 0 ? listed : [join(home, '.kube', 'config')]).filter(file => existsSync(file));
  if (files.length > 0 || listed.length === 0) return files;
  throw bad(`KUBECONFIG names no file that is there: ${listed.join(', ')}`);
}

/**
 * The connection that is asked for. Rejects with a GateError where there is none, or a file of it cannot be used.
 * What reads kubeconfig files is loaded only for them: a pod needs its token file alone.
 */
export async function chooseConnection(choice: ConnectionChoice): Promise<Connection> {
  const files = kubeconfigFiles(choice);
  if (files.length > 0) return fromFiles(files, choice);
  const host = choice.env.KUBERNETES_SERVICE_HOST;
  if (host !== undefined && host !== '' && choice.context === undefined) return fromServiceAccount(host, choice);
  throw bad('no kubeconfig: give --kubeconfig, set KUBECONFIG, or run in a pod with a service account');
}
