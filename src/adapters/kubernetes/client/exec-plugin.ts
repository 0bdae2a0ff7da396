import { execFile } from 'node:child_process';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { noCredentials, type Secret, type SecretSource } from './credentials.ts';
import { badKubeconfig, listAt, textAt } from './kubeconfig.ts';

/** A credential plugin: a program that prints an ExecCredential (client.authentication.k8s.io). */
interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told to the plugin in KUBERNETES_EXEC_INFO; `undefined` unless it asks for it (provideClusterInfo). */
  readonly cluster: Fields | undefined;
}

const V1 = 'client.authentication.k8s.io/v1';
const V1BETA1 = 'client.authentication.k8s.io/v1beta1';
const PLUGIN_TIMEOUT_MS = 60_000;
/** A credential that ends within this time is not used any more: it could end on its way. */
const EXPIRY_MARGIN_MS = 10_000;

/**
 * The plugin that `exec` of a user describes. Throws a GateError where it is one that kubectl refuses, and for a plugin that always asks the
 * person at the terminal (`interactiveMode: Always`): nobody need be there.
 */
export function readPlugin(exec: Fields, cluster: Fields, env: ExecPlugin['env']): ExecPlugin {
  const apiVersion = textAt(exec, 'apiVersion');
  if (![V1, V1BETA1].includes(apiVersion)) throw badKubeconfig(`"${apiVersion}" is no apiVersion of a plugin (exec)`);
  const command = textAt(exec, 'command');
  if (command === '') throw badKubeconfig('a plugin (exec) has no command');
  const mode = textAt(exec, 'interactiveMode') || (apiVersion === V1BETA1 ? 'IfAvailable' : '');
  if (!['Never', 'IfAvailable'].includes(mode))
    throw badKubeconfig(`"interactiveMode" of a plugin must be Never or IfAvailable, not "${mode}"`);
  const args = own(exec, 'args');
  const added = listAt(exec, 'env').map(variable => [textAt(variable, 'name'), textAt(variable, 'value')] as const);
  return {
    apiVersion,
    command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: { ...env, ...Object.fromEntries(added) },
    cluster: own(exec, 'provideClusterInfo') === true ? cluster : undefined,
  };
}

interface PluginAnswer {
  readonly secret: Secret;
  /** Milliseconds since the epoch; infinite where the plugin names no end. */
  readonly expiresMs: number;
}

function readPluginAnswer(stdout: string, apiVersion: string): PluginAnswer {
  const answer: unknown = JSON.parse(stdout);
  if (!isFields(answer) || textAt(answer, 'apiVersion') !== apiVersion)
    throw new Error(`the plugin printed no ExecCredential of ${apiVersion}`);
  const status = fieldsAt(answer, 'status');
  const token = textAt(status, 'token');
  const cert = textAt(status, 'clientCertificateData');
  const key = textAt(status, 'clientKeyData');
  if ((cert === '') !== (key === '')) throw new Error('the plugin printed a certificate or a key, not both');
  if (token === '' && cert === '') throw new Error('the plugin printed neither a token nor a certificate with its key');
  const expires = Date.parse(textAt(status, 'expirationTimestamp'));
  return {
    secret: { ...(token !== '' && { token }), ...(cert !== '' && { certificate: { cert, key } }) },
    expiresMs: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  };
}

function runPlugin({ apiVersion, command, args, cluster, env }: ExecPlugin): Promise<PluginAnswer> {
  const info = { apiVersion, kind: 'ExecCredential', spec: { ...(cluster && { cluster }), interactive: false } };
  const told = { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { env: told, timeout: PLUGIN_TIMEOUT_MS }, (error, stdout, stderr) => {
      try {
        if (error) throw new Error(`${error.message} ${stderr}`.trim());
        resolve(readPluginAnswer(stdout, apiVersion));
      } catch (cause) {
        reject(noCredentials(`the credential plugin ${command} failed`, cause));
      }
    });
    // A plugin that asks finds the end, not a silence.
    child.stdin?.end();
  });
}

/** Secrets of a plugin, which runs again when they end or are refused, and once for all who wait. `nowMs` is since the epoch. */
export function pluginCredentials(plugin: ExecPlugin, nowMs: () => number): SecretSource {
  let known: Promise<PluginAnswer> | undefined;
  const ask = async (): Promise<PluginAnswer> => {
    known ??= runPlugin(plugin);
    const asked = known;
    try {
      return await asked;
    } catch (error) {
      if (known === asked) known = undefined;
      throw error;
    }
  };
  return {
    current: async () => {
      const answer = await ask();
      if (answer.expiresMs - EXPIRY_MARGIN_MS > nowMs()) return answer.secret;
      known = undefined;
      return (await ask()).secret;
    },
    renew: () => {
      known = undefined;
    },
  };
}
