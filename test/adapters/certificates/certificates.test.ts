import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE_MAKER, createSelfSigned } from '../../../src/adapters/certificates/make.ts';
import { CERTIFICATE_READER } from '../../../src/adapters/certificates/read.ts';
import { authorityValidity, servingValidity } from '../../../src/app/certificates/validity.ts';
import { createAuthority } from '../../control-plane/pki.ts';

const NOW = Date.UTC(2026, 10, 21, 9);
const NAMES = ['chokepoint.ops.svc', 'chokepoint.ops.svc.cluster.local'];
const newAuthority = () => CERTIFICATE_MAKER.authority(authorityValidity(NOW));
const PAIR = newAuthority();
const AUTHORITY = CERTIFICATE_READER.authority(PAIR);
const LEAF = CERTIFICATE_MAKER.serving(NAMES, servingValidity(NOW, authorityValidity(NOW)), PAIR);

/** What OpenSSL says; undefined where there is none. */
function openssl(args: readonly string[], files: Readonly<Record<string, string>>): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-openssl-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const hasOpenssl = openssl(['version'], {}) !== undefined;

describe('An authority', () => {
  const certificate = new X509Certificate(PAIR.cert);

  it('signs itself, has its key, and lives a year', () => {
    expect([certificate.ca, certificate.checkIssued(certificate), certificate.verify(certificate.publicKey)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect([certificate.validFromDate.toISOString(), certificate.validToDate.toISOString()]).toEqual([
      '2026-11-21T08:55:00.000Z',
      '2027-11-21T09:00:00.000Z',
    ]);
  });

  it('is read as it was made', () => {
    expect(AUTHORITY).toEqual({ pem: PAIR.cert, ...authorityValidity(NOW) });
  });

  it('has a name of its own', () => {
    expect(certificate.subject).toMatch(/^CN=chokepoint authority [0-9a-f]{16}$/);
    expect(new X509Certificate(newAuthority().cert).subject).not.toBe(certificate.subject);
  });

  it.each([
    ['nothing', { cert: '', key: '' }],
    ['a text', { cert: 'x', key: PAIR.key }],
    ['without its key', { ...PAIR, key: '' }],
    ['with a key of another', { ...PAIR, key: newAuthority().key }],
    ['a certificate that it signed', LEAF],
    ['an authority of somebody else', createAuthority()],
    ['more than one', { ...PAIR, cert: PAIR.cert + PAIR.cert }],
    ['with text beside it', { ...PAIR, cert: `# ours\n${PAIR.cert}` }],
  ])('is not read from a pair that is %s', (_what, pair) => {
    expect(CERTIFICATE_READER.authority(pair)).toBeUndefined();
  });

  it('is found among others in a bundle, each authority in its place', () => {
    const other = createAuthority();
    const broken = PAIR.cert.replace(/[A-Za-z]{8}/, 'AAAAAAAA');
    const bundle = `${other.cert}# a comment\r\n${broken}${LEAF.cert}${PAIR.cert}`;
    expect(CERTIFICATE_READER.authorities(bundle).map(({ pem }) => pem)).toEqual([other.cert, PAIR.cert]);
    expect(CERTIFICATE_READER.authorities('')).toEqual([]);
  });
});

describe('A serving certificate', () => {
  const certificate = new X509Certificate(LEAF.cert);

  it('is signed by its authority, is for servers alone, and lives 90 days', () => {
    const root = new X509Certificate(PAIR.cert);
    expect([certificate.checkIssued(root), certificate.verify(root.publicKey), certificate.ca]).toEqual([
      true,
      true,
      false,
    ]);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.validToDate.toISOString()).toBe('2027-02-19T09:00:00.000Z');
  });

  it('is read as it was made', () => {
    const expected = { pem: LEAF.cert, ...servingValidity(NOW, authorityValidity(NOW)), names: NAMES };
    expect(CERTIFICATE_READER.serving(LEAF, AUTHORITY)).toEqual({ ...expected, isByAuthority: true });
    expect(CERTIFICATE_READER.serving(LEAF, undefined)).toEqual({ ...expected, isByAuthority: false });
    const other = CERTIFICATE_READER.authority(newAuthority());
    expect(CERTIFICATE_READER.serving(LEAF, other)).toEqual({ ...expected, isByAuthority: false });
  });

  it.each([
    ['nothing', { cert: '', key: '' }],
    ['without its key', { ...LEAF, key: 'x' }],
    ['with a key of another', { ...LEAF, key: PAIR.key }],
    ['a chain', { ...LEAF, cert: LEAF.cert + PAIR.cert }],
  ])('is not read from a pair that is %s', (_what, pair) => {
    expect(CERTIFICATE_READER.serving(pair, AUTHORITY)).toBeUndefined();
  });

  it('is no authority that is trusted where somebody put one that signed itself', () => {
    expect(CERTIFICATE_READER.authorities(createSelfSigned(NAMES, new Date(NOW)).cert)).toEqual([]);
  });
});

describe.skipIf(!hasOpenssl)('OpenSSL', () => {
  const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-attime', String(NOW / 1000)];

  it('takes the chain, among several authorities too', () => {
    const files = { 'ca.pem': newAuthority().cert + PAIR.cert, 'leaf.pem': LEAF.cert };
    const host = ['-verify_hostname', NAMES[0] ?? ''];
    expect(openssl([...verify, ...host, '-CAfile', 'ca.pem', 'leaf.pem'], files)).toBe('leaf.pem: OK\n');
  });

  it('reads what may be done with each key', () => {
    const text = (pem: string): string =>
      openssl(['x509', '-in', 'a.pem', '-noout', '-text'], { 'a.pem': pem })?.replace(/\s+/g, ' ') ?? '';
    expect(text(PAIR.cert)).toContain('X509v3 Basic Constraints: critical CA:TRUE, pathlen:0');
    expect(text(PAIR.cert)).toContain('X509v3 Key Usage: critical Certificate Sign, CRL Sign');
    expect(text(LEAF.cert)).toContain('X509v3 Key Usage: critical Digital Signature');
    expect(text(LEAF.cert)).toContain('X509v3 Extended Key Usage: TLS Web Server Authentication');
    const subject = /Subject Key Identifier: (\S+)/.exec(text(PAIR.cert))?.[1];
    expect(/Authority Key Identifier: (\S+)/.exec(text(LEAF.cert))?.[1]).toBe(subject);
  });
});
