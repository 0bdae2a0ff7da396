import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { Io } from './io.ts';

/** A gate that answers at a port of this machine. */
interface DemoGate {
  readonly port: number;
  /** What its callers are to trust, PEM. */
  readonly developmentCertificate: string | undefined;
  close(): Promise<void>;
}

/** Starts a real gate over a folder of manifests. */
export type StartGate = (options: {
  readonly world: readonly string[];
  readonly config: string;
  readonly workingFolder: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly drain: { readonly delayMs: number; readonly graceMs: number };
  readonly log: string;
}) => Promise<DemoGate>;

/** One bundled review: what it asks, and what a gate that works answers. */
interface Step {
  readonly file: string;
  readonly asks: string;
  readonly expected: 'allow' | 'deny';
}

/** A cluster of the demo: a folder with its configuration, its world and the reviews that are sent to its gate. */
interface DemoCluster {
  readonly folder: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

const step = (file: string, expected: Step['expected'], asks: string): Step => ({ file, asks, expected });

const CLUSTERS: readonly DemoCluster[] = [
  {
    folder: 'gke',
    title: 'A cluster on Google Cloud',
    steps: [
      step('01-server-without-a-policy', 'deny', 'create an MCP server that no NetworkPolicy selects'),
      step('02-the-same-as-a-dry-run', 'allow', 'the same as a dry run: its policy may be next in the bundle'),
      step('03-its-correct-policy', 'allow', 'create its correct policy'),
      step('04-server-with-its-policy', 'allow', 'update a server whose correct policy is there'),
      step('05-the-published-policy-for-gcp', 'allow', 'create the published policy for GCP, with its own ranges'),
      step('06-the-same-without-the-pod-range', 'deny', 'the same, but without the except for the pods'),
      step(
        '07-the-same-without-the-metadata-address',
        'deny',
        'the same, but without the except for the metadata address',
      ),
      step('08-the-same-with-one-dash-too-many', 'deny', 'the same, but with one dash too many before podSelector'),
      step('09-a-second-policy-that-admits-everybody', 'deny', 'add a second policy that admits everybody on one port'),
      step(
        '10-a-second-policy-that-opens-the-pod-range',
        'deny',
        'add a second policy that opens part of the pod range',
      ),
      step('11-deleting-the-policy-of-a-server', 'deny', 'delete the policy of a server'),
      step('12-a-deployment-that-is-no-server', 'allow', 'create a Deployment that is no MCP server'),
    ],
  },
  {
    folder: 'eks',
    title: 'A cluster on AWS',
    steps: [
      step('01-the-published-policy-for-aws', 'allow', 'create the published policy for AWS, with its own ranges'),
      step('02-the-same-without-the-vpc-range', 'deny', 'the same, but without the except for the VPC'),
      step('03-the-same-without-the-service-range', 'deny', 'the same, but without the except for the services'),
      step('04-the-same-with-all-of-ipv6', 'deny', 'the same, but with ::/0 beside it'),
    ],
  },
];

/** What of an AdmissionReview's response the demo shows. */
interface ReviewAnswer {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

interface ResponseBody {
  readonly response: {
    readonly allowed: boolean;
    readonly status?: { readonly message?: string };
    readonly warnings?: readonly string[];
  };
}

/** Sends one review over TLS, trusting the gate's development certificate and nothing else. */
function send(gate: DemoGate, body: Buffer): Promise<ReviewAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: gate.port,
        path: '/validate?timeout=5s',
        method: 'POST',
        servername: 'localhost',
        ca: gate.developmentCertificate,
        headers: { 'content-type': 'application/json', 'content-length': body.byteLength },
        timeout: 5000,
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { response: said } = JSON.parse(Buffer.concat(chunks).toString()) as ResponseBody;
          resolve({ allowed: said.allowed, message: said.status?.message ?? '', warnings: said.warnings ?? [] });
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer within 5 seconds')));
    call.on('error', reject);
    call.end(body);
  });
}

type Write = (text: string) => Promise<void>;

const indent = (text: string): string =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => `         ${line.trimEnd()}\n`)
    .join('');

async function writeAnswer(asked: Step, answer: ReviewAnswer, write: Write): Promise<void> {
  const verdict = answer.allowed ? 'allowed' : 'DENIED ';
  await write(`  ${verdict}  ${asked.asks}\n`);
  if (answer.message !== '') await write(indent(answer.message));
  for (const warning of answer.warnings) await write(indent(`warning: ${warning}`));
}

/** Runs one cluster's reviews against a gate of its own. Resolves to the number of answers that were not as they should be. */
async function runCluster(samples: string, cluster: DemoCluster, start: StartGate, write: Write): Promise<number> {
  const folder = path.join(samples, cluster.folder);
  const gate = await start({
    world: [path.join(folder, 'world')],
    config: path.join(folder, 'chokepoint.yaml'),
    workingFolder: folder,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    drain: { delayMs: 0, graceMs: 1000 },
    log: '/dev/null',
  });
  try {
    await write(`${cluster.title}: a gate answers at https://127.0.0.1:${gate.port}/validate\n\n`);
    let wrong = 0;
    for (const asked of cluster.steps) {
      const answer = await send(gate, readFileSync(path.join(folder, 'reviews', `${asked.file}.json`)));
      await writeAnswer(asked, answer, write);
      if ((answer.allowed ? 'allow' : 'deny') !== asked.expected) {
        wrong += 1;
        await write(`  ^ expected: ${asked.expected}\n`);
      }
    }
    await write('\n');
    return wrong;
  } finally {
    await gate.close();
  }
}

const NEXT = `What to try next, with C=policies/demo/gke:
  npx chokepoint check --config $C/chokepoint.yaml $C/world     judge manifests, as a pipeline would
  npx chokepoint generate --config $C/chokepoint.yaml $C/world  print the policies that are missing
  npx chokepoint explain egress-reaches-cluster                 what a rule finds, why, and how to mend it
  npx chokepoint --help
`;

/** The folder of the bundled samples: beside the sources and beside the built command line, whichever of them runs. */
function samplesFolder(): string {
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const samples = path.join(folder, 'policies', 'demo');
    if (existsSync(samples)) return samples;
  }
  throw new GateError('missing-samples', 'policies/demo is not part of this installation');
}

/**
 * The main job on bundled data: starts the real gate for two clusters, sends each its AdmissionReviews over TLS, shows what it answers.
 * Resolves to 0 if every answer was as it should be, else 1.
 */
export async function runDemo(io: Pick<Io, 'stdout'>, start: StartGate): Promise<number> {
  const samples = samplesFolder();
  const write: Write = text => io.stdout.write(text);
  let wrong = 0;
  for (const cluster of CLUSTERS) wrong += await runCluster(samples, cluster, start, write);
  await write(wrong === 0 ? NEXT : `${wrong} answers were not as they should be\n`);
  return wrong === 0 ? 0 : 1;
}
