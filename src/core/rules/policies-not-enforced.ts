import { isProof, type MeasuredEnforcement } from '../gate/enforcement.ts';
import { defineRule, type Report, type RuleContext } from '../rule.ts';

type MessageId = 'open' | 'server-open';

const thenMeasure = (options: string): string => `then measure again: \`chokepoint doctor --probe${options}\``;

const andMore = (first: string, others: number): string => (others === 0 ? first : `${first} and ${others} more`);

function openNodes({ open, day }: MeasuredEnforcement, { subject }: RuleContext): readonly Report<MessageId>[] {
  const [first, ...others] = open;
  if (first === undefined) return [];
  const place = first.pool === '' ? `node ${first.name}` : `node ${first.name} (pool ${first.pool})`;
  return [
    {
      messageId: 'open',
      path: subject.podLabelsPath,
      data: { nodes: andMore(place, others.length), day, reason: first.reason },
      fix: {
        summary: `have a network plugin that enforces NetworkPolicies run on every node, ${thenMeasure('')}`,
      },
    },
  ];
}

function openServer(
  { openServers, day }: MeasuredEnforcement,
  { subject: { kind, meta, podLabelsPath } }: RuleContext,
): readonly Report<MessageId>[] {
  const name = `${meta.namespace}/${kind}/${meta.name}`;
  return openServers
    .filter(server => server.name === name)
    .map(({ reason, others }) => ({
      messageId: 'server-open',
      path: podLabelsPath,
      data: { day, ways: andMore(reason, others) },
      fix: {
        summary: `see with \`chokepoint reach\` which policies are to close it, and why the network plugin does not enforce them, ${thenMeasure(` --servers ${meta.namespace}/${meta.name}`)}`,
      },
    }));
}

/** Policies that nothing enforces close nothing, however well they are written. Told by packets alone: no object of the API says it. */
export const policiesNotEnforced = defineRule<MessageId>({
  id: 'policies-not-enforced',
  since: 'v1',
  title: 'Nothing enforces the policies of the cluster',
  why: 'A NetworkPolicy is only text until the network plugin of every node programs it. Where none does, or one has stopped, whatever the policies say, all traffic is open: a server that is judged to be closed is not.',
  limits:
    'Known from a probe alone (`chokepoint doctor --probe`), for seven days. One that is older, and nodes of which it could prove nothing, are no proof of either, and nothing is found by them. On which node a server runs is not looked at: it may run on another tomorrow. What packets did where Pods stood in for a server (`--servers`) is found of that server, not of its Pods; connections that are judged to be open and did not get through are printed by the probe, and are no finding. The last probe counts, and what an earlier one saw of other servers does not.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites',
    'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
  ],
  levels: { baseline: 'warn', restricted: 'deny' },
  severity: 8,
  messages: {
    open: 'policies are not enforced on {nodes}, as packets showed on {day}: {reason}',
    'server-open':
      'its policies are not enforced, as packets showed on {day}: what is judged to be closed was open {ways}',
  },
  check(context) {
    const { enforcement, day } = context.policy;
    if (enforcement === undefined || !isProof(enforcement, day)) return [];
    return [...openNodes(enforcement, context), ...openServer(enforcement, context)];
  },
});
