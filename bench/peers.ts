/**
 * Other checkers of manifests beside `chokepoint check`: the same files, whole processes in turn, what they took and which servers they named.
 * Run: `npm run bench:peers`. Writes its section of bench/RESULTS.md and docs/images/checkers.svg.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { commandLine } from '../test/support/developer-command.ts';
import { filesOf, type GeneratedObject } from './generate.ts';
import { readChokepoint } from './peers/answers.ts';
import { chart } from './peers/chart.ts';
import { type Checker, type Run, runOnce } from './peers/measure.ts';
import { obtain } from './peers/obtain.ts';
import { type Outcome, outcomeOf } from './peers/outcome.ts';
import { peerSet } from './peers/set.ts';
import { PEERS, type Peer, type SetPlaces } from './peers/table.ts';
import { outcomeText } from './peers/text.ts';
import { PEERS_TITLE, withSection } from './results.ts';

const { values } = commandLine({
  name: 'npm run bench:peers',
  does: 'Other checkers of manifests beside ours, on the same files in turn. Installs them first where they are not there: needs go, python3 and GNU time.',
  options: {
    objects: { value: 'N', means: 'objects of the set', default: 1003 },
    seed: { value: 'N', means: 'of the set', default: 1 },
    runs: { value: 'N', means: 'how often each is run, after a first time that does not count', default: 5 },
    limit: { value: 'SECONDS', means: 'how long one run may take', default: 600 },
    'install-limit': { value: 'SECONDS', means: 'how long each step of an installation may take', default: 3600 },
    only: { value: 'LIST', means: 'names of checkers, with commas; writes nothing', default: '' },
  },
});

const RUNS = Math.max(1, values.runs);

/** Writes the set, and what Kyverno takes for the NetworkPolicies of the cluster. */
function writeSet(folder: string, objects: readonly GeneratedObject[]): SetPlaces {
  const places = { manifests: path.join(folder, 'manifests'), kyvernoContext: path.join(folder, 'context.yaml') };
  mkdirSync(places.manifests);
  for (const [name, text] of filesOf(objects)) writeFileSync(path.join(places.manifests, name), text);
  const resources = objects.map(({ text }) => parse(text)).filter(({ kind }) => kind === 'NetworkPolicy');
  const context = {
    apiVersion: 'cli.kyverno.io/v1alpha1',
    kind: 'Context',
    metadata: { name: 'set' },
    spec: { resources },
  };
  writeFileSync(places.kyvernoContext, JSON.stringify(context));
  return places;
}

const ours = ({ manifests }: SetPlaces): Checker => ({
  name: 'chokepoint',
  version: JSON.parse(readFileSync('package.json', 'utf8')).version,
  looksFor: 'only the gateway reaches it, and it reaches nothing inside',
  program: process.execPath,
  args: ['dist/chokepoint.js', 'check', manifests, '--output', 'json'],
  read: readChokepoint,
});

/** The section, with when and on what it was made: the rest of the page is made at other times. */
function body(text: string): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Other checkers of manifests beside \`check\`: the same files, whole processes run in turn, and which MCP servers each names. What is open is known from how
the set is made. Each is asked its own check that comes nearest to ours, or one written in its language (\`bench/peers/policies\`). Made by
\`npm run bench:peers\` on ${machine}, ${new Date().toISOString().slice(0, 10)}.

\`\`\`text
${text.trimEnd()}
\`\`\``;
}

/** A peer as it can be run, or why it cannot. */
function prepare(peer: Peer, places: SetPlaces): Checker | Outcome {
  const { name, version, question } = peer;
  const got = obtain(peer, values['install-limit']);
  if (got.kind === 'absent') return { kind: 'absent', name, version, reason: got.reason };
  if (question === undefined) return { kind: 'absent', name, version, reason: 'it can be had now: say how to ask it' };
  const { looksFor, args, read } = question;
  return { name, version, looksFor, program: got.path, args: args(places), read };
}

/** Runs all in turn, so that each meets the same machine; one that failed is not run again. */
function measure(checkers: readonly Checker[], folder: string): ReadonlyMap<Checker, readonly Run[]> {
  const runs = new Map<Checker, Run[]>(checkers.map(checker => [checker, []]));
  for (let round = 0; round <= RUNS; round += 1) {
    for (const [checker, done] of runs) {
      if (done.some(({ kind }) => kind === 'failed')) continue;
      const run = runOnce(checker, folder, values.limit);
      if (round > 0 || run.kind === 'failed') done.push(run);
    }
  }
  return runs;
}

const wanted = values.only === '' ? undefined : new Set(values.only.split(','));
const files = Math.round(values.objects / 3.05);
const { objects, servers } = peerSet({ objects: values.objects, files, seed: values.seed });
const folder = mkdtempSync(path.join(tmpdir(), 'peers-bench-'));
try {
  const places = writeSet(folder, objects);
  const peers = PEERS.filter(({ name }) => wanted === undefined || wanted.has(name));
  const prepared = [ours(places), ...peers.map(peer => prepare(peer, places))];
  const runs = measure(
    prepared.filter(one => 'program' in one),
    folder,
  );
  const outcomes = prepared.map(one => ('program' in one ? outcomeOf(one, runs.get(one) ?? []) : one));
  const head = `${objects.length} objects in ${files} files, seed ${values.seed}: ${servers.size} servers; medians of ${RUNS} runs\n\n`;
  const text = head + outcomeText(outcomes, servers);
  process.stdout.write(text);
  if (wanted === undefined) {
    writeFileSync('docs/images/checkers.svg', chart(outcomes, servers));
    writeFileSync('bench/RESULTS.md', withSection(readFileSync('bench/RESULTS.md', 'utf8'), PEERS_TITLE, body(text)));
  }
} finally {
  rmSync(folder, { recursive: true });
}
