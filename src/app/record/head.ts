import { type Fields, own } from '../../core/kube/reading.ts';
import { type ChainEnd, type Hashing, type Members, membersOf } from './chain.ts';
import type { ChainedLine, HeadLine } from './line.ts';

/** What signs the ends of a chain. */
export interface Signer {
  /** SHA-256, in hex, of the public key's SubjectPublicKeyInfo. */
  readonly key: string;
  /** Ed25519 (RFC 8032) of the UTF-8 form, base64. */
  sign(text: string): string;
}

/** Whether a signature, base64, is that of a text. */
export type SignatureCheck = (text: string, signature: string) => boolean;

/** What is signed: where the line stands, and when it was made. */
function signedText(
  { seq, prev, writer, time }: Pick<ChainedLine, 'seq' | 'prev' | 'writer' | 'time'>,
  hashing: Hashing,
): string {
  return hashing.canonical({ prev, seq, time, type: 'head', writer });
}

/** The members of a line that signs the chain up to here, as its next one. */
export function headMembers({ writer, seq, hash }: ChainEnd, time: string, signer: Signer, hashing: Hashing): Members {
  const signature = signer.sign(signedText({ seq: seq + 1, prev: hash, writer, time }, hashing));
  return membersOf<HeadLine>({ type: 'head', time, key: signer.key, signature }, hashing);
}

/** What a head's signature is worth: `unknown` where its key is not given. */
export function checkHead(
  line: ChainedLine & Fields,
  keys: ReadonlyMap<string, SignatureCheck>,
  hashing: Hashing,
): 'good' | 'bad' | 'unknown' {
  const [key, signature] = [own(line, 'key'), own(line, 'signature')];
  const check = typeof key === 'string' ? keys.get(key) : undefined;
  if (check === undefined) return 'unknown';
  return typeof signature === 'string' && check(signedText(line, hashing), signature) ? 'good' : 'bad';
}
