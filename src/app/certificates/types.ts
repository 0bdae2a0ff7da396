import type { Fields } from '../../core/kube/reading.ts';

/** The certificates that the controller makes: an authority, and the one that the webhook serves. */

/** A certificate, or its whole chain, and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** From when to when a certificate holds, in milliseconds since the epoch, both inclusive. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A certificate that could be read. Two are the same where their PEM is. */
export interface Certificate extends Validity {
  readonly pem: string;
}

/** A certificate that can be served: its key is there, and is its own. */
export interface ServingCertificate extends Certificate {
  /** DNS names, as the certificate has them. */
  readonly names: readonly string[];
  /** Whether the authority of today signed it. */
  readonly isByAuthority: boolean;
}

/** Reads certificates. Nothing here throws: what cannot be read is absent. */
export interface CertificateReader {
  /** The authority of a pair; `undefined`: unreadable, no authority, not one that {@link CertificateMaker} made, or a key that is not its own. */
  authority(pair: KeyPair): Certificate | undefined;
  /** The authorities in a text of PEM blocks, in its order; what is something else is left out. */
  authorities(text: string): readonly Certificate[];
  /** The serving certificate of a pair; `undefined`: unreadable, more than one, or a key that is not its own. */
  serving(pair: KeyPair, authority: Certificate | undefined): ServingCertificate | undefined;
}

/** Makes certificates, each with a new key. Times are cut to whole seconds. */
export interface CertificateMaker {
  authority(validity: Validity): KeyPair;
  /** For DNS names, signed by an authority that {@link CertificateReader.authority} reads. */
  serving(names: readonly string[], validity: Validity, authority: KeyPair): KeyPair;
}

/** What was asked of the API server. `absent`: there is none (404). `unknown`: it may be there, but was not to be had. */
export type Looked<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly message: string };

/** A Secret as it is stored. */
export interface StoredSecret {
  /** An update with it fails where somebody else was faster. */
  readonly resourceVersion: string;
  /** Decoded texts by key. */
  readonly data: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** As the API server gave it: an update writes the whole. */
  readonly object: Fields;
}

export const CONFIGURATION_KINDS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const;
export type ConfigurationKind = (typeof CONFIGURATION_KINDS)[number];

/** Whom the API server trusts as our webhooks. */
export interface WebhookTrust {
  readonly kind: ConfigurationKind;
  readonly resourceVersion: string;
  /** Value of the annotation `cert-manager.io/inject-ca-from`: cert-manager writes the bundles. Empty: it does not. */
  readonly injectedFrom: string;
  /** The webhooks that are called by our Service, with the PEM text of their caBundle; empty where there is none. */
  readonly webhooks: readonly { readonly name: string; readonly caBundle: string }[];
}
