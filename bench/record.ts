import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { commandLine } from '../test/support/developer-command.ts';

/**
 * Writes a record of a given number of lines of some 700 bytes: 1,000 servers in 50 namespaces, 100 users, a refusal in 50, a change of reach in 100.
 * `node bench/record.ts --lines 10000000 record.jsonl`, then `time chokepoint audit query record.jsonl --server ns-7/server-7`.
 */
const { values, operands } = commandLine({
  name: 'node bench/record.ts',
  does: 'Writes a record of a given number of lines of some 700 bytes to FILE.',
  operands: ['FILE'],
  options: { lines: { value: 'N', means: 'how many lines', default: 100_000 } },
});
const [file = ''] = operands;

const FIRST_MS = Date.parse('2026-01-01');
/** Milliseconds between two lines: a hundred in a minute. */
const STEP_MS = 600;

function lineText(seq: number): string {
  const server = (seq * 7919) % 1000;
  const [namespace, name] = [`ns-${server % 50}`, `server-${server}`];
  const isDenied = seq % 50 === 0;
  const way = { from: 'any pod', to: `${namespace}/${name}`, port: 8080, protocol: 'TCP' };
  return JSON.stringify({
    allowed: !isDenied,
    change: ['image'],
    decision: isDenied ? 'deny' : 'allow',
    dryRun: false,
    findings: isDenied ? [{ level: 'deny', message: 'hostNetwork is set', rule: 'host-network' }] : [],
    hash: createHash('sha256').update(String(seq)).digest('hex'),
    mode: 'enforce',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace },
    operation: 'UPDATE',
    prev: createHash('sha256')
      .update(String(seq - 1))
      .digest('hex'),
    reach: { gained: seq % 100 === 1 ? [way] : [], lost: [] },
    seq,
    servers: [{ kind: 'Deployment', name, namespace }],
    time: new Date(FIRST_MS + seq * STEP_MS).toISOString(),
    type: 'decision',
    uid: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
    user: { groups: ['system:authenticated'], name: `user-${seq % 100}@example.com` },
    writer: 'chokepoint-0.bench',
  });
}

const stream = createWriteStream(file);
let gathered = '';
for (let seq = 1; seq <= values.lines; seq += 1) {
  gathered += `${lineText(seq)}\n`;
  if (gathered.length < 1024 * 1024) continue;
  if (!stream.write(gathered)) await once(stream, 'drain');
  gathered = '';
}
stream.end(gathered);
await once(stream, 'finish');
