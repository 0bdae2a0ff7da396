import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { createAddressIndex, withHolder } from '../../../src/core/world/address-index.ts';
import { read } from '../change-objects.ts';

const ADDRESSES = ['10.244.0.1', '10.244.0.2', 'fd00::1'];

const slice = (name: string, addresses: readonly string[]): KubeObject =>
  read(`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: ${name}, namespace: a},
    endpoints: [{addresses: ${JSON.stringify(addresses)}}]}`);
const pod = (name: string, addresses: readonly string[]): KubeObject =>
  read(`{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: a}, spec: {containers: []},
    status: {podIPs: ${JSON.stringify(addresses.map(ip => ({ ip })))}}}`);

const change = fc.record({
  make: fc.constantFrom(slice, pod),
  name: fc.constantFrom('x', 'y', 'z'),
  addresses: fc.option(fc.uniqueArray(fc.constantFrom(...ADDRESSES))),
});

test('who has an address is told as if everybody were looked at, after each change and with one laid over it', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), changes => {
      const index = createAddressIndex();
      const known = new Map<string, KubeObject>();
      for (const { make, name, addresses } of changes) {
        const after = addresses === null ? undefined : make(name, addresses);
        const before = known.get(`${make.name}/${name}`);
        const laid = withHolder(index, before, after);
        if (after === undefined) known.delete(`${make.name}/${name}`);
        else known.set(`${make.name}/${name}`, after);
        index.change(before, after);
        for (const address of ADDRESSES) {
          const at = (key: 'addresses' | 'podIPs') =>
            [...known.values()].filter(object => Object(object)[key]?.includes(address)).map(({ meta }) => meta.name);
          for (const holders of [index, laid]) {
            expect(
              holders
                .endpointsAt(address)
                .map(({ meta }) => meta.name)
                .sort(),
            ).toEqual(at('addresses').sort());
            expect(
              holders
                .podsAt(address)
                .map(({ meta }) => meta.name)
                .sort(),
            ).toEqual(at('podIPs').sort());
          }
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("addresses are held against each other in canonical text, and not those of the host's network", () => {
  const index = createAddressIndex();
  index.change(undefined, slice('x', ['FD00:0:0::1']));
  expect(index.endpointsAt('fd00::1')).toHaveLength(1);
  index.change(
    undefined,
    read(`{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: a}, spec: {hostNetwork: true, containers: []},
      status: {podIPs: [{ip: 192.0.2.1}]}}`),
  );
  expect(index.podsAt('192.0.2.1')).toEqual([]);
});
