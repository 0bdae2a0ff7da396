import { readNode } from '../adapters/kubernetes/view/network-facts.ts';
import { type ChosenServers, chooseServers } from '../app/probe/choose-servers.ts';
import { judgeConnection } from '../app/probe/judge-connection.ts';
import { policiesBeside } from '../app/probe/policies-beside.ts';
import type { ServersReport } from '../app/probe/report.ts';
import { runServers, type ServersRun } from '../app/probe/run-servers.ts';
import { type Outside, planScene } from '../app/probe/server-scene.ts';
import { worstAgreement } from '../app/probe/server-verdict.ts';
import type { ProbeRun } from '../app/probe/steps.ts';
import { judgeInput } from '../app/report/check.ts';
import { clusterInput, judgeFor } from '../app/report/judge-cluster.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Fields, textAt } from '../core/kube/reading.ts';
import { reachAmong } from '../core/netpol/reach.ts';
import { reachPods } from '../core/netpol/reach-pods.ts';
import type { World } from '../core/world/world.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific } from './commands.ts';
import { readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { shownDataplane } from './reach-world.ts';

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
const METADATA: Outside = {
  title: 'cloud metadata',
  address: '169.254.169.254',
  port: { number: 80, protocol: 'TCP' },
};
const KUBELET_PORT = { number: 10_250, protocol: 'TCP' } as const;

/** Where a server should not get out to: metadata, and a node that is not its own, which no policy closes. */
function outsideOf(nodes: readonly Fields[], ownNode: string): readonly Outside[] {
  const others = nodes.filter(node => textAt(node, 'metadata.name') !== ownNode);
  const [address] = others.flatMap(node => readNode(node).addresses);
  return address === undefined ? [METADATA] : [METADATA, { title: 'another node', address, port: KUBELET_PORT }];
}

/** Where the judge looks. */
interface Where {
  readonly cluster: ChosenCluster;
  readonly io: Io;
}

/** What the judge says of the cluster as it is then. */
const expectIn =
  ({ cluster, io }: Where): ServersRun['expect'] =>
  async (asked, standIns) => {
    const reading = await readChosenCluster(cluster, undefined, io);
    const { world } = clusterInput(reading);
    const reach = reachAmong(reachPods(world, shownDataplane(world, reading)));
    return {
      judged: asked.map(one => judgeConnection(one, reach, world)),
      beside: standIns.map(one => policiesBeside(one, world)),
    };
  };

/** Compares what is judged of servers with packets. `nodes`: the Nodes of the cluster. Rejects with a GateError where the cluster does not take what is needed. */
export async function probeServers(
  run: ProbeRun,
  { chosen, world, policy }: JudgedServers,
  nodes: readonly Fields[],
  where: Where,
): Promise<{ readonly report: ServersReport; readonly leftovers: readonly string[] }> {
  const outside = outsideOf(nodes, run.nodes.at(-1)?.name ?? '');
  const { leftovers, ...tried } = await runServers({
    ...run,
    plan: prefix => planScene(chosen.servers, world, policy, { prefix, outside }),
    expect: expectIn(where),
  });
  const names = chosen.servers.map(({ name }) => name);
  return { report: { agreement: worstAgreement(tried.ways), names, beyond: chosen.beyond, ...tried }, leftovers };
}
