import { seenBy, type TriedProtocol } from './attempts.ts';

/** Whether packets do what the judge says: `unknown`: nothing was proved, and why is told. */
const AGREEMENTS = ['differs', 'unknown', 'agrees'] as const;
export type Agreement = (typeof AGREEMENTS)[number];

/** One connection that was tried, over one family. */
export interface TriedWay {
  /** `tools/Deployment/weather`. */
  readonly server: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: TriedProtocol;
  readonly family: 'IPv4' | 'IPv6';
  /** What the judge says of it; `null`: it cannot tell. */
  readonly expected: 'open' | 'closed' | null;
  /** What packets did; `unsettled`: the last attempts do not agree. */
  readonly seen: 'open' | 'closed' | 'unsettled';
  readonly agreement: Agreement;
  /** A clause without a full stop; empty where both agree. */
  readonly reason: string;
}

/** What was seen of a way, as {@link seenBy} reads it. */
export interface Tried extends Pick<TriedWay, 'server' | 'from' | 'to' | 'port' | 'protocol' | 'family' | 'expected'> {
  /** Why the judge cannot tell; empty: it can, or says no more. A clause without a full stop. */
  readonly why: string;
  readonly before: string;
  readonly after: string;
  /** Why nothing was seen; empty: something was. */
  readonly trouble: string;
}

/**
 * Compares what packets did with what the judge says. `isConnected`: strangers whom no policy selects still reach one another, without which a way that is closed
 * proves nothing.
 */
export function compareWay({ before, after, trouble, why, ...way }: Tried, isConnected: boolean): TriedWay {
  const seen = seenBy(after);
  const compared = (agreement: Agreement, reason: string): TriedWay => ({ ...way, seen, agreement, reason });
  const { expected } = way;
  if (trouble !== '') return compared('unknown', trouble);
  if (expected === null)
    return compared('unknown', why === '' ? 'the judge cannot tell' : `the judge cannot tell: ${why}`);
  if (seen === 'open')
    return expected === 'open'
      ? compared('agrees', '')
      : compared('differs', 'it is judged to be closed, and packets got through');
  if (seenBy(before) !== 'open') return compared('unknown', 'nothing got through before there was a policy either');
  if (seen === 'unsettled') return compared('unknown', 'the last attempts do not agree');
  if (!isConnected) return compared('unknown', 'what no policy selects did not get through either');
  return expected === 'closed'
    ? compared('agrees', '')
    : compared('differs', 'it is judged to be open, and nothing got through');
}

/** The worst of some. `unknown` where there are none. */
export const worstAgreement = (all: readonly TriedWay[]): Agreement =>
  AGREEMENTS.find(one => all.some(({ agreement }) => agreement === one)) ?? 'unknown';
