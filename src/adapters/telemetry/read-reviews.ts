import { request } from 'node:http';
import type { ReviewCounts } from '../../app/history/reviews.ts';
import { FINDINGS_METRIC } from './namespace-findings.ts';

/** Milliseconds until a Pod must have told all of it. */
const DEADLINE_MS = 5_000;
/** Characters that are read of what a Pod tells; a webhook with 500 namespaces tells some 100,000. */
const MAX_LENGTH = 4_000_000;

const LINE = new RegExp(`^${FINDINGS_METRIC}\\{([^}]*)\\} (\\d+)$`, 'gm');
const LABEL = /(\w+)="([^"\\]*)"/g;

/** The counts of a Pod by namespace, in the text that it exposes (Prometheus text format 0.0.4). What is no count of ours is passed over. */
export function reviewsIn(text: string): ReadonlyMap<string, ReviewCounts> {
  const counts = new Map<string, ReviewCounts>();
  for (const [, labels = '', value = ''] of text.matchAll(LINE)) {
    const label = new Map([...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]));
    const [namespace, allowed, count] = [label.get('namespace'), label.get('allowed'), Number(value)];
    if (namespace === undefined || !Number.isSafeInteger(count)) continue;
    const known = counts.get(namespace) ?? { refused: 0, tolerated: 0 };
    const isRefused = allowed === 'false';
    counts.set(namespace, { ...known, [isRefused ? 'refused' : 'tolerated']: count });
  }
  return counts;
}

/** What a Pod of the webhook has counted; `undefined` where it does not answer. Never rejects. */
export function readReviews(
  { address, port }: { readonly address: string; readonly port: number },
  term: AbortSignal,
): Promise<ReadonlyMap<string, ReviewCounts> | undefined> {
  return new Promise(resolve => {
    const signal = AbortSignal.any([term, AbortSignal.timeout(DEADLINE_MS)]);
    const asked = request({ host: address, port, path: '/metrics', signal, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_LENGTH) asked.destroy();
      });
      response.on('end', () => resolve(response.statusCode === 200 ? reviewsIn(text) : undefined));
      response.on('error', () => resolve(undefined));
    });
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => resolve(undefined));
    asked.end();
  });
}
