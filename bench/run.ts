/**
 * Runs every measurement, one after the other, and keeps what each prints in bench/RESULTS.md with how and when it was made.
 * Run: `npm run bench`. Takes some minutes; the machine should have nothing else to do.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { commandLine } from '../test/support/developer-command.ts';
import { withSection } from './results.ts';

interface Measurement {
  readonly title: string;
  readonly says: string;
  readonly args: readonly string[];
}

const MEASUREMENTS: readonly Measurement[] = [
  {
    title: 'The judge',
    says: 'Decisions a second on one server, by the number of policies in its namespace and in the whole world. It should be flat in the world.',
    args: ['bench/judge.ts'],
  },
  {
    title: 'The command line',
    says: 'Whole processes, run in turn with their floor: a bare js-yaml `loadAll` of the same files on the same Node.js, and an empty Node.js. A third of the objects are MCP servers, a third their policies, one in five of which is faulty in one of eight ways.',
    args: ['bench/check.ts', '--runs', '5'],
  },
  {
    title: 'The start',
    says: 'Milliseconds until a gate that serves a folder is ready, and until the library has judged one Pod, beside an empty Node.js; whole processes, run in turn.',
    args: ['bench/start.ts'],
  },
  {
    title: 'Kustomizations',
    says: 'A tree of 30 kustomizations, beside their builds alone by `kubectl kustomize`, two at a time.',
    args: ['bench/render.ts'],
  },
  {
    title: 'The webhook',
    says: 'Requests a second and the 99th percentile of `/validate` beside a bare `node:https` server that parses the body and answers a constant, both on one processor, under the same load in turn; and where the processor time goes.',
    args: ['bench/validate.ts', '--rounds', '5'],
  },
  {
    title: 'The record',
    says: 'The same load on a gate that keeps no record, and on one that does.',
    args: ['bench/validate.ts', '--record', '1', '--rounds', '5', '--profile', '0', '--kinds', 'harmless,allowed'],
  },
  {
    title: 'Size of the cluster',
    says: 'The gate on clusters that a server in memory plays: how long until it is ready, its resident memory, and how long a decision takes over HTTPS; ratios are to the empty cluster.',
    args: ['bench/scale.ts'],
  },
  {
    title: 'The controller',
    says: 'What it takes of the controller to close servers that are all new at once, on a real API server and with the webhook at work: processor time from the first of them until the last has its policy and is held no more.',
    args: ['test/control-plane/in-private-network.ts', 'node', 'bench/controller.ts'],
  },
  {
    title: 'Behind a real API server',
    says: 'How much longer a call of a real API server takes with the gate, beside no webhook and beside a bare one that allows everything; dry runs, in turns.',
    args: ['test/control-plane/in-private-network.ts', 'node', 'bench/latency.ts'],
  },
  {
    title: 'Reports and the history',
    says: 'What 10,000 servers with two findings each cost the cluster, on a real API server: objects as they are read back, with what the API server adds. At most ten reports are written in a second, one for each namespace in a minute, and each part of the history once in a minute.',
    args: ['bench/reports.ts'],
  },
  {
    title: 'Reach',
    says: 'A million queries, as a whole process with reading and writing them.',
    args: ['bench/reach.ts'],
  },
  {
    title: 'The inventory',
    says: 'Of 10,000 servers in files, beside `check` of the same files; whole processes.',
    args: ['bench/inventory.ts'],
  },
  {
    title: 'Agreement with the independent oracle',
    says: 'Random worlds and probes judged by `reach` and by the oracle of the tests, which shares no code with it.',
    args: ['bench/agreement.ts', '--probes', '1000000'],
  },
  {
    title: 'Agreement about tiers',
    says: 'The same with the upstream and AWS policies of tiers beside NetworkPolicies.',
    args: ['bench/tier-agreement.ts', '--probes', '500000'],
  },
  {
    title: 'Agreement about Cilium',
    says: 'The same with policies of Cilium.',
    args: ['bench/cilium-agreement.ts', '--probes', '1000000'],
  },
  {
    title: 'Agreement about Calico',
    says: 'The same with policies of Calico.',
    args: ['bench/calico-agreement.ts'],
  },
  {
    title: 'Verdicts beside other policy APIs',
    says: 'Verdicts on servers of random worlds, put to the same oracles; what could not be told, and why.',
    args: ['bench/policy-verdicts.ts', '--worlds', '4000'],
  },
  {
    title: 'The installation',
    says: 'Seconds from `kubectl apply -k` to the first refusal, on a real API server with a real kube-proxy and cert-manager, the Pods as processes: no image is pulled, and mounts are there a second after their Secret.',
    args: ['test/control-plane/in-private-network.ts', 'node', 'bench/install.ts'],
  },
];

const { only } = commandLine({
  name: 'npm run bench',
  does: 'Runs every measurement, one after the other, and writes each into bench/RESULTS.md as it ends. Takes some minutes.',
  options: { only: { value: 'LIST', means: 'parts of the titles of what is measured, with commas', default: '' } },
}).values;

/** Runs one measurement, shows what it prints, and returns it. */
function measure({ title, args }: Measurement): string {
  process.stdout.write(`\n# ${title}: node ${args.join(' ')}\n`);
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(run.stdout);
  if (run.status !== 0) throw new Error(`node ${args.join(' ')} ended with ${run.status}`);
  return run.stdout.trimEnd();
}

const FILE = 'bench/RESULTS.md';
const [cpu] = cpus();
const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;

const chosen = MEASUREMENTS.filter(({ title }) => only.split(',').some(part => title.includes(part)));
if (chosen.length === 0) throw new Error(`no title holds one of "${only}"`);
for (const measurement of chosen) {
  const { title, says, args } = measurement;
  const made = `\`node ${args.join(' ')}\`, on ${machine}, ${new Date().toISOString().slice(0, 10)}`;
  const body = `${says}\n\n${made}:\n\n\`\`\`text\n${measure(measurement)}\n\`\`\``;
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), title, body));
}
