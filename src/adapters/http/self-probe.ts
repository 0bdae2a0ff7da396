import { connect } from 'node:tls';
import type { HealthCheck } from '../../app/health.ts';

/** Milliseconds for one handshake with ourselves. */
const TIMEOUT_MS = 2_000;
/** Addresses that mean "every one": to be reached at the loopback of their family. */
const LOOPBACKS: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/**
 * Shakes hands with our own port, as an API server would, and looks at the certificate that is served. Resolves to the empty text where it is
 * the one that is loaded and has not ended; else to what is wrong. Never rejects. `notAfter`: when the loaded one ends (ISO 8601), asked before
 * the handshake and after it, since a renewal may come between: either is right.
 */
export function probeTls(host: string, port: number, notAfter: () => string, now: Date): Promise<string> {
  return new Promise(resolve => {
    const loadedBefore = notAfter();
    // The certificate bears the names by which API servers call, not this address: that it is ours is what is looked at.
    const socket = connect({ host: LOOPBACKS.get(host) ?? host, port, rejectUnauthorized: false });
    const end = (trouble: string): void => {
      socket.destroy();
      resolve(trouble);
    };
    socket.setTimeout(TIMEOUT_MS, () => end('no TLS handshake in time'));
    socket.on('error', error => end(`no TLS handshake: ${error.message}`));
    socket.on('secureConnect', () => {
      const served = socket.getPeerX509Certificate()?.validToDate;
      const isLoaded = served !== undefined && [loadedBefore, notAfter()].includes(served.toISOString());
      if (!isLoaded) end('another certificate is served than the one that was loaded');
      else end(served <= now ? 'the certificate has ended' : '');
    });
  });
}

export interface TlsWatchOptions {
  readonly host: string;
  readonly port: number;
  /** When the certificate that is loaded ends, ISO 8601. */
  readonly notAfter: () => string;
  /** Milliseconds between two handshakes. */
  readonly pollMs: number;
  /** Told of each handshake that went wrong. */
  readonly onTrouble: (trouble: string) => void;
}

/** Shakes hands with our own port regularly. */
export interface TlsWatch {
  /** What the last handshake came to. */
  health(): HealthCheck;
  stop(): void;
}

/** Resolves after the first handshake. Never rejects, and keeps no process alive. */
export async function watchTls({ host, port, notAfter, pollMs, onTrouble }: TlsWatchOptions): Promise<TlsWatch> {
  let trouble = '';
  const look = async (): Promise<void> => {
    trouble = await probeTls(host, port, notAfter, new Date());
    if (trouble !== '') onTrouble(trouble);
  };
  await look();
  const timer = setInterval(look, pollMs);
  timer.unref();
  return { health: () => ({ ok: trouble === '', detail: { trouble } }), stop: () => clearInterval(timer) };
}
