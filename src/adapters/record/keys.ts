import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SignatureCheck, Signer } from '../../app/record/head.ts';
import { GateError, messageOf } from '../../errors.ts';

const unusable = (file: string, why: string, cause?: unknown): GateError =>
  new GateError('unusable-record', `${file}: ${why}`, { cause });

/** A key of Ed25519. Throws a GateError where the file holds none; nothing of the file is quoted. */
function readKey(file: string, what: 'private' | 'public'): KeyObject {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unusable(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
  let key: KeyObject;
  try {
    key = what === 'private' ? createPrivateKey(text) : createPublicKey(text);
  } catch {
    throw unusable(file, `this is no ${what} key as PEM`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(file, 'the key must be one of Ed25519');
  return key;
}

/** SHA-256 of the SubjectPublicKeyInfo (RFC 5280, 4.1), in hex. */
const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** Reads a private key, PEM (PKCS #8), without a password. Throws a GateError. */
export function readSigner(file: string): Signer {
  const key = readKey(file, 'private');
  return {
    key: idOf(createPublicKey(key)),
    sign: text => sign(null, Buffer.from(text), key).toString('base64'),
  };
}

/** Reads a public key, PEM, with its id. Throws a GateError. */
export function readSignatureCheck(file: string): readonly [id: string, check: SignatureCheck] {
  const key = readKey(file, 'public');
  return [idOf(key), (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))];
}
