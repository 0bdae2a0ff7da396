import { whyNotIsolated } from '../netpol/effective.ts';
import { leftBeyond, leftWitness } from '../netpol/left-open.ts';
import { defineRule } from '../rule.ts';

/** No policy surely isolates the server's ingress: then everybody may reach it (networking.k8s.io/v1: pods are non-isolated by default). */
export const ingressNotIsolated = defineRule({
  id: 'ingress-not-isolated',
  since: 'v1',
  title: 'No policy isolates the ingress of the server',
  why: 'A pod that no NetworkPolicy selects for ingress accepts connections from every pod of the cluster and from every address that is routed to it, past the gateway and its authentication.',
  limits:
    'A policy counts only if it selects the pods whatever labels their controller adds. Whether the network plugin enforces policies is not seen.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.6,
  messages: {
    'no-policy': 'no NetworkPolicy selects its pods for ingress, so every pod and address may reach it',
    'being-deleted':
      'NetworkPolicy {policy}, which selects its pods for ingress, is being deleted, so every pod and address may reach it',
    'left-open':
      'no NetworkPolicy isolates its pods for ingress, and policies of other APIs leave more open than is granted',
    'not-surely':
      'the policies that may select its pods for ingress depend on labels that a controller sets, so the pods may end up open to everybody',
  },
  check({ subject, traffic, granted }) {
    if (subject.hostNetwork || traffic.ingress.isolated) return [];
    const { byDefault } = traffic.ingress;
    const left = byDefault && leftBeyond(byDefault, granted.ingress);
    if (left && left.pods.length + left.boxes.length === 0) return [];
    const { messageId, leaving } = whyNotIsolated(traffic, 'ingress');
    return [
      {
        messageId: left ? 'left-open' : messageId,
        ...(leaving && { data: { policy: leaving.meta.name } }),
        path: subject.podLabelsPath,
        witness: left
          ? leftWitness(left, 'ingress')
          : { direction: 'ingress', peer: 'any pod in any namespace, and any address' },
        fix: {
          summary:
            'create a NetworkPolicy that selects its pods and admits only the gateway (`chokepoint generate` prints it)',
        },
      },
    ];
  },
});
