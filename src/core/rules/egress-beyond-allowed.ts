import { namespacesText, podsText } from '../kube/selector.ts';
import { examplePort } from '../net/ports.ts';
import { namedPodsBeyond, podsBeyond } from '../netpol/granted.ts';
import { openPods } from '../netpol/open-traffic.ts';
import { describePod } from '../netpol/region.ts';
import { narrowingFix, REMOVE_DASH, splitFrom } from '../remedy/narrowing-fix.ts';
import { defineRule, policyRef } from '../rule.ts';

/** Pods by selector are implied by the allowed destinations or they are a finding: exact containment, so it holds for pods to come. */
export const egressBeyondAllowed = defineRule({
  id: 'egress-beyond-allowed',
  since: 'v1',
  title: 'The server may reach pods that no allowed destination names',
  why: 'An MCP server needs cluster DNS and the internet services behind its tools. Every other pod that it may reach is open to whatever an agent makes it do.',
  limits: 'Rules without peers and ipBlocks are judged by the rules about addresses.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7.5,
  messages: {
    'split-peer':
      'namespaceSelector and podSelector stand in two list items, so either is enough: it may reach {pods} in {namespaces}',
    'beyond-allowed': 'it may reach {pods} in {namespaces}, which no allowed destination implies',
  },
  checkPolicy({ traffic, granted, namespace, policy }) {
    return traffic.egress.openings.values().flatMap(opening => {
      const { peer } = opening;
      if (peer === 'any' || peer.kind !== 'pods') return [];
      const [beyond] = [...podsBeyond(opening, granted.egress), ...namedPodsBeyond(opening, granted.egress)];
      if (beyond === undefined) return [];
      const namespaces = namespacesText(peer.namespaces, namespace);
      const isSplit = splitFrom(opening, policy, namespace) !== undefined;
      return [
        {
          messageId: isSplit ? ('split-peer' as const) : ('beyond-allowed' as const),
          object: policyRef(opening.policy),
          path: opening.path,
          data: { pods: podsText(peer.pods), namespaces },
          opens: openPods(peer, namespace, opening.ports, opening.names),
          witness: { direction: 'egress' as const, peer: describePod(beyond), ...examplePort(beyond.ports) },
          fix: isSplit ? REMOVE_DASH : narrowingFix(opening, policy, namespace),
        },
      ];
    });
  },
});
