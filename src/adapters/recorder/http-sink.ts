import { readFile } from 'node:fs/promises';
import type { HttpSink } from '../../app/recorder/config.ts';
import { RetryAfter, type Sink } from '../../app/recorder/ports.ts';

/** Milliseconds that a collector has for an answer. */
const TIMEOUT_MS = 30_000;

/** Milliseconds of a `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. `undefined` where there is none that can be read. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** The header of a bearer token, read anew each time: tokens are replaced while this runs. */
export async function authorization(tokenFile: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (tokenFile === undefined) return {};
  return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
}

const BODIES = {
  lines: { type: 'application/x-ndjson', body: (lines: readonly string[]) => `${lines.join('\n')}\n` },
  array: { type: 'application/json', body: (lines: readonly string[]) => `[${lines.join(',')}]` },
} as const;

/** Posts lines to a collector. A redirect is a failure: the record goes where the configuration says, and nowhere else. */
export function createHttpSink({ url, format, tokenFile }: HttpSink, nowMs: () => number): Sink {
  const { type, body } = BODIES[format];
  return {
    gatherMs: 1000,
    send: async ({ lines }) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type, ...(await authorization(tokenFile)) },
        body: body(lines),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return;
      const message = `the collector answered ${response.status}`;
      const delayMs = retryAfterMs(response.headers.get('retry-after'), nowMs());
      throw delayMs === undefined ? new Error(message) : new RetryAfter(message, delayMs);
    },
    close: async () => undefined,
  };
}
