import type { Server } from 'node:https';
import { createSelfSigned } from '../adapters/certificates/make.ts';
import {
  type CertificateStatus,
  checkKeyPair,
  readKeyPair,
  type ServedTls,
  watchCertificate,
} from '../adapters/http/certificate.ts';
import { GateError } from '../errors.ts';

/** The certificate that is served: of files that are looked at again, or one made for development. */
export interface ServedCertificate {
  readonly pair: ServedTls;
  /** PEM; `undefined` where files were given. */
  readonly developmentCertificate: string | undefined;
  status(): CertificateStatus;
  /** Returns what stops the watch. */
  watch(
    server: Pick<Server, 'setSecureContext'>,
    pollMs: number,
    onReload: (status: CertificateStatus) => void,
  ): () => void;
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];

function developmentPair(names: readonly string[], now: Date): ServedCertificate {
  const pair = createSelfSigned([...LOCAL_NAMES, ...names], now);
  const status = { notAfter: checkKeyPair(pair, now).toISOString(), lastError: '' };
  return { pair, developmentCertificate: pair.cert, status: () => status, watch: () => () => undefined };
}

/** Throws a GateError where the files cannot be served, or only some of those that go together are given. */
export function serveCertificate(options: {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly clientCa?: string | undefined;
  readonly tlsNames?: readonly string[];
}): ServedCertificate {
  const { tlsCert: certFile, tlsKey: keyFile, clientCa: clientCaFile, tlsNames = [] } = options;
  if (certFile === undefined && keyFile === undefined && clientCaFile === undefined)
    return developmentPair(tlsNames, new Date());
  if (certFile === undefined || keyFile === undefined) {
    throw new GateError('bad-certificate', '--tls-cert and --tls-key go together, and --client-ca with both');
  }
  const files = { certFile, keyFile, ...(clientCaFile !== undefined && { clientCaFile }) };
  const pair = readKeyPair(files);
  let status = () => ({ notAfter: checkKeyPair(pair, new Date(), files).toISOString(), lastError: '' });
  status();
  return {
    pair,
    developmentCertificate: undefined,
    status: () => status(),
    watch: (server, pollMs, onReload) => {
      const watch = watchCertificate(server, files, pair, { pollMs, now: () => new Date(), onReload });
      status = watch.status;
      return watch.stop;
    },
  };
}
