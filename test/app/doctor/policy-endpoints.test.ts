import { expect, test } from 'vitest';
import { policyEndpoints } from '../../../src/app/doctor/policy-endpoints.ts';
import { seen, told } from './seen.ts';

const POLICY =
  '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: weather, namespace: tools, uid: uid-1}, spec: {podSelector: {matchLabels: {app: weather}}, policyTypes: [Ingress]}}';
const POD =
  '{apiVersion: v1, kind: Pod, metadata: {name: weather-1, namespace: tools, labels: {app: weather}}, spec: {nodeName: node-1, containers: [{name: main, image: weather}]}, status: {podIP: 10.0.1.9, podIPs: [{ip: 10.0.1.9}]}}';
const JUDGED = `${POLICY}\n---\n${POD}`;
const AGENT = '{metadata: {name: aws-node, namespace: kube-system}}';
const made = (pods: string, types = '[Ingress]') =>
  `{metadata: {name: weather-x, namespace: tools, ownerReferences: [{uid: uid-1}]}, spec: {policyRef: {name: weather}, podIsolation: ${types}, podSelectorEndpoints: [${pods}]}}`;

test.each<readonly [string, string, string, readonly string[]]>([
  ['on other clusters', '', '{metadata: {name: cilium}}', []],
  [
    'where nothing is made of policies',
    '',
    AGENT,
    ['fail: no PolicyEndpoint says what these NetworkPolicies say now, so that no node enforces them: tools/weather'],
  ],
  [
    'where what was made is of the version before',
    made('{name: weather-1}', '[Ingress, Egress]'),
    AGENT,
    ['fail: no PolicyEndpoint says what these NetworkPolicies say now, so that no node enforces them: tools/weather'],
  ],
  [
    'where a Pod is not listed',
    made('{name: weather-0}'),
    '',
    ['warn: no PolicyEndpoint lists these Pods, which policies select: tools/weather-1'],
  ],
  [
    'where all is well',
    made('{name: weather-1}'),
    '',
    ['pass: what the 1 NetworkPolicies say now, their PolicyEndpoints say, and list all Pods that they select'],
  ],
])('%s', (_, endpoints, daemonSets, expected) => {
  expect(told(policyEndpoints(seen({ judged: JUDGED, reads: { policyEndpoints: endpoints, daemonSets } })))).toEqual(
    expected,
  );
});
