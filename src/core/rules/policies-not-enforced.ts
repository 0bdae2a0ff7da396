import { isProof } from '../gate/enforcement.ts';
import { defineRule } from '../rule.ts';

/** Policies that nothing enforces close nothing, however well they are written. Told by packets alone: no object of the API says it. */
export const policiesNotEnforced = defineRule({
  id: 'policies-not-enforced',
  since: 'v1',
  title: 'Nothing enforces the policies of the cluster',
  why: 'A NetworkPolicy is only text until the network plugin of every node programs it. Where none does, or one has stopped, whatever the policies say, all traffic is open: a server that is judged to be closed is not.',
  limits:
    'Known from a probe alone (`chokepoint doctor --probe`), for seven days. One that is older, and nodes of which it could prove nothing, are no proof of either, and nothing is found by them. On which node a server runs is not looked at: it may run on another tomorrow.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites',
    'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
  ],
  levels: { baseline: 'warn', restricted: 'deny' },
  severity: 8,
  messages: {
    open: 'policies are not enforced on {nodes}, as packets showed on {day}: {reason}',
  },
  check({ subject, policy }) {
    const { enforcement, day } = policy;
    const [first, ...others] = enforcement?.open ?? [];
    if (enforcement === undefined || first === undefined || !isProof(enforcement, day)) return [];
    const place = first.pool === '' ? `node ${first.name}` : `node ${first.name} (pool ${first.pool})`;
    return [
      {
        messageId: 'open',
        path: subject.podLabelsPath,
        data: {
          nodes: others.length === 0 ? place : `${place} and ${others.length} more`,
          day: enforcement.day,
          reason: first.reason,
        },
        fix: {
          summary:
            'have a network plugin that enforces NetworkPolicies run on every node, then measure again: `chokepoint doctor --probe`',
        },
      },
    ];
  },
});
