import { defineRule } from '../rule.ts';

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
  messages: {
    'no-policy':
      'no NetworkPolicy selects its pods for egress, so it may reach every address, the metadata address among them',
    'not-surely':
      'the policies that may select its pods for egress depend on labels that a controller sets, so the pods may end up free to reach everything',
  },
  check({ subject, traffic }) {
    if (subject.hostNetwork || traffic.egress.isolated) return [];
    const mayBeSelected = traffic.policies.some(policy => policy.egress.isolates);
    return [
      {
        messageId: mayBeSelected ? 'not-surely' : 'no-policy',
        path: subject.podLabelsPath,
        witness: {
          direction: 'egress',
          peer: '169.254.169.254',
          address: '169.254.169.254',
          protocol: 'TCP',
          port: 80,
        },
        fix: {
          summary:
            'create a NetworkPolicy with policyTypes Ingress and Egress that selects its pods (`chokepoint generate` prints it)',
        },
      },
    ];
  },
});
