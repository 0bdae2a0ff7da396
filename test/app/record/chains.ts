import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { beginChain, type ChainEnd, membersOf, placed } from '../../../src/app/record/chain.ts';
import type { ChainedLine, RecordLine, ReviewLine, Unchained } from '../../../src/app/record/line.ts';

/** A line that says this text. */
export const saying = (text: string): Unchained<ChainedLine & { readonly note: string }> => ({
  time: '2026-01-02T03:04:05.678Z',
  type: 'decision',
  note: text,
});

/** The lines of a chain that says these texts, and where it ends. */
export function chainOf(
  texts: readonly string[],
  begin: ChainEnd = beginChain('web-0-a1'),
): { readonly lines: readonly string[]; readonly end: ChainEnd } {
  let end = begin;
  const lines = texts.map(text => {
    const line = placed(end, membersOf(saying(text), HASHING), HASHING);
    ({ end } = line);
    return line.text;
  });
  return { lines, end };
}

/** The same text with another JSON value in one of its fields; its hash stays. */
export const withField = (line: string, key: string, value: unknown): string =>
  HASHING.canonical({ ...(JSON.parse(line) as object), [key]: value });

/** A line of a review in full. */
export const REVIEW: Unchained<ReviewLine> = {
  time: '2026-01-02T03:04:05.678Z',
  type: 'decision',
  uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  operation: 'CREATE',
  object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'tools', name: 'debug' },
  user: { name: 'jane', groups: ['system:authenticated'] },
  decision: 'deny',
  allowed: false,
  mode: 'enforce',
  dryRun: false,
  change: ['create', 'policy'],
  servers: [{ kind: 'Deployment', namespace: 'tools', name: 'search' }],
  findings: [],
  reach: { gained: [{ from: 'any pod', to: 'tools/search', port: 8080, protocol: 'TCP' }], lost: [] },
};

/** A line that a text holds. */
export const lineIn = (text: string): RecordLine => JSON.parse(text) as RecordLine;
