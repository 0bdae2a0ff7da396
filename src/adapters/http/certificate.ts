import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type TlsOptions } from 'node:tls';
import type { KeyPair } from '../../app/certificates/types.ts';
import { GateError, messageOf } from '../../errors.ts';

/** What a server shows, and who may call it. */
export interface ServedTls extends KeyPair {
  /** Authorities, PEM, of which one must have signed a caller's certificate. Absent: a caller needs none. */
  readonly clientCa?: string;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

/** What is served, and what was wrong with the newest files, if anything. Times are ISO 8601. */
export interface CertificateStatus {
  readonly notAfter: string;
  /** Empty where the newest files are served. */
  readonly lastError: string;
}

/** When the pair's first certificate ends. Throws a GateError for a pair that must not be served: unreadable, mismatched, expired. `files` only name it. */
export function checkKeyPair({ cert, key, clientCa }: ServedTls, now: Date, files?: CertificateFiles): Date {
  const subject = files ? `the TLS certificate ${files.certFile} with the key ${files.keyFile}` : 'the TLS certificate';
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
    createSecureContext({ cert, key });
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not the one of the certificate');
  } catch (cause) {
    throw new GateError('bad-certificate', `${subject} cannot be used: ${messageOf(cause)}`, { cause });
  }
  if (clientCa !== undefined) checkAuthorities(clientCa, files?.clientCaFile ?? '');
  if (leaf.validToDate <= now) {
    throw new GateError('bad-certificate', `${subject} ended on ${leaf.validToDate.toISOString()}`);
  }
  return leaf.validToDate;
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Throws a GateError where these are no certificates: Node takes text without any, and then trusts nobody. */
function checkAuthorities(pem: string, file: string): void {
  const subject = `the client authorities ${file} cannot be used`;
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) throw new GateError('bad-certificate', `${subject}: no certificate in it`);
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw new GateError('bad-certificate', `${subject}: ${messageOf(cause)}`, { cause });
  }
}

/** Reads the files. Throws a GateError that names the file. */
export function readKeyPair({ certFile, keyFile, clientCaFile }: CertificateFiles): ServedTls {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new GateError('bad-certificate', `cannot read ${file}: ${messageOf(cause)}`, { cause });
    }
  };
  return {
    cert: read(certFile),
    key: read(keyFile),
    ...(clientCaFile !== undefined && { clientCa: read(clientCaFile) }),
  };
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
  initial: ServedTls,
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
      const isSame = pair.cert === served.cert && pair.key === served.key && pair.clientCa === served.clientCa;
      const notAfter = isSame ? status.notAfter : checkKeyPair(pair, now(), files).toISOString();
      if (!isSame) server.setSecureContext(tlsOptions(pair));
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

/** TLS 1.2 or newer, Kubernetes' own floor for what calls webhooks; without renegotiation, which lets a client have the costly part again and again. */
const TLS_SETTINGS = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;

/** What Node's TLS server takes. */
export function tlsOptions({ cert, key, clientCa }: ServedTls): TlsOptions {
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { ...TLS_SETTINGS, cert, key, ...clients };
}
