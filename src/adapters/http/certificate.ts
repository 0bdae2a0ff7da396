import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { KeyPair } from '../../app/certificates/types.ts';
import { GateError } from '../../errors.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What is served, and what was wrong with the newest files, if anything. Times are ISO 8601. */
export interface CertificateStatus {
  readonly notAfter: string;
  /** Empty where the newest files are served. */
  readonly lastError: string;
}

/** When the pair's first certificate ends. Throws a GateError for a pair that must not be served: unreadable, mismatched, expired. `files` only name it. */
export function checkKeyPair({ cert, key }: KeyPair, now: Date, files?: CertificateFiles): Date {
  const subject = files ? `the TLS certificate ${files.certFile} with the key ${files.keyFile}` : 'the TLS certificate';
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
    createSecureContext({ cert, key });
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not the one of the certificate');
  } catch (cause) {
    throw new GateError('bad-certificate', `${subject} cannot be used: ${messageOf(cause)}`, { cause });
  }
  if (leaf.validToDate <= now) {
    throw new GateError('bad-certificate', `${subject} ended on ${leaf.validToDate.toISOString()}`);
  }
  return leaf.validToDate;
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Reads both files. Throws a GateError that names the file. */
export function readKeyPair({ certFile, keyFile }: CertificateFiles): KeyPair {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new GateError('bad-certificate', `cannot read ${file}: ${messageOf(cause)}`, { cause });
    }
  };
  return { cert: read(certFile), key: read(keyFile) };
}

export interface CertificateWatch {
  /** Reads the files again and serves them if they are good; a bad pair is refused and the last good one stays. True if it changed. */
  reload(): boolean;
  status(): CertificateStatus;
  stop(): void;
}

export interface CertificateWatchOptions {
  /** Milliseconds between looks at the files. Kubernetes swaps a mounted Secret's folder, so files are polled, not watched. */
  readonly pollMs: number;
  readonly now: () => Date;
  /** Told of each reload, with the error of a refused one. */
  readonly onReload: (status: CertificateStatus) => void;
}

/** Keeps a server's certificate that of its files. Connections that are open keep the one they began with. */
export function watchCertificate(
  server: Pick<Server, 'setSecureContext'>,
  files: CertificateFiles,
  initial: KeyPair,
  { pollMs, now, onReload }: CertificateWatchOptions,
): CertificateWatch {
  let served = initial;
  let status: CertificateStatus = { notAfter: checkKeyPair(initial, now()).toISOString(), lastError: '' };
  const report = (next: CertificateStatus): void => {
    const isNews = next.lastError !== status.lastError || next.notAfter !== status.notAfter;
    status = next;
    if (isNews) onReload(next);
  };
  const reload = (): boolean => {
    try {
      const pair = readKeyPair(files);
      const isSame = pair.cert === served.cert && pair.key === served.key;
      const notAfter = isSame ? status.notAfter : checkKeyPair(pair, now(), files).toISOString();
      if (!isSame) server.setSecureContext({ ...TLS_SETTINGS, ...pair });
      served = pair;
      report({ notAfter, lastError: '' });
      return !isSame;
    } catch (error) {
      report({ ...status, lastError: messageOf(error) });
      return false;
    }
  };
  const timer = setInterval(reload, pollMs);
  timer.unref();
  return { reload, status: () => status, stop: () => clearInterval(timer) };
}

/** Kubernetes' own floor for what calls webhooks. */
export const TLS_SETTINGS = { minVersion: 'TLSv1.2' } as const;
