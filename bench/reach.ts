/**
 * How long a million reach queries take, as a whole process of the built command line.
 * Run: `npm run build && node bench/reach.ts [--queries N]`. Prints seconds and microseconds a query.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLine } from '../test/support/developer-command.ts';

const { values } = commandLine({
  name: 'node bench/reach.ts',
  does: 'Many questions to reach, as a whole process with reading and writing them.',
  options: { queries: { value: 'N', means: 'how many', default: 1_000_000 } },
});
const QUERIES = values.queries;
const NAMESPACES = 20;
const PODS = 50;

const pod = (namespace: number, index: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${index}`,
      namespace: `ns-${namespace}`,
      labels: { app: `app-${index % 10}`, team: `team-${namespace % 4}` },
    },
    spec: {
      containers: [{ name: 'app', image: 'registry.example/app:1', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: {
      podIPs: [
        { ip: `10.${namespace}.0.${index + 1}` },
        { ip: `fd00:${namespace.toString(16)}::${(index + 1).toString(16)}` },
      ],
    },
  });

const policy = (namespace: number, index: number): string =>
  JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: `ns-${namespace}` },
    spec: {
      podSelector: { matchLabels: { app: `app-${index}` } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchLabels: { 'kubernetes.io/metadata.name': `ns-${(namespace + 1) % NAMESPACES}` },
              },
            },
          ],
          ports: [{ port: 'http' }],
        },
      ],
      egress: [
        { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/16', '169.254.0.0/16'] } }, { podSelector: {} }] },
      ],
    },
  });

/** A small generator of repeatable numbers (mulberry32), so that every run asks the same. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const folder = mkdtempSync(path.join(tmpdir(), 'reach-bench-'));
try {
  const documents: string[] = [];
  for (let namespace = 0; namespace < NAMESPACES; namespace += 1) {
    for (let index = 0; index < PODS; index += 1) documents.push(pod(namespace, index));
    for (let index = 0; index < 10; index += 1) documents.push(policy(namespace, index));
  }
  writeFileSync(path.join(folder, 'world.yaml'), documents.join('\n---\n'));
  const next = numbers(1);
  const endpoint = (): unknown =>
    next(4) === 0
      ? { ip: next(2) === 0 ? `203.0.${next(256)}.${next(256)}` : `2001:db8::${next(65536).toString(16)}` }
      : { pod: `ns-${next(NAMESPACES)}/pod-${next(PODS)}` };
  const lines = Array.from({ length: QUERIES }, () =>
    JSON.stringify({ from: endpoint(), to: endpoint(), port: next(2) === 0 ? 8080 : 443, protocol: 'TCP' }),
  );
  const queries = path.join(folder, 'queries.jsonl');
  writeFileSync(queries, `${lines.join('\n')}\n`);
  const answers = openSync(path.join(folder, 'answers.jsonl'), 'w');
  const started = performance.now();
  const run = spawnSync(
    process.execPath,
    ['dist/chokepoint.js', 'reach', path.join(folder, 'world.yaml'), '--queries', queries],
    {
      stdio: ['ignore', answers, 'inherit'],
    },
  );
  const seconds = (performance.now() - started) / 1000;
  closeSync(answers);
  const answered = Number(
    execFileSync('wc', ['-l', path.join(folder, 'answers.jsonl')], { encoding: 'utf8' })
      .trim()
      .split(' ')[0],
  );
  process.stdout.write(
    `${answered} answers to ${QUERIES} queries in ${seconds.toFixed(2)} s, ${((seconds / QUERIES) * 1e6).toFixed(2)} µs a query, exit ${run.status}\n`,
  );
  if (answered !== QUERIES || run.status !== 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
