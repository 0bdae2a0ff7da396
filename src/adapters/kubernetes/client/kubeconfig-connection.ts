import { readFileSync } from 'node:fs';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { createSigner, type Signing } from './client-node.ts';
import type { Connection, ConnectionChoice } from './connection.ts';
import { type SecretSource, type Source, sourceCredentials } from './credentials.ts';
import { pluginCredentials, readPlugin } from './exec-plugin.ts';
import { impersonationHeaders } from './impersonation.ts';
import { badKubeconfig, type ChosenEntries, listAt, readKubeconfig, textAt } from './kubeconfig.ts';
import { proxyOf } from './proxy.ts';

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['https:', 'http:'].includes(url.protocol)) return url;
  throw badKubeconfig(`"${text}" is no address of an API server`);
}

/** `<key>-data` in base64, or the file `<key>`; both are an error, as they are for kubectl. */
function sourceOf(entry: Fields, key: string): Source | undefined {
  const data = textAt(entry, `${key}-data`);
  const file = textAt(entry, key);
  if (data !== '' && file !== '') throw badKubeconfig(`"${key}" and "${key}-data" do not go together`);
  if (data !== '') return { text: Buffer.from(data, 'base64').toString('utf8') };
  return file === '' ? undefined : { file };
}

function authorityOf(cluster: Fields): string | undefined {
  const source = sourceOf(cluster, 'certificate-authority');
  if (source === undefined || 'text' in source) return source?.text;
  try {
    return readFileSync(source.file, 'utf8');
  } catch (cause) {
    throw badKubeconfig(`the certificate authority cannot be read: ${String(cause)}`, cause);
  }
}

/** What a plugin that asks for it is told of the cluster (`spec.cluster` of an ExecCredential): the authority as data, never as a path. */
function clusterInfo(cluster: Fields, ca: string | undefined): Fields {
  const told = Object.fromEntries(
    ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'proxy-url', 'disable-compression']
      .map(key => [key, own(cluster, key)] as const)
      .filter(([, value]) => value !== undefined),
  );
  const extension = listAt(cluster, 'extensions').find(
    item => own(item, 'name') === 'client.authentication.k8s.io/exec',
  );
  return {
    ...told,
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(extension && { config: own(extension, 'extension') }),
  };
}

/** Throws a GateError for what is there and no object: to pass over it would be to act as nobody. */
function objectAt(user: Fields, key: string): Fields | undefined {
  const value = own(user, key);
  if (value === undefined || isFields(value)) return value;
  throw badKubeconfig(`"${key}" of a user must be an object`);
}

function basicOf(user: Fields): Signing['basic'] {
  const [username, password] = [textAt(user, 'username'), textAt(user, 'password')];
  if (username === '' && password !== '') throw badKubeconfig('a password needs a username');
  return username === '' ? undefined : { username, password };
}

function oidcOf(user: Fields): Signing['oidc'] {
  const provider = objectAt(user, 'auth-provider');
  if (provider === undefined) return undefined;
  const name = textAt(provider, 'name');
  if (name !== 'oidc') throw badKubeconfig(`the auth-provider "${name}" is not supported: use a plugin (exec)`);
  return fieldsAt(provider, 'config');
}

function certificateOf(user: Fields): { readonly cert: Source; readonly key: Source } | undefined {
  const [cert, key] = [sourceOf(user, 'client-certificate'), sourceOf(user, 'client-key')];
  if (cert && key) return { cert, key };
  if (cert || key) throw badKubeconfig('a client certificate and its key go together');
  return undefined;
}

type Proof = Pick<Signing, 'secrets' | 'basic' | 'oidc'>;

/** Whatever is written down goes before a plugin, which then does not run. */
function proofOf(user: Fields, cluster: Fields, ca: string | undefined, choice: ConnectionChoice): Proof {
  const token = textAt(user, 'token');
  const tokenFile = textAt(user, 'tokenFile');
  const certificate = certificateOf(user);
  const basic = basicOf(user);
  const oidc = oidcOf(user);
  if (token !== '' && basic) throw badKubeconfig('a token and a username do not go together');
  const exec = objectAt(user, 'exec');
  if (exec && oidc) throw badKubeconfig('a plugin (exec) and an auth-provider do not go together');
  const plugin = exec ? readPlugin(exec, clusterInfo(cluster, ca), choice.env) : undefined;
  const isWritten = token !== '' || tokenFile !== '' || certificate !== undefined || basic !== undefined;
  const written = tokenFile === '' ? token !== '' && { token: { text: token } } : { token: { file: tokenFile } };
  const secrets: SecretSource =
    plugin && !isWritten ? pluginCredentials(plugin, choice.nowMs) : sourceCredentials({ ...written, certificate });
  return { secrets, basic, oidc: token === '' && tokenFile === '' && !basic ? oidc : undefined };
}

/** Over plain HTTP nobody proves who they are, as with kubectl: who reads along would have the proof. */
const NO_PROOF: Proof = { secrets: sourceCredentials({}), basic: undefined, oidc: undefined };

function signingOf({ cluster, user }: ChosenEntries, choice: ConnectionChoice): Signing {
  const server = serverUrl(textAt(cluster, 'server'));
  const isInsecure = own(cluster, 'insecure-skip-tls-verify') === true;
  const ca = authorityOf(cluster);
  const proof = proofOf(user, cluster, ca, choice);
  const isTls = server.protocol === 'https:';
  if (isTls && isInsecure && ca !== undefined)
    throw badKubeconfig('"insecure-skip-tls-verify" and an authority do not go together');
  return {
    server,
    ca,
    isInsecure,
    serverName: textAt(cluster, 'tls-server-name'),
    proxy: proxyOf(server, textAt(cluster, 'proxy-url'), choice.env),
    impersonation: impersonationHeaders(user),
    ...(isTls ? proof : NO_PROOF),
  };
}

/** The connection that these kubeconfig files describe. Throws a GateError for whatever is not kept to the letter. */
export function connectionOf(files: readonly string[], choice: ConnectionChoice): Connection {
  const entries = readKubeconfig(files, choice.context);
  const signing = signingOf(entries, choice);
  const { namespace, names } = entries;
  return { server: signing.server, credentials: createSigner(signing), namespace, context: names.context };
}
