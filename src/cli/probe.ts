import { readNamed } from '../adapters/kubernetes/view/read-named.ts';
import { createProbeCluster } from '../adapters/kubernetes/writes/probe-cluster.ts';
import { keepProbe } from '../adapters/kubernetes/writes/probe-store.ts';
import { renderProbe } from '../adapters/probe/text.ts';
import { chooseNodes } from '../app/probe/plan.ts';
import { type ProbeReport, probeReport, probeStatus } from '../app/probe/report.ts';
import { probeRights } from '../app/probe/rights.ts';
import { runProbe } from '../app/probe/run.ts';
import type { ProbeRun } from '../app/probe/steps.ts';
import type { Enforcement } from '../app/probe/verdict.ts';
import { objectsAt, textAt } from '../core/kube/reading.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, connectToChosen } from './chosen-cluster.ts';
import { type CommandSpecific, VERSION } from './commands.ts';
import type { Io } from './io.ts';
import { probeServers, readServers } from './probe-servers.ts';
import { createProgress } from './progress.ts';
import { paletteFor } from './terminal-text.ts';

type Options = CommandSpecific['doctor'];

const DEPLOYMENTS = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' } as const;

/** The image that the gate of the cluster runs, which its nodes can have; else the one that is built of this version. */
async function ownImage({ client, time }: ChosenCluster, gateNamespace: string): Promise<string> {
  const read = await readNamed(client, time, { ...DEPLOYMENTS, namespace: gateNamespace });
  const gates = read.kind === 'objects' ? read.objects : [];
  const [gate] = gates.filter(one => textAt(one, 'metadata.name').startsWith('chokepoint'));
  const [container] = gate === undefined ? [] : objectsAt(gate, 'spec.template.spec.containers');
  const image = container === undefined ? '' : textAt(container, 'image');
  return image === '' ? `chokepoint:${VERSION}` : image;
}

/** Rejects with a GateError unless whoever is there agrees, or has agreed before. */
async function agree(
  { yes = false }: Options,
  { server }: ChosenCluster,
  { nodes, servers }: { readonly nodes: number; readonly servers: number },
  io: Io,
): Promise<void> {
  if (yes) return;
  const more = servers === 0 ? '' : `, then some for each of ${servers} servers in namespaces beside it`;
  const question = `The probe makes a namespace of its own in the cluster at ${server.origin}, runs ${6 * nodes} small Pods on ${nodes} nodes in it for a minute${more}, and removes all of it again. Go on? [y/N] `;
  const answer = await io.ask(visibleText(question));
  if (answer === undefined)
    throw new GateError('bad-usage', '--probe writes into the cluster: give --yes where nobody can be asked');
  if (!/^y(?:es)?$/i.test(answer)) throw new GateError('bad-usage', 'nothing was done');
}

async function measure(options: Options, chosen: ChosenCluster, io: Io): Promise<ProbeReport> {
  const { client, time, server } = chosen;
  const cluster = createProbeCluster(client, time);
  const nodes = await cluster.nodes();
  const choice = chooseNodes(nodes, options.nodes);
  if (choice.nodes.length === 0)
    throw new GateError('unexpected-answer', 'the cluster has no node that is ready and takes Pods of Linux');
  const judged = options.servers === undefined ? undefined : await readServers(chosen, options, io);
  await agree(options, chosen, { nodes: choice.nodes.length, servers: judged?.chosen.servers.length ?? 0 }, io);
  const image = options.image ?? (await ownImage(chosen, options.gateNamespace));
  const progress = createProgress(io.stderr);
  const run: ProbeRun = {
    ...{ cluster, time, image, nodes: choice.nodes },
    wallMs: Date.now,
    signal: io.interrupted(),
    onProgress: text => progress.show(`probe: ${text}`),
  };
  try {
    const probed = await runProbe(run);
    const servers = judged && (await probeServers(run, judged, nodes, { cluster: chosen, io }));
    const leftovers = [...probed.leftovers, ...(servers?.leftovers ?? [])];
    const about = { cluster: server.origin, image, leftovers, ...(servers && { servers: servers.report }) };
    return probeReport(probed.nodes, choice, Date.now(), about);
  } finally {
    progress.clear();
  }
}

const COLOURS: Readonly<Record<Enforcement, 'bad' | 'doubtful' | 'good'>> = {
  'not-enforced': 'bad',
  unknown: 'doubtful',
  enforced: 'good',
};

/** `doctor --probe`: measures by packets what is enforced, and keeps the answer. 1: something is not enforced; 2: something cannot be told. */
export async function runProbeCommand(options: Options, io: Io): Promise<number> {
  if (options.printRights) {
    await io.stdout.write(probeRights(options.gateNamespace));
    return 0;
  }
  const chosen = await connectToChosen(options, io);
  try {
    const report = await measure(options, chosen, io);
    const palette = paletteFor(io.isColoured && options.color);
    await io.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderProbe(report, (enforcement, text) => palette[COLOURS[enforcement]](text)),
    );
    const trouble = await keepProbe(chosen.client, chosen.time, options.gateNamespace, report);
    if (trouble !== '') await io.stderr.write(`chokepoint: the result was not kept: ${visibleText(trouble)}\n`);
    return probeStatus(report);
  } finally {
    chosen.client.close();
  }
}
