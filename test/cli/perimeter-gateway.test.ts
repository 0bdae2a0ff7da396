import { afterEach, beforeEach, expect, test } from 'vitest';
import { SERVED } from '../support/fake-cluster.ts';
import { putYaml, type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import type { Ran } from './run.ts';

const GATEWAYS = { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'Gateway', plural: 'gateways' };

let cluster: TestedCluster;
beforeEach(async () => {
  cluster = await testedCluster([...SERVED.filter(({ plural }) => plural !== 'gateways'), GATEWAYS]);
});
afterEach(() => cluster.close());

const gateway = (...args: readonly string[]): Promise<Ran> =>
  cluster.run(['perimeter', 'gateway', '--kubeconfig', 'kubeconfig', ...args]);

/** A Gateway with listeners, and what else its spec and its status say. */
const put = (name: string, spec: string, addresses: string): void =>
  putYaml(
    cluster.server,
    'gateways',
    `metadata: {namespace: gateway, name: ${name}}
spec:
  listeners:
  - {name: https, protocol: HTTPS, port: 443, hostname: mcp.example.com}
  - {name: any, protocol: HTTPS, port: 443, hostname: "*.example.com"}
  - {name: plain, protocol: HTTP, port: 80, hostname: old.example.com}
  ${spec}
status: {addresses: [${addresses}]}
`,
  );
const service = (name: string, spec: string, ingress: string, annotations = '{}'): void =>
  putYaml(
    cluster.server,
    'services',
    `metadata: {namespace: gateway, name: ${name}, annotations: ${annotations}}
spec: {type: LoadBalancer, ports: [{port: 443}]${spec}}
status: {loadBalancer: {ingress: [${ingress}]}}
`,
  );

test('a Gateway whose address was asked for is told as a GatePolicy has it', async () => {
  put('mcp', 'addresses: [{type: IPAddress, value: 203.0.113.10}]', '{value: 203.0.113.10}, {value: "2001:db8::10"}');
  expect(await gateway()).toEqual({
    status: 0,
    stderr: '',
    stdout: `perimeter:
  # Of Gateway gateway/mcp, asked for by spec.addresses.
  gateway:
    hosts:
    - "mcp.example.com"
    addresses:
    - "203.0.113.10/32"
    - "2001:db8::10/128"
`,
  });
});

test('an address that nobody reserved is a warning', async () => {
  put('mcp', '', '{value: 203.0.113.10}');
  const { status, stderr, stdout } = await gateway();
  expect(status).toBe(1);
  expect(stderr).toContain('Nothing says that 203.0.113.10 of Gateway gateway/mcp stays');
  expect(stdout).toContain('203.0.113.10/32');
});

test('a name in place of an address is a warning, and so is a Gateway without one', async () => {
  put('mcp', '', '{type: Hostname, value: a1.elb.example.com}');
  expect(await gateway()).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/a1\.elb\.example\.com: its addresses change/),
  });
});

test.each([
  ['loadBalancerIP', ', loadBalancerIP: 203.0.113.10', '{}', 0],
  ['an annotation of MetalLB', '', '{metallb.io/loadBalancerIPs: 203.0.113.10}', 0],
  ['an annotation of AWS', '', '{service.beta.kubernetes.io/aws-load-balancer-eip-allocations: eipalloc-1}', 0],
  ['another annotation', '', '{metallb.io/address-pool: pool}', 1],
  ['nothing', '', '{}', 1],
])('of a load balancer %s reserves its address, or not', async (_, spec, annotations, status) => {
  service('envoy', spec, '{ip: 203.0.113.10}', annotations);
  expect((await gateway()).status).toBe(status);
});

test('of several one is to be named, and other Services are none', async () => {
  service('a', ', loadBalancerIP: 203.0.113.10', '{ip: 203.0.113.10}');
  service('b', ', loadBalancerIP: 203.0.113.11', '{ip: 203.0.113.11}');
  expect(await gateway()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/several.*Service gateway\/a, Service gateway\/b/),
  });
  expect((await gateway('gateway/b')).stdout).toContain('203.0.113.11/32');
  expect((await gateway('default/kubernetes')).status).toBe(2);
  put('mcp', 'addresses: [{value: 203.0.113.12}]', '{value: 203.0.113.12}');
  expect((await gateway()).stdout).toContain('203.0.113.12/32');
});

test('what the configuration does not have is told', async () => {
  cluster.folder.write(
    'chokepoint.yaml',
    `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec: {perimeter: {gateway: {hosts: [mcp.example.com], addresses: [203.0.113.0/28]}}}
`,
  );
  put('mcp', 'addresses: [{value: 203.0.113.10}]', '{value: 203.0.113.10}');
  expect((await gateway()).status).toBe(0);
  put('mcp', 'addresses: [{value: 198.51.100.7}]', '{value: 198.51.100.7}');
  expect(await gateway()).toMatchObject({ status: 1, stderr: expect.stringMatching(/does not have 198\.51\.100\.7/) });
});

test('a cluster without any, or that refuses, ends with 2', async () => {
  expect((await gateway()).status).toBe(2);
  cluster.server.order({ status: 403 }, { plural: 'gateways', times: 100 });
  expect(await gateway()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/gateways cannot be listed \(403\)/),
  });
});
