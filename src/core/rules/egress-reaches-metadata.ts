import { toCidrs, unionAddresses } from '../net/addresses.ts';
import { egressWitness, reaches } from '../netpol/egress.ts';
import { closingFix } from '../remedy/closing-fix.ts';
import { defineRule, policyRef } from '../rule.ts';

const NOTHING_GRANTED = { pods: [], boxes: [] };

/** The metadata address in any of its forms. No grant of the configuration opens it. */
export const egressReachesMetadata = defineRule({
  id: 'egress-reaches-metadata',
  since: 'v1',
  title: 'The server may reach the cloud metadata address',
  why: 'The metadata address hands out the credentials of the node. A server that an agent drives can be made to fetch them.',
  limits:
    'Named ports resolve on pods alone and are not counted here. What is translated behind another link-local address is the subject of egress-reaches-link-local.',
  sources: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/protecting-cluster-metadata',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  messages: { reaches: 'it may reach the metadata address {addresses}' },
  checkPolicy({ traffic, guarded }) {
    return traffic.egress.openings.values().flatMap(opening => {
      const boxes = reaches(opening, guarded.metadata, NOTHING_GRANTED, false);
      if (boxes.length === 0) return [];
      const addresses = unionAddresses(boxes.map(box => box.addresses));
      return [
        {
          messageId: 'reaches' as const,
          object: policyRef(opening.policy),
          path: opening.path,
          data: { addresses: toCidrs(addresses).join(', ') },
          witness: egressWitness(boxes),
          fix: closingFix(opening, addresses, guarded),
        },
      ];
    });
  },
});
