import type {
  Certificate,
  CertificateReader,
  KeyPair,
  Looked,
  ServingCertificate,
  StoredSecret,
  WebhookTrust,
} from './types.ts';

/** The Secret of the authority that signs, and its keys. */
export const AUTHORITY_SECRET = 'chokepoint-ca';
/** The Secret that the webhook's Pods mount. */
export const SERVING_SECRET = 'chokepoint-tls';
export const CERT = 'tls.crt';
export const KEY = 'tls.key';
/** In the one the authority alone, in the other all that are trusted. */
export const AUTHORITY_CERT = 'ca.crt';
export const AUTHORITY_KEY = 'ca.key';
/** The authorities that are trusted still: somebody may serve what they signed. */
export const PREVIOUS = 'previous.crt';
/** Annotation of a Secret, of any value: what it holds is to be renewed now. Taken away when that is done. */
export const ROTATE = 'chokepoint.dev/rotate';
/** Its value on the authority whose key is in the wrong hands: the earlier authorities are trusted no longer, whoever is cut off by that. */
const DISTRUST = 'distrust';

/** What the Secret of the authority holds. */
export interface AuthorityFacts {
  /** `undefined`: none that can sign. Whether it holds today is not judged here. */
  readonly current: Certificate | undefined;
  /** Further ones: the previous, and one whose key is lost. */
  readonly others: readonly Certificate[];
  readonly rotation: 'none' | 'asked' | 'distrust';
}

/** What the Secret of the webhook's Pods holds. */
export interface ServingFacts {
  /** `undefined`: none that can be served. */
  readonly certificate: ServingCertificate | undefined;
  /** The authorities in its `ca.crt`, and the text. */
  readonly authorities: readonly Certificate[];
  readonly bundle: string;
  readonly isRotationAsked: boolean;
}

/** All that the next step follows from, but the time. */
export interface CertificateFacts {
  /** DNS names under which the webhook is called. */
  readonly names: readonly string[];
  readonly authority: Looked<AuthorityFacts>;
  readonly serving: Looked<ServingFacts>;
  /** By their names, which messages use. */
  readonly configurations: ReadonlyMap<string, Looked<WebhookTrust>>;
}

/** The objects themselves, as they were found. */
export interface CertificateObjects {
  readonly authority: Looked<StoredSecret>;
  readonly serving: Looked<StoredSecret>;
  readonly configurations: ReadonlyMap<string, Looked<WebhookTrust>>;
}

const textOf = ({ data }: StoredSecret, key: string): string => data.get(key) ?? '';

/** The authority and its key, as they are stored. */
export const authorityPair = (secret: StoredSecret): KeyPair => ({
  cert: textOf(secret, AUTHORITY_CERT),
  key: textOf(secret, AUTHORITY_KEY),
});

function ifFound<From, To>(looked: Looked<From>, read: (value: From) => To): Looked<To> {
  return looked.kind === 'found' ? { kind: 'found', value: read(looked.value) } : looked;
}

function rotationOf(value: string | undefined): AuthorityFacts['rotation'] {
  if (value === undefined) return 'none';
  return value === DISTRUST ? 'distrust' : 'asked';
}

function authorityFacts(secret: StoredSecret, reader: CertificateReader): AuthorityFacts {
  const current = reader.authority(authorityPair(secret));
  const all = [textOf(secret, AUTHORITY_CERT), textOf(secret, PREVIOUS)].flatMap(reader.authorities);
  return {
    current,
    others: all.filter(({ pem }) => pem !== current?.pem),
    rotation: rotationOf(secret.annotations.get(ROTATE)),
  };
}

function servingFacts(
  secret: StoredSecret,
  reader: CertificateReader,
  authority: Certificate | undefined,
): ServingFacts {
  const bundle = textOf(secret, AUTHORITY_CERT);
  return {
    certificate: reader.serving({ cert: textOf(secret, CERT), key: textOf(secret, KEY) }, authority),
    authorities: reader.authorities(bundle),
    bundle,
    isRotationAsked: secret.annotations.has(ROTATE),
  };
}

/** What the objects say. */
export function certificateFacts(
  objects: CertificateObjects,
  names: readonly string[],
  reader: CertificateReader,
): CertificateFacts {
  const authority = ifFound(objects.authority, secret => authorityFacts(secret, reader));
  const current = authority.kind === 'found' ? authority.value.current : undefined;
  return {
    names,
    authority,
    serving: ifFound(objects.serving, secret => servingFacts(secret, reader, current)),
    configurations: objects.configurations,
  };
}
