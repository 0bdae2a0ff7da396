import { expect, test } from 'vitest';
import { judgeConnection } from '../../../src/app/probe/judge-connection.ts';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const pod = (name: string, ip: string): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: a, labels: {app: ${name}}}, spec: {containers: [{name: c, image: i}]}, status: {podIP: ${ip}}}`;
const policy = (name: string, spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: a}, spec: {podSelector: {matchLabels: {app: ${name}}}, ${spec}}}`;
const egress = (rules: string): string => policy('client', `policyTypes: [Egress], egress: [${rules}]`);
const ingress = (rules: string): string => policy('server', `policyTypes: [Ingress], ingress: [${rules}]`);

const [TO_SERVICE, DIRECT] = [true, false];
const TO_PODS = '{to: [{podSelector: {}}]}';
const blocks = (...cidrs: readonly string[]): string =>
  `{to: [${cidrs.map(cidr => `{ipBlock: {cidr: ${cidr}}}`).join(', ')}]}`;
const [PODS, SERVICES] = ['10.244.0.0/16', '10.96.0.0/12'];

// biome-ignore format: one line a case
test.each<[string, readonly string[], boolean, boolean | null]>([
  ['no policy', [], TO_SERVICE, true],
  ['a server that admits nobody', [ingress('')], TO_SERVICE, false],
  ['a client that is let out to nobody', [egress('')], TO_SERVICE, false],
  ['a client that is let out to pods', [egress(TO_PODS)], TO_SERVICE, true],
  ['a client that is let out to everything', [egress('{}')], TO_SERVICE, true],
  ['a client that is let out to everything on the port of the Pod', [egress('{ports: [{port: 8080}]}')], TO_SERVICE, true],
  ['a block that holds the Pod, and not the Service', [egress(blocks(PODS))], TO_SERVICE, null],
  ['the same to the Pod itself', [egress(blocks(PODS))], DIRECT, true],
  ['a block that holds the Service, and not the Pod', [egress(blocks(SERVICES))], TO_SERVICE, null],
  ['blocks that hold both', [egress(blocks(PODS, SERVICES))], TO_SERVICE, true],
  ['a block that holds neither', [egress(blocks('192.0.2.0/24'))], TO_SERVICE, false],
  ['a block and pods', [egress(`${blocks(PODS)}, ${TO_PODS}`)], TO_SERVICE, true],
  ['a block, to a server that admits nobody', [egress(blocks(PODS)), ingress('')], TO_SERVICE, false],
])('by a Service: %s', (_title, policies, isByService, expected) => {
  const texts = [pod('client', '10.244.0.1'), pod('server', '10.244.0.2'), ...policies];
  const world = buildWorld((parseYaml(texts.join('\n---\n')) as Record<string, unknown>[]).map(decoded));
  const target = { address: '10.244.0.2', port: { number: 8080, protocol: 'TCP' } } as const;
  const from = { namespace: 'a', pod: 'client' };
  const asked = isByService
    ? { ...from, address: '10.96.0.1', port: { number: 80, protocol: 'TCP' } as const, behind: target }
    : { ...from, ...target };
  const { allowed, why } = judgeConnection(asked, createReach(world), world);
  expect([allowed, why !== '']).toEqual([expected, expected === null]);
});
