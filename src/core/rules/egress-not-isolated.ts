import type { Witness } from '../decision.ts';
import { whyNotIsolated } from '../netpol/effective.ts';
import { leftBeyond, leftWitness } from '../netpol/left-open.ts';
import { defineRule } from '../rule.ts';

const METADATA: Witness = {
  direction: 'egress',
  peer: '169.254.169.254',
  address: '169.254.169.254',
  protocol: 'TCP',
  port: 80,
};
const CREATE =
  'create a NetworkPolicy with policyTypes Ingress and Egress that selects its pods (`chokepoint generate` prints it)';
const ADD_TYPE =
  'add Egress to its policyTypes, with the egress that the server needs, or create a NetworkPolicy for it (`chokepoint generate` prints it)';

/** No policy surely isolates the server's egress. A policy with policyTypes [Ingress] ignores its egress list. */
export const egressNotIsolated = defineRule({
  id: 'egress-not-isolated',
  since: 'v1',
  title: 'No policy isolates the egress of the server',
  why: 'A pod that no NetworkPolicy selects for egress can reach every pod, service and node, the control plane and the cloud metadata address, with whatever an agent makes it do.',
  limits:
    'A policy counts only if it selects the pods whatever labels their controller adds. Whether the network plugin enforces policies is not seen.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies'],
  levels: { baseline: 'deny', restricted: 'deny' },
  guardsMetadata: true,
  severity: 9,
  messages: {
    'no-policy':
      'no NetworkPolicy selects its pods for egress, so it may reach every address, the metadata address among them',
    'ingress-only':
      'NetworkPolicy {policy} selects its pods, but its policyTypes lack Egress, so it may reach every address, the metadata address among them',
    'being-deleted':
      'NetworkPolicy {policy}, which selects its pods for egress, is being deleted, so it may reach every address, the metadata address among them',
    'left-open':
      'no NetworkPolicy isolates its pods for egress, and policies of other APIs leave more open than is granted',
    'not-surely':
      'the policies that may select its pods for egress depend on labels that a controller sets, so the pods may end up free to reach everything',
  },
  check({ subject, traffic, granted, guarded }) {
    if (subject.hostNetwork || traffic.egress.isolated) return [];
    const { byDefault } = traffic.egress;
    const left = byDefault && leftBeyond(byDefault, granted.egress, guarded.everything);
    if (left && left.pods.length + left.boxes.length === 0) return [];
    const { messageId, leaving } = whyNotIsolated(traffic, 'egress');
    const ofIngress = messageId === 'no-policy' ? traffic.policies.find(policy => policy.ingress.isolates) : undefined;
    return [
      {
        messageId: left ? 'left-open' : ofIngress ? 'ingress-only' : messageId,
        data: { policy: (leaving ?? ofIngress)?.meta.name ?? '' },
        path: subject.podLabelsPath,
        witness: left ? leftWitness(left, 'egress') : METADATA,
        fix: { summary: ofIngress ? ADD_TYPE : CREATE },
      },
    ];
  },
});
