/**
 * Makes a recorded body the same at every recording: what the API server draws at random or from the clock is replaced by a value of the same
 * form. Equal values of one body stay equal, unequal ones unequal.
 */

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** RFC 3339, as metav1.Time writes it. */
const TIME = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/g;
/** RFC 3339 with microseconds, as metav1.MicroTime writes it. */
const MICRO_TIME = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"/g;
const RESOURCE_VERSION = /"resourceVersion":"(\d+)"/g;
/** By which certificate the caller proved itself (authentication.kubernetes.io/credential-id). */
const CERTIFICATE = /X509SHA256=[0-9a-f]{64}/g;
/** The five letters that generateName adds (k8s.io/apimachinery/pkg/util/rand: no vowels, nothing that looks like another). */
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]{5}';
const TOKEN_VOLUME = new RegExp(`kube-api-access-${SUFFIX}`, 'g');

/** Replaces each match by the text for its number; equal matches get one number. */
function numbered(text: string, pattern: RegExp, write: (number: number) => string): string {
  const numbers = new Map<string, number>();
  return text.replace(pattern, match => {
    const number = numbers.get(match) ?? numbers.size + 1;
    numbers.set(match, number);
    return write(number);
  });
}

/** Names that the API server made, by the generateName beside them: `web-7d4f-x2k9p` → `web-7d4f-aaaa1`. */
function scrubNames(text: string): string {
  const prefixes = new Set([...text.matchAll(/"generateName":"([^"]+)"/g)].map(([, prefix = '']) => prefix));
  return [...prefixes].reduce(
    (scrubbed, prefix) =>
      numbered(scrubbed, new RegExp(`${prefix}${SUFFIX}(?![a-z0-9])`, 'g'), n => `${prefix}bbbb${n + 1}`),
    text,
  );
}

function scrubText(text: string): string {
  const plain = scrubNames(text)
    .replace(TIME, '"2026-01-01T00:00:00Z"')
    .replace(MICRO_TIME, '"2026-01-01T00:00:00.000000Z"')
    .replace(CERTIFICATE, `X509SHA256=${'0'.repeat(64)}`)
    .replace(TOKEN_VOLUME, 'kube-api-access-bbbb2');
  const versions = numbered(plain, RESOURCE_VERSION, n => `"resourceVersion":"${100 + n}"`);
  return numbered(versions, UUID, n => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** The API server sorts managedFields by whole seconds first: their order is the clock's too. */
function sortManagedFields(key: string, value: unknown): unknown {
  if (key !== 'managedFields' || !Array.isArray(value)) return value;
  return value.toSorted((one, other) => order(JSON.stringify(one), JSON.stringify(other)));
}

/** A body as it came, scrubbed and laid out for reading. */
export const scrubBody = (body: string): string =>
  `${JSON.stringify(JSON.parse(scrubText(body), sortManagedFields), null, 2)}\n`;
