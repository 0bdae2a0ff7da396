import { readNode } from '../adapters/kubernetes/view/network-facts.ts';
import { type ChosenServers, chooseServers } from '../app/probe/choose-servers.ts';
import type { ServersReport } from '../app/probe/report.ts';
import { type AskedConnection, runServers } from '../app/probe/run-servers.ts';
import { type Outside, planScene } from '../app/probe/server-scene.ts';
import { worstAgreement } from '../app/probe/server-verdict.ts';
import type { ProbeRun } from '../app/probe/steps.ts';
import { judgeInput } from '../app/report/check.ts';
import { clusterInput, judgeFor } from '../app/report/judge-cluster.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Fields, textAt } from '../core/kube/reading.ts';
import { parseAddress } from '../core/net/ip.ts';
import { reachAmong } from '../core/netpol/reach.ts';
import { reachPods } from '../core/netpol/reach-pods.ts';
import type { World } from '../core/world.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific } from './commands.ts';
import { readConfiguration } from './input.ts';
import type { Io } from './io.ts';

type Options = CommandSpecific['doctor'];

/** Servers of a cluster, and what they are judged by. */
interface JudgedServers {
  readonly chosen: ChosenServers;
  readonly world: World;
  readonly policy: GatePolicy;
}

/** The servers that are asked for. Rejects with a GateError where there are none, or the configuration or the cluster cannot be read. */
export async function readServers(cluster: ChosenCluster, options: Options, io: Io): Promise<JudgedServers> {
  const written = await readConfiguration(options.config, {}, io);
  const reading = await readChosenCluster(cluster, undefined, io);
  const { policy, source } = await clusterConfiguration(written, reading, {}, io);
  if (policy === undefined) throw new GateError('bad-configuration', `${source} cannot be used`);
  const input = clusterInput(reading);
  const request = { policy, policySource: source, namespace: undefined, needsGatePolicy: needsGatePolicy(written) };
  const { judge, problems } = judgeFor(reading, input, request);
  if (judge === undefined)
    throw new GateError('unexpected-answer', problems[0]?.message ?? 'the cluster cannot be judged');
  const chosen = chooseServers(judgeInput(input, judge), options.servers ?? []);
  const [unknown] = chosen.unknown;
  if (unknown !== undefined)
    throw new GateError(
      'bad-usage',
      `--servers ${unknown}: there is no such MCP server, or it is in the host's network`,
    );
  return { chosen, world: input.world, policy: judge.policy };
}

/** Ports of what answers on an address outside of the scene: cloud metadata over HTTP, the kubelet. */
const METADATA: Outside = { title: 'cloud metadata', address: '169.254.169.254', port: 80 };
const KUBELET_PORT = 10_250;

/** Where a server should not get out to: metadata, and a node that is not its own, which no policy closes. */
function outsideOf(nodes: readonly Fields[], ownNode: string): readonly Outside[] {
  const others = nodes.filter(node => textAt(node, 'metadata.name') !== ownNode);
  const [address] = others.flatMap(node => readNode(node).addresses);
  return address === undefined ? [METADATA] : [METADATA, { title: 'another node', address, port: KUBELET_PORT }];
}

/** What the judge says of connections, in the cluster as it is now. */
async function expected(
  asked: readonly AskedConnection[],
  cluster: ChosenCluster,
  io: Io,
): Promise<readonly (boolean | null)[]> {
  const reading = await readChosenCluster(cluster, undefined, io);
  const reach = reachAmong(reachPods(clusterInput(reading).world));
  return asked.map(({ namespace, pod, address: text, port }) => {
    const address = parseAddress(text);
    if (address === undefined) return null;
    const answer = reach({
      from: { kind: 'pod', namespace, name: pod, workload: 'Pod' },
      to: { kind: 'ip', address },
      port,
      protocol: 'TCP',
    });
    return 'allowed' in answer ? answer.allowed : null;
  });
}

/** Compares what is judged of servers with packets. `nodes`: the Nodes of the cluster. Rejects with a GateError where the cluster does not take what is needed. */
export async function probeServers(
  run: ProbeRun,
  { chosen, world, policy }: JudgedServers,
  nodes: readonly Fields[],
  { cluster, io }: { readonly cluster: ChosenCluster; readonly io: Io },
): Promise<{ readonly report: ServersReport; readonly leftovers: readonly string[] }> {
  const outside = outsideOf(nodes, run.nodes.at(-1)?.name ?? '');
  const { ways, leftovers } = await runServers({
    ...run,
    plan: prefix => planScene(chosen.servers, world, policy, { prefix, outside }),
    expect: asked => expected(asked, cluster, io),
  });
  const names = chosen.servers.map(({ name }) => name);
  return { report: { agreement: worstAgreement(ways), names, beyond: chosen.beyond, ways }, leftovers };
}
