import type { NetworkFacts } from '../../../core/gate/discover-networks.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import { NODES } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { listAll } from './list.ts';
import { API_SERVERS, ENDPOINT_SLICES, readEndpointAddresses, readNode } from './network-facts.ts';

/** What Nodes and the API servers tell of the cluster's addresses. */
export type NodeNetworks = Omit<NetworkFacts, 'serviceCidrs'>;

async function readApiServers(client: Client, signal: AbortSignal): Promise<readonly string[]> {
  const path = objectPath(ENDPOINT_SLICES, API_SERVERS.namespace, API_SERVERS.name);
  const { status, body } = await client.request({ method: 'GET', path, signal });
  if (status === 404) return [];
  if (status !== 200)
    throw new GateError('unexpected-answer', `the EndpointSlice of the API servers cannot be read: ${status}`);
  return typeof body === 'object' && body !== null ? readEndpointAddresses(body as Fields) : [];
}

/** Reads them once, sorted, so that the same cluster gives the same answer. Rejects with a GateError where a part cannot be read. */
export async function readNodeNetworks(client: Client, signal: AbortSignal): Promise<NodeNetworks> {
  let nodes: ReturnType<typeof readNode>[] = [];
  const begin = () => {
    nodes = [];
    return (raw: Fields): void => void nodes.push(readNode(raw));
  };
  const listed = await listAll(client, NODES, { begin, signal });
  if (listed.kind === 'refused')
    throw new GateError('unexpected-answer', `nodes cannot be listed: ${listed.answer.status}`);
  return {
    podCidrs: nodes.flatMap(({ podCidrs }) => podCidrs).sort(),
    nodeAddresses: nodes.flatMap(({ addresses }) => addresses).sort(),
    apiServerAddresses: [...(await readApiServers(client, signal))].sort(),
  };
}
