import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { type Fields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';

/** How a request proves who sends it. Empty: anonymous. */
export interface Identity {
  readonly token?: string;
  /** PEM, always both. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** A source of identities. */
export interface Credentials {
  /** The identity for the next request. Rejects with a GateError where none can be had. */
  current(): Promise<Identity>;
  /** The API server refused the last identity: the next one must be read afresh. */
  renew(): void;
}

/** Text that stands in the configuration, or in a file that may be replaced at any time. */
export type Source = { readonly text: string } | { readonly file: string };

/** Reads a source; a file again when its modification time changed, or after `renew`. */
function createReader(source: Source): { readonly read: () => Promise<string>; readonly renew: () => void } {
  if ('text' in source) return { read: async () => source.text, renew: () => undefined };
  let known: { readonly mtimeMs: number; readonly text: string } | undefined;
  return {
    read: async () => {
      const { mtimeMs } = await stat(source.file);
      if (known?.mtimeMs !== mtimeMs) known = { mtimeMs, text: (await readFile(source.file, 'utf8')).trim() };
      return known.text;
    },
    renew: () => {
      known = undefined;
    },
  };
}

const noCredentials = (what: string, cause: unknown): GateError =>
  new GateError('no-credentials', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** Credentials of texts and files. */
export function sourceCredentials(sources: {
  readonly token?: Source;
  readonly certificate?: { readonly cert: Source; readonly key: Source };
}): Credentials {
  const token = sources.token && createReader(sources.token);
  const cert = sources.certificate && createReader(sources.certificate.cert);
  const key = sources.certificate && createReader(sources.certificate.key);
  return {
    current: async () => {
      try {
        return {
          ...(token && { token: await token.read() }),
          ...(cert && key && { certificate: { cert: await cert.read(), key: await key.read() } }),
        };
      } catch (cause) {
        throw noCredentials('the credentials cannot be read', cause);
      }
    },
    renew: () => {
      for (const reader of [token, cert, key]) reader?.renew();
    },
  };
}

/** A credential plugin: a program that prints an ExecCredential (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told to the plugin in KUBERNETES_EXEC_INFO; `undefined` unless it asks for it (provideClusterInfo). */
  readonly cluster: Fields | undefined;
}

const PLUGIN_TIMEOUT_MS = 60_000;
/** A credential that ends within this time is not used any more: it could end on its way. */
const EXPIRY_MARGIN_MS = 10_000;

interface PluginAnswer {
  readonly identity: Identity;
  /** Milliseconds since the epoch; infinite where the plugin names no end. */
  readonly expiresMs: number;
}

const text = (fields: Fields, key: string): string | undefined => {
  const value = own(fields, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function readPluginAnswer(stdout: string): PluginAnswer {
  const answer: unknown = JSON.parse(stdout);
  const status = typeof answer === 'object' && answer !== null ? own(answer as Fields, 'status') : undefined;
  if (typeof status !== 'object' || status === null) throw new Error('the plugin printed no status');
  const fields = status as Fields;
  const token = text(fields, 'token');
  const cert = text(fields, 'clientCertificateData');
  const key = text(fields, 'clientKeyData');
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw new Error('the plugin printed neither a token nor a certificate with its key');
  }
  const expires = Date.parse(text(fields, 'expirationTimestamp') ?? '');
  return {
    identity: {
      ...(token !== undefined && { token }),
      ...(cert !== undefined && key !== undefined && { certificate: { cert, key } }),
    },
    expiresMs: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  };
}

function runPlugin(plugin: ExecPlugin): Promise<PluginAnswer> {
  const { apiVersion, command, args, cluster } = plugin;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...(cluster && { cluster }) } };
  const env = { ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { env, timeout: PLUGIN_TIMEOUT_MS }, (error, stdout, stderr) => {
      try {
        if (error) throw new Error(`${error.message} ${stderr}`.trim());
        resolve(readPluginAnswer(stdout));
      } catch (cause) {
        reject(noCredentials(`the credential plugin ${command} failed`, cause));
      }
    });
  });
}

/** Credentials of a plugin, run again when they end or are refused, and once for all who wait. `nowMs` is since the epoch. */
export function pluginCredentials(plugin: ExecPlugin, nowMs: () => number): Credentials {
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
      if (answer.expiresMs - EXPIRY_MARGIN_MS > nowMs()) return answer.identity;
      known = undefined;
      return (await ask()).identity;
    },
    renew: () => {
      known = undefined;
    },
  };
}
