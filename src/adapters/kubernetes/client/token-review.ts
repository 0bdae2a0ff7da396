import { createHash } from 'node:crypto';
import { RECORD_AUDIENCE } from '../../../app/witness/audience.ts';
import { fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import type { Client } from './client.ts';
import { collectionPath, type Resource } from './paths.ts';

const TOKEN_REVIEWS: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
};

/** Milliseconds for which an answer holds: as long as the API server itself remembers one (`--authentication-token-webhook-cache-ttl`). */
const HOLDS_MS = 120_000;
/** Milliseconds until the API server must have answered. */
const DEADLINE_MS = 4_000;
/** Tokens that are asked about at a time. Beyond, they are nobody's. */
const MOST_ASKED = 8;

/** What a token says of itself, unproven: whose it is, and for whom. It keeps strangers' tokens from being asked about. */
function claimsOf(token: string): { readonly user: unknown; readonly isForUs: boolean } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (!isFields(claims)) return { user: undefined, isForUs: false };
    const audiences = own(claims, 'aud');
    return { user: own(claims, 'sub'), isForUs: Array.isArray(audiences) && audiences.includes(RECORD_AUDIENCE) };
  } catch {
    return { user: undefined, isForUs: false };
  }
}

/**
 * Tells whether a token is this account's, and was made for the record alone (audience {@link RECORD_AUDIENCE}), as the API server says (authentication.k8s.io/v1
 * TokenReview). What cannot be asked is nobody's.
 */
export function createTokenCheck(
  client: Client,
  user: string,
  nowMs: () => number,
): (token: string) => Promise<boolean> {
  let known: { readonly digest: string; readonly untilMs: number } | undefined;
  let asked = 0;

  const ask = async (token: string): Promise<boolean> => {
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [RECORD_AUDIENCE] },
    };
    const request = { method: 'POST', path: collectionPath(TOKEN_REVIEWS), body, deadlineMs: DEADLINE_MS } as const;
    const { status, body: answer } = await client.request(request);
    const said = isFields(answer) ? fieldsAt(answer, 'status') : {};
    const audiences = own(said, 'audiences');
    return (
      status === 201 &&
      own(said, 'authenticated') === true &&
      own(fieldsAt(said, 'user'), 'username') === user &&
      // An API server that knows no audiences would take a token that was made for anything.
      Array.isArray(audiences) &&
      audiences.includes(RECORD_AUDIENCE)
    );
  };
  return async token => {
    const digest = createHash('sha256').update(token).digest('hex');
    if (known?.digest === digest && nowMs() < known.untilMs) return true;
    const claims = claimsOf(token);
    if (!claims.isForUs || claims.user !== user || asked >= MOST_ASKED) return false;
    asked += 1;
    try {
      if (!(await ask(token))) return false;
      known = { digest, untilMs: nowMs() + HOLDS_MS };
      return true;
    } catch {
      return false;
    } finally {
      asked -= 1;
    }
  };
}
