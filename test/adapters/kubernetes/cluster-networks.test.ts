import { expect, it, vi } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import type { Client } from '../../../src/adapters/kubernetes/client/client.ts';
import { followNetworks } from '../../../src/adapters/kubernetes/view/cluster-networks.ts';
import { addressRange, toCidrs } from '../../../src/core/net/addresses.ts';

const NODE = {
  metadata: { name: 'a' },
  spec: { podCIDRs: ['10.244.0.0/24'] },
  status: { addresses: [{ type: 'InternalIP', address: '192.168.0.5' }] },
};
const SLICE = { endpoints: [{ addresses: ['172.16.0.2'] }] };

/** A cluster of these nodes: answers what is asked of nodes and of the EndpointSlice, or refuses. */
function clientOf(status: number, nodes: () => readonly object[] = () => [NODE]): Pick<Client, 'request'> {
  return {
    request: async ({ path }) => {
      const body = path.includes('nodes') ? { metadata: { resourceVersion: '1' }, items: nodes() } : SLICE;
      return { status, body, retryAfterMs: undefined };
    },
  } as Pick<Client, 'request'>;
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

it('completes a policy by what the cluster tells, and gives the same object while that stays', async () => {
  let services: readonly string[] = ['10.96.0.0/12'];
  const errors: unknown[] = [];
  const networks = followNetworks(
    clientOf(200) as Client,
    () => services,
    error => errors.push(error),
  );
  for (let turn = 0; turn < 10; turn += 1) await settled();
  const policy = builtinGatePolicy();
  const complete = networks.complete(policy);
  const { classes, seen } = complete.protectedNetworks;
  expect(classes.services && toCidrs(classes.services)).toEqual(['10.96.0.0/12']);
  expect(classes.nodes).toBeUndefined();
  expect([seen.pods, seen.nodes, seen.controlPlane].map(toCidrs)).toEqual([
    ['10.244.0.0/24'],
    ['192.168.0.5/32'],
    ['172.16.0.2/32'],
  ]);
  expect(networks.complete(policy)).toBe(complete);
  services = [...services, '10.112.0.0/16'];
  expect(networks.complete(policy)).not.toBe(complete);
  const given = {
    ...policy,
    protectedNetworks: { ...policy.protectedNetworks, classes: { ...classes, services: addressRange(4, 1n, 1n) } },
  };
  expect(networks.complete(given).protectedNetworks.classes.services).toEqual(addressRange(4, 1n, 1n));
  expect(errors).toEqual([]);
  networks.stop();
});

it('keeps what it knows where a reading is refused, and tells', async () => {
  const errors: unknown[] = [];
  const networks = followNetworks(
    clientOf(403) as Client,
    () => [],
    error => errors.push(error),
  );
  for (let turn = 0; turn < 10; turn += 1) await settled();
  const policy = builtinGatePolicy();
  expect(networks.complete(policy).protectedNetworks.classes).toEqual(policy.protectedNetworks.classes);
  expect(errors.map(String)).toEqual(['GateError: nodes cannot be listed: 403']);
  networks.stop();
});

it('tells when Nodes tell something else, and only then', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let nodes: readonly object[] = [NODE];
  const networks = followNetworks(
    clientOf(200, () => nodes) as Client,
    () => [],
    () => undefined,
  );
  const told: (readonly string[])[] = [];
  const policy = builtinGatePolicy();
  networks.onChange(() => told.push(toCidrs(networks.complete(policy).protectedNetworks.seen.pods)));
  const minute = async (): Promise<void> => {
    vi.advanceTimersByTime(60_000);
    for (let turn = 0; turn < 10; turn += 1) await settled();
  };
  await minute();
  await minute();
  nodes = [NODE, { ...NODE, metadata: { name: 'b' }, spec: { podCIDRs: ['10.244.1.0/24'] } }];
  await minute();
  await minute();
  networks.stop();
  vi.useRealTimers();
  expect(told).toEqual([['10.244.0.0/24'], ['10.244.0.0/23']]);
});
