import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSelfSigned } from '../../../src/adapters/certificates/make.ts';
import { checkKeyPair, readKeyPair, watchCertificate } from '../../../src/adapters/http/certificate.ts';
import { probeTls } from '../../../src/adapters/http/self-probe.ts';
import type { AdmissionServer } from '../../../src/adapters/http/server.ts';
import type { KeyPair } from '../../../src/app/certificates/types.ts';
import { clientPair, createAuthority, serverPair } from '../../control-plane/pki.ts';
import { reviewBody, reviewText } from '../../support/reviews.ts';
import { localPair, quietTelemetry, testServer } from '../../support/serving.ts';

const NOW = new Date('2026-11-21T09:00:00Z');

describe('a certificate made for development', () => {
  test('names what it is asked to name, is signed by its own key and ends after 90 days', () => {
    const pair = createSelfSigned(['localhost', '127.0.0.1', '::1', 'fd00:1::2', 'gate.ops.svc'], NOW);
    const certificate = new X509Certificate(pair.cert);
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:1:0:0:0:0:0:2, DNS:gate.ops.svc',
    );
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(checkKeyPair(pair, NOW)).toEqual(new Date('2027-02-19T09:00:00Z'));
  });

  test('is another one each time', () => {
    const serials = Array.from({ length: 20 }, () => new X509Certificate(localPair(NOW).cert).serialNumber);
    expect(new Set(serials).size).toBe(20);
  });
});

describe('a pair that cannot be served', () => {
  const good = localPair(NOW);
  const cases: readonly (readonly [string, KeyPair, Date, string])[] = [
    ['a key of another certificate', { ...good, key: localPair(NOW).key }, NOW, 'the TLS certificate cannot be used'],
    ['a certificate that is none', { ...good, cert: 'x' }, NOW, 'the TLS certificate cannot be used'],
    [
      'a certificate that has ended',
      good,
      new Date('2027-02-20T00:00:00Z'),
      'the TLS certificate ended on 2027-02-19T09:00:00.000Z',
    ],
  ];
  test.each(cases)('is %s', (_what, pair, now, message) => {
    expect(() => checkKeyPair(pair, now)).toThrow(message);
  });

  test('is one whose file is not there', () => {
    expect(() => readKeyPair({ certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' })).toThrow(
      'cannot read /nowhere/tls.crt',
    );
  });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly serial: string;
}

/** Every request has a connection of its own; TLS sessions are taken up again, as clients do. */
const AGENT = new Agent({ keepAlive: false });

function post(port: number, ca: string, payload: string, client: Partial<KeyPair> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: '/validate?timeout=5s',
        method: 'POST',
        agent: AGENT,
        ca,
        ...client,
        // Not the server's own address: what comes from there is its own look at itself.
        localAddress: '127.0.0.2',
        headers: { 'content-type': 'application/json' },
      },
      response => {
        const chunks: Buffer[] = [];
        const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), serial: serialNumber }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

describe('the server over TLS', () => {
  let server: AdmissionServer;
  let pair: KeyPair;
  let port: number;

  beforeEach(async () => {
    pair = localPair();
    server = testServer({ tls: pair, limits: { requestTimeoutMs: 200, checkIntervalMs: 50 } });
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    port = (server.app.server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    server.app.server.closeAllConnections();
    await server.app.close();
  });

  test('answers a review', async () => {
    const { status, body } = await post(port, pair.cert, reviewText('deployment-create'));
    expect([status, JSON.parse(body).response.uid]).toEqual([200, reviewBody('deployment-create').request.uid]);
  });

  test('speaks nothing older than TLS 1.2', async () => {
    const attempt = new Promise((_resolve, reject) => {
      connect({ host: '127.0.0.1', port, ca: pair.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' }).on(
        'error',
        reject,
      );
    });
    await expect(attempt).rejects.toThrow();
  });

  test('is not trusted by who does not know its certificate', async () => {
    await expect(post(port, localPair().cert, '{}')).rejects.toThrow();
  });

  test('cuts a sender that never ends its body', async () => {
    const closed = new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect({ host: '127.0.0.1', port, ca: pair.cert }, () => {
        socket.write(
          'POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"kind"',
        );
      });
      socket.on('data', chunk => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(await closed).toContain('408');
    expect((await post(port, pair.cert, reviewText('pod-create'))).status).toBe(200);
  });

  test('survives a sender that hangs up in the middle', async () => {
    await new Promise<void>(resolve => {
      const socket = connect({ host: '127.0.0.1', port, ca: pair.cert }, () => {
        socket.write(
          'POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"kind"',
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await post(port, pair.cert, reviewText('pod-create'))).status).toBe(200);
  });

  test('serves a new certificate once its files change, and keeps the last good one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
    const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    const write = ({ cert, key }: KeyPair): void => {
      writeFileSync(files.certFile, cert);
      writeFileSync(files.keyFile, key);
    };
    const reports: string[] = [];
    const watch = watchCertificate(server.app.server, files, pair, {
      pollMs: 3_600_000,
      now: () => new Date(),
      onReload: ({ lastError }) => reports.push(lastError),
    });
    try {
      write(pair);
      expect(watch.reload()).toBe(false);
      const next = localPair();
      write({ ...next, key: pair.key });
      expect(watch.reload()).toBe(false);
      expect((await post(port, pair.cert, reviewText('pod-create'))).status).toBe(200);
      write(next);
      expect(watch.reload()).toBe(true);
      const { serial } = await post(port, next.cert, reviewText('pod-create'));
      expect(serial).toBe(new X509Certificate(next.cert).serialNumber);
      const named = `the TLS certificate ${files.certFile} with the key ${files.keyFile} cannot be used: `;
      expect(reports.map(report => report.slice(0, named.length))).toEqual([named, '']);
      expect(watch.status().lastError).toBe('');
    } finally {
      watch.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a server that asks for client certificates', () => {
  const authority = createAuthority();
  const caller = clientPair(authority, 'kube-apiserver', []);
  let running: AdmissionServer;
  let folder: string;
  const refused: string[] = [];
  const pair = localPair();

  const start = async (clientCa: string): Promise<number> => {
    const telemetry = { ...quietTelemetry, refusedConnection: (reason: string) => refused.push(reason) };
    running = testServer({ tls: { ...pair, clientCa }, telemetry });
    await running.app.listen({ host: '127.0.0.1', port: 0 });
    return (running.app.server.address() as AddressInfo).port;
  };
  const postAs = (port: number, client: Partial<KeyPair>) => post(port, pair.cert, reviewText('pod-create'), client);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
    refused.length = 0;
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    running.app.server.closeAllConnections();
    await running.app.close();
  });

  test('answers who shows one of its authorities alone, and counts the others', async () => {
    const port = await start(authority.cert);
    expect((await postAs(port, caller)).status).toBe(200);
    await expect(postAs(port, {})).rejects.toThrow();
    await expect(postAs(port, clientPair(createAuthority(), 'kube-apiserver', []))).rejects.toThrow();
    await expect(postAs(port, serverPair(authority, ['kube-apiserver']))).rejects.toThrow();
    await vi.waitFor(() => expect(refused).toEqual(['handshake', 'handshake', 'handshake']));
  });

  test('finds its own port in order, though it has no client certificate itself', async () => {
    const port = await start(authority.cert);
    const notAfter = checkKeyPair(pair, new Date()).toISOString();
    expect(await probeTls('127.0.0.1', port, () => notAfter, new Date())).toBe('');
    expect((await postAs(port, caller)).status).toBe(200);
    expect(refused).toEqual([]);
  });

  test('takes other authorities once their file changes, and keeps the last ones that are good', async () => {
    const port = await start(authority.cert);
    const files = {
      certFile: join(folder, 'tls.crt'),
      keyFile: join(folder, 'tls.key'),
      clientCaFile: join(folder, 'ca.crt'),
    };
    writeFileSync(files.certFile, pair.cert);
    writeFileSync(files.keyFile, pair.key);
    const watch = watchCertificate(
      running.app.server,
      files,
      { ...pair, clientCa: authority.cert },
      { pollMs: 3_600_000, now: () => new Date(), onReload: () => undefined },
    );
    const other = createAuthority();
    writeFileSync(files.clientCaFile, 'no certificate');
    expect(watch.reload()).toBe(false);
    expect(watch.status().lastError).toBe(
      `the client authorities ${files.clientCaFile} cannot be used: no certificate in it`,
    );
    expect((await postAs(port, caller)).status).toBe(200);
    writeFileSync(files.clientCaFile, other.cert);
    expect(watch.reload()).toBe(true);
    await expect(postAs(port, caller)).rejects.toThrow();
    expect((await postAs(port, clientPair(other, 'kube-apiserver', []))).status).toBe(200);
    watch.stop();
  });
});
