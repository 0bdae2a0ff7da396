import { loadGatePolicy } from '../adapters/config/load.ts';
import {
  type GatewayStatus,
  gatewayDoubts,
  gatewayName,
  gatewayStatuses,
  gatewayText,
} from '../app/perimeter/gateway-status.ts';
import { addressSetOf } from '../core/gate/discover-networks.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { listed } from '../core/listed.ts';
import { containsAddresses } from '../core/net/addresses.ts';
import { visibleLines } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, connectToChosen } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';

const RESOURCES = [
  { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'Gateway', plural: 'gateways' },
  { group: '', version: 'v1', kind: 'Service', plural: 'services' },
] as const;

/** Gateways and load balancers of the cluster. Rejects with a GateError where they may not be read. */
async function readGateways({ client, time }: ChosenCluster): Promise<readonly GatewayStatus[]> {
  const { readNamed } = await import('../adapters/kubernetes/view/read-named.ts');
  const all: GatewayStatus[] = [];
  for (const resource of RESOURCES) {
    const read = await readNamed(client, time, resource);
    if (read.kind === 'refused')
      throw new GateError('unexpected-answer', `${resource.plural} cannot be listed (${read.status}): ${read.message}`);
    all.push(...gatewayStatuses(resource.kind, read.objects));
  }
  return all;
}

/** The one that is named `namespace/name`; without a name the only one, Gateways before load balancers. Throws a GateError where that is not settled. */
function chosenOf(all: readonly GatewayStatus[], wanted: string | undefined): GatewayStatus {
  const gateways = all.filter(({ kind }) => kind === 'Gateway');
  const among = gateways.length > 0 ? gateways : all;
  const found =
    wanted === undefined ? among : all.filter(({ namespace, name }) => `${namespace}/${name}` === wanted).slice(0, 1);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const names = listed(among.map(gatewayName));
  const reason =
    wanted !== undefined
      ? `there is no Gateway and no load balancer ${wanted}`
      : only === undefined
        ? 'the cluster has no Gateway and no Service of type LoadBalancer'
        : 'there are several: name one as NAMESPACE/NAME';
  throw new GateError('bad-usage', names === '' ? reason : `${reason}: ${names}`);
}

/** What the configuration says otherwise; nothing where it has no perimeter. */
function driftOf(
  { addresses, hosts }: GatewayStatus,
  policy: GatePolicy | undefined,
  source: string,
): readonly string[] {
  const gateway = policy?.perimeter?.gateway;
  if (gateway === undefined) return [];
  const absent = addresses.filter(one => !containsAddresses(gateway.addresses, addressSetOf(one)));
  const others = hosts.filter(one => !gateway.hosts.includes(one));
  return [
    ...absent.map(one => `${source} does not have ${one} under spec.perimeter.gateway.addresses.`),
    ...others.map(one => `${source} does not have ${one} under spec.perimeter.gateway.hosts.`),
  ];
}

/** `perimeter gateway`: where the gateway of a cluster is reached, as a GatePolicy has it, and whether that stays. */
export async function runPerimeterGateway(
  wanted: string | undefined,
  options: CommandSpecific['perimeterGateway'],
  io: Io,
): Promise<number> {
  const { policy, source } = await loadGatePolicy({ file: options.config, workingFolder: io.workingFolder });
  const cluster = await connectToChosen(options, io);
  try {
    const status = chosenOf(await readGateways(cluster), wanted);
    const doubts = [...gatewayDoubts(status), ...driftOf(status, policy, source)];
    await io.stderr.write(visibleLines(doubts.map(line => `${line}\n`).join('')));
    if (status.addresses.length > 0) await io.stdout.write(visibleLines(gatewayText(status)));
    return doubts.length > 0 ? 1 : 0;
  } finally {
    cluster.client.close();
  }
}
