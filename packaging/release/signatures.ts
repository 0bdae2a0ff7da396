import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Who signs. */
export interface Signer {
  /** Base64 of an ECDSA signature by SHA-256, as `cosign verify-blob --key` and `openssl dgst -verify` read it. */
  sign(bytes: string | Buffer): string;
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** The key was made for this run: it proves that nothing was changed since, and nothing of who made it. */
  readonly isOfThisRun: boolean;
}

function privateKeyIn(file: string): KeyObject {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error(`${file} holds no key of the curve P-256`);
  return key;
}

/** `file`: PEM of a private key of the curve P-256, without a password; absent: a key of this run. */
export function createSigner(file: string | undefined): Signer {
  const key =
    file === undefined ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey : privateKeyIn(file);
  return {
    sign: bytes => sign('sha256', Buffer.from(bytes), key).toString('base64'),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    isOfThisRun: file === undefined,
  };
}

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A signed statement in an envelope (github.com/secure-systems-lab/dsse, protocol v1). */
export function envelopeOf(statement: object, signer: Signer): object {
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `),
    payload,
  ]);
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ sig: signer.sign(signed) }],
  };
}
