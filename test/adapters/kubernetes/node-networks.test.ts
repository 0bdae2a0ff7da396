import { expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/adapters/kubernetes/client/client.ts';
import { readNodeNetworks } from '../../../src/adapters/kubernetes/view/node-networks.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const signal = new AbortController().signal;
const node = (podCIDRs: readonly string[], ...addresses: readonly (readonly [string, unknown])[]) => ({
  spec: { podCIDRs },
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
});
const NODES = [
  node(['10.1.0.0/24', 'fd00::/64'], ['InternalIP', '192.0.2.9'], ['ExternalIP', '198.51.100.1'], ['InternalIP', 7]),
  node(['10.0.0.0/24'], ['Hostname', 'b'], ['InternalIP', '192.0.2.10']),
];
const SLICE = { endpoints: [{ addresses: ['203.0.113.7', '203.0.113.6'] }, { addresses: [7] }, {}] };

const isNodes = ({ path }: ApiRequest): boolean => path.at(-1) === 'nodes';
const clientOf = (nodes: ReturnType<typeof answerOf>, slice: ReturnType<typeof answerOf>) =>
  scriptedClient(request => (isNodes(request) ? nodes : slice));
const LISTED = answerOf({ metadata: { resourceVersion: '1' }, items: NODES });

test('networks are read sorted, of internal addresses alone', async () => {
  expect(await readNodeNetworks(clientOf(LISTED, answerOf(SLICE)), signal)).toEqual({
    podCidrs: ['10.0.0.0/24', '10.1.0.0/24', 'fd00::/64'],
    nodeAddresses: ['192.0.2.10', '192.0.2.9'],
    apiServerAddresses: ['203.0.113.6', '203.0.113.7'],
  });
});

test.each([
  ['is not there', answerOf({}, 404)],
  ['is no object', answerOf('ok')],
  ['is null', answerOf(null)],
])('an EndpointSlice that %s has no addresses', async (_, slice) => {
  expect((await readNodeNetworks(clientOf(LISTED, slice), signal)).apiServerAddresses).toEqual([]);
});

test.each([
  ['nodes', answerOf({}, 403), answerOf(SLICE), 'nodes cannot be listed: 403'],
  ['the EndpointSlice', LISTED, answerOf(SLICE, 403), 'the EndpointSlice of the API servers cannot be read: 403'],
])('a refusal of %s is an error', async (_, nodes, slice, message) => {
  await expect(readNodeNetworks(clientOf(nodes, slice), signal)).rejects.toThrow(message);
});
