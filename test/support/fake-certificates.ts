import type {
  Certificate,
  CertificateMaker,
  CertificateReader,
  ServingCertificate,
  Validity,
} from '../../src/app/certificates/types.ts';

/** What is written in a certificate without cryptography: a line of JSON. Its key is `key of ID`. */
interface FakeContent extends Validity {
  readonly id: string;
  /** Who signed a serving certificate; an authority has none. */
  readonly by?: string;
  readonly names?: readonly string[];
}

/** What is written in a certificate; `undefined`: nothing that can be read. */
export function fakeContent(pem: string): FakeContent | undefined {
  try {
    return JSON.parse(pem);
  } catch {
    return undefined;
  }
}

const fakePem = (content: FakeContent): string => `${JSON.stringify(content)}\n`;
const fakeKey = (id: string): string => `key of ${id}`;

const certificate = (pem: string, { notBeforeMs, notAfterMs }: Validity): Certificate => ({
  pem,
  notBeforeMs,
  notAfterMs,
});

function readServing(pem: string, key: string, authority: Certificate | undefined): ServingCertificate | undefined {
  const content = fakeContent(pem);
  if (content?.names === undefined || key !== fakeKey(content.id)) return undefined;
  const isByAuthority = authority !== undefined && content.by === fakeContent(authority.pem)?.id;
  return { ...certificate(pem, content), names: content.names, isByAuthority };
}

export const FAKE_READER: CertificateReader = {
  authority: ({ cert, key }) => {
    const content = fakeContent(cert);
    return content !== undefined && key === fakeKey(content.id) ? certificate(cert, content) : undefined;
  },
  authorities: text =>
    text.split(/(?<=\n)/).flatMap(line => {
      const content = fakeContent(line);
      return content === undefined ? [] : [certificate(line, content)];
    }),
  serving: ({ cert, key }, authority) => readServing(cert, key, authority),
};

/** Numbers what it makes: A1, A2, … are authorities, S3, … what they sign. */
export function createFakeMaker(): CertificateMaker {
  let made = 0;
  const id = (letter: string): string => {
    made += 1;
    return `${letter}${made}`;
  };
  return {
    authority: validity => {
      const name = id('A');
      return { cert: fakePem({ id: name, ...validity }), key: fakeKey(name) };
    },
    serving: (names, validity, authority) => {
      const name = id('S');
      const by = fakeContent(authority.cert)?.id ?? '';
      return { cert: fakePem({ id: name, by, names, ...validity }), key: fakeKey(name) };
    },
  };
}
