/**
 * How long an installation takes until the gate refuses for the first time, on a real API server with kube-proxy, the Pods as processes.
 * Run: `node test/control-plane/in-private-network.ts node bench/install.ts [--rounds 3]`. Needs what the end-to-end tests need.
 */
import { parseArgs } from 'node:util';
import { startCertManager } from '../test/control-plane/cert-manager.ts';
import { eventually } from '../test/control-plane/eventually.ts';
import { NODE_ADDRESS } from '../test/control-plane/private-network.ts';
import { buildProgram, SYSTEM } from '../test/e2e/gate.ts';
import { bundles, closedNamespace, replicas, untilJudged } from '../test/e2e/guarded.ts';
import { type Installation, isAsBefore, snapshot, startInstallation } from '../test/e2e/installation.ts';

const { values: options } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
});
const ROUNDS = Number(options.rounds);
const POLL = { timeoutMs: 120_000, everyMs: 50 };

/** Seconds since the command was given, in this order. */
interface Stages {
  readonly applied: number;
  readonly trusted: number;
  readonly ready: number;
  readonly refused: number;
}

async function install({ cluster, kustomize }: Installation, overlay: string, enforced: string): Promise<Stages> {
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  const applied = await kustomize('apply', overlay);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const appliedAt = since();
  const at = async (what: string, holds: () => Promise<boolean>): Promise<number> => {
    await eventually(what, async () => (await holds()) || undefined, POLL);
    return since();
  };
  const [trusted, ready, refused] = await Promise.all([
    at('every caBundle is filled in', async () => !(await bundles(cluster)).includes('')),
    at('a replica is ready', async () => (await replicas(cluster)).length > 0),
    untilJudged(cluster, enforced).then(since),
  ]);
  return { applied: appliedAt, trusted, ready, refused };
}

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

async function measure(installation: Installation, overlay: string): Promise<void> {
  const enforced = await closedNamespace(installation.cluster);
  const before = await snapshot(installation.cluster);
  const rounds: Stages[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await install(installation, overlay, enforced));
    const kinds = 'validatingwebhookconfiguration,mutatingwebhookconfiguration';
    await installation.cluster.kubectl(['delete', kinds, 'chokepoint']);
    await installation.kustomize('delete', overlay, {}, '--ignore-not-found');
    await isAsBefore(installation.cluster, before);
  }
  const line = (name: keyof Stages): string => {
    const seconds = rounds.map(stages => stages[name]);
    return `${median(seconds).toFixed(1).padStart(6)} s  (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)})`;
  };
  process.stdout.write(`kubectl apply -k manifests/overlays/${overlay}, median of ${ROUNDS}
  every object is applied           ${line('applied')}
  every caBundle is filled in       ${line('trusted')}
  the first replica is ready        ${line('ready')}
  the first refusal                 ${line('refused')}
`);
}

if (NODE_ADDRESS === undefined) throw new Error(`it needs the private network, in which ${SYSTEM} has a Service`);
buildProgram();
const installation = await startInstallation();
try {
  await measure(installation, 'self-signed');
  await startCertManager(installation.cluster);
  await measure(installation, 'cert-manager');
} finally {
  await installation.stop();
}
