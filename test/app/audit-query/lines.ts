import { type Decoded, decodeRecordLine, type RecordLine } from '../../../src/app/audit-query/record-line.ts';

const lineOf = (decoded: Decoded | undefined): RecordLine => {
  if (decoded === undefined || !('line' in decoded)) throw new Error(`not read: ${JSON.stringify(decoded)}`);
  return decoded.line;
};

/** Fields of a line as `serve --record` writes it, with some of them given. */
export const fields = (given: object = {}): object => ({
  seq: 1,
  time: '2026-11-20T08:00:00.000Z',
  writer: 'webhook-0',
  type: 'decision',
  uid: '7f1c0f2e-0000-4000-8000-000000000001',
  operation: 'CREATE',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tools', name: 'search' },
  user: { name: 'alice@example.com', groups: ['developers'] },
  decision: 'allow',
  allowed: true,
  mode: 'enforce',
  dryRun: false,
  change: ['create'],
  servers: [{ namespace: 'tools', kind: 'Deployment', name: 'search' }],
  findings: [],
  reach: { gained: [], lost: [] },
  digest: 'd1',
  prev: '0'.repeat(64),
  hash: 'h1',
  ...given,
});

/** The same, read. */
export const line = (given: object = {}): RecordLine => lineOf(decodeRecordLine(fields(given)));

/** A way to `tools/search` as a record writes it. */
export const way = (from: string, port: number | string = 8080): object => ({
  from,
  to: 'tools/search',
  port,
  protocol: 'TCP',
});
