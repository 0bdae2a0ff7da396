import { describe, expect, test } from 'vitest';
import { enforcement } from '../../../src/app/doctor/network-plugins.ts';
import { seen, told } from './seen.ts';

const agent = (
  name: string,
  container = '{name: agent, image: "registry.example/agent:1"}',
  namespace = 'kube-system',
) =>
  `{metadata: {namespace: ${namespace}, name: ${name}}, spec: {template: {spec: {containers: [${container}]}}}, status: {desiredNumberScheduled: 3, numberReady: 3}}`;
const node = (labels: string, version = 'v1.35.0') =>
  `{metadata: {name: node-1, labels: {${labels}}}, status: {nodeInfo: {kubeletVersion: ${version}}}}`;
const config = (data: string) => `{metadata: {name: config}, data: {${data}}}`;

const AWS = (args: string, env = '') =>
  agent('aws-node', `{name: aws-node, env: [${env}]}, {name: aws-eks-nodeagent, args: [${args}]}`);
const STRICT = '{name: NETWORK_POLICY_ENFORCING_MODE, value: strict}';

describe('a network plugin', () => {
  test.each([
    [
      'Cilium',
      { daemonSets: agent('cilium'), ciliumConfig: config('enable-policy: default') },
      'pass: Cilium enforces',
    ],
    [
      'Cilium, never',
      { daemonSets: agent('cilium'), ciliumConfig: config('enable-policy: never') },
      'fail: Cilium enforces nothing',
    ],
    [
      'Cilium, audit',
      { daemonSets: agent('cilium'), ciliumConfig: config('policy-audit-mode: "true"') },
      'fail: Cilium only records',
    ],
    [
      'Cilium without policies of Kubernetes',
      { daemonSets: agent('cilium'), ciliumConfig: config('enable-k8s-networkpolicy: "false"') },
      'fail: Cilium passes',
    ],
    [
      'Cilium without its ConfigMap',
      { daemonSets: agent('cilium') },
      'unknown: the ConfigMap kube-system/cilium-config',
    ],
    [
      'Calico',
      { daemonSets: agent('calico-node', undefined, 'calico-system') },
      'pass: Calico enforces NetworkPolicies (DaemonSet calico-system/calico-node)',
    ],
    [
      'GKE Dataplane V2',
      { daemonSets: agent('anetd'), nodes: node('cloud.google.com/gke-nodepool: a') },
      'pass: GKE Dataplane V2',
    ],
    [
      'GKE without',
      { daemonSets: agent('netd'), nodes: node('cloud.google.com/gke-nodepool: a') },
      'fail: GKE without Dataplane V2',
    ],
    [
      'AKS with its own',
      { daemonSets: `${agent('azure-cns')}\n---\n${agent('azure-npm')}` },
      'pass: Azure Network Policy Manager',
    ],
    [
      'AKS with Cilium',
      { daemonSets: `${agent('azure-cns')}\n---\n${agent('cilium')}`, ciliumConfig: config('a: b') },
      'pass: Cilium',
    ],
    ['AKS with none', { daemonSets: agent('azure-cns') }, 'fail: Azure CNI without'],
    ['EKS, off', { daemonSets: AWS('--enable-network-policy=false') }, 'fail: Amazon VPC CNI does not enforce'],
    [
      'EKS, off in its ConfigMap',
      {
        daemonSets: AWS('--enable-network-policy=true'),
        vpcCniConfig: config('enable-network-policy-controller: "false"'),
      },
      'fail: Amazon VPC CNI does not enforce',
    ],
    [
      'EKS, standard',
      { daemonSets: AWS('--enable-network-policy=true') },
      'warn: Amazon VPC CNI enforces in mode standard',
    ],
    ['EKS, strict', { daemonSets: AWS('--enable-network-policy=true', STRICT) }, 'pass: Amazon VPC CNI enforces'],
    [
      'EKS with Calico',
      { daemonSets: `${AWS('--enable-network-policy=false')}\n---\n${agent('calico-node')}` },
      'pass: Calico',
    ],
    ['EKS Auto Mode, off', { nodes: node('eks.amazonaws.com/compute-type: auto') }, 'fail: EKS Auto Mode'],
    [
      'EKS Auto Mode, on',
      {
        nodes: node('eks.amazonaws.com/compute-type: auto'),
        vpcCniConfig: config('enable-network-policy-controller: "true"'),
      },
      'pass: EKS Auto Mode',
    ],
    [
      'kindnet of today',
      { daemonSets: agent('kindnet', '{name: kindnet-cni, image: "docker.io/kindest/kindnetd:v20241212-9f82dd49"}') },
      'pass: kindnet',
    ],
    [
      'kindnet of before',
      { daemonSets: agent('kindnet', '{name: kindnet-cni, image: "docker.io/kindest/kindnetd:v20240202-8f1494ea"}') },
      'fail: this version of kindnet',
    ],
    ['flannel', { daemonSets: agent('kube-flannel-ds', undefined, 'kube-flannel') }, 'fail: flannel'],
    [
      'flannel with kube-network-policies',
      { daemonSets: agent('kube-flannel-ds', '{name: kube-flannel}, {name: kube-network-policies}') },
      'pass: kube-network-policies',
    ],
    [
      'kube-router without its firewall',
      { daemonSets: agent('kube-router', '{name: r, args: [--run-firewall=false]}') },
      'fail: kube-router',
    ],
    ['Antrea', { daemonSets: agent('antrea-agent') }, 'pass: Antrea'],
    [
      'OVN-Kubernetes',
      { daemonSets: agent('ovnkube-node', undefined, 'openshift-ovn-kubernetes') },
      'pass: OVN-Kubernetes',
    ],
    ['k3s', { nodes: node('a: b', 'v1.35.1+k3s1') }, 'unknown: k3s enforces'],
    ['nothing that is known', { daemonSets: agent('log-shipper') }, 'unknown: no network plugin'],
  ] as const)('%s', (_, reads, first) => {
    expect(told(enforcement(seen({ reads })))[0]).toContain(first);
  });

  test('whose agent is switched off everywhere is not there', () => {
    const daemonSets = agent('calico-node').replace(
      'desiredNumberScheduled: 3, numberReady: 3',
      'desiredNumberScheduled: 0',
    );
    expect(told(enforcement(seen({ reads: { daemonSets } })))[0]).toContain('unknown: no network plugin');
  });

  test('that is not ready everywhere is told with the nodes that it is ready on', () => {
    const daemonSets = agent('calico-node').replace('numberReady: 3', 'numberReady: 2');
    expect(told(enforcement(seen({ reads: { daemonSets } })))).toEqual([
      'pass: Calico enforces NetworkPolicies (DaemonSet kube-system/calico-node)',
      'warn: Calico is ready on 2 of 3 nodes (DaemonSet kube-system/calico-node): on the others nothing new is enforced',
    ]);
  });

  test('does not run on nodes of Fargate', () => {
    const nodes = node('eks.amazonaws.com/compute-type: fargate');
    const answers = told(enforcement(seen({ reads: { daemonSets: agent('calico-node'), nodes } })));
    expect(answers[1]).toContain('warn: on 1 nodes no agent can run');
  });
});
