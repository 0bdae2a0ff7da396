import { readFile, stat } from 'node:fs/promises';
import type { Agent, OutgoingHttpHeaders } from 'node:http';
import { GateError, messageOf } from '../../../errors.ts';

/** How a request says who sends it: by headers, and by the certificate of the connections that the agent makes. */
export interface Identity {
  /** Lower case. None: anonymous, unless a certificate speaks. */
  readonly headers: OutgoingHttpHeaders;
  /** Keeps its connections. Another one stands for another certificate. */
  readonly agent: Agent;
}

/** A source of identities. */
export interface Credentials {
  /** The identity for the next request. Rejects with a GateError where none can be had. */
  current(): Promise<Identity>;
  /** The API server refused the last identity: the next one must be read afresh. */
  renew(): void;
}

/** What proves who one is. Empty: anonymous. */
export interface Secret {
  readonly token?: string;
  /** PEM, always both. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Where secrets come from, which may change at any time. As {@link Credentials} otherwise. */
export interface SecretSource {
  current(): Promise<Secret>;
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

/** The error of credentials that cannot be had. */
export const noCredentials = (what: string, cause: unknown): GateError =>
  new GateError('no-credentials', `${what}: ${messageOf(cause)}`, { cause });

/** Secrets of texts and files. */
export function sourceCredentials(sources: {
  readonly token?: Source | undefined;
  readonly certificate?: { readonly cert: Source; readonly key: Source } | undefined;
}): SecretSource {
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
