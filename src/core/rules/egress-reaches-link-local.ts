import { listedTexts } from '../listed.ts';
import { toBlocks, unionAddresses } from '../net/addresses.ts';
import { credentialsMeant, egressWitness, reaches } from '../netpol/egress.ts';
import { openBoxes } from '../netpol/open-traffic.ts';
import { closingFix } from '../remedy/closing-fix.ts';
import { defineRule, policyRef } from '../rule.ts';

/**
 * The rest of link-local, and where no provider is configured every provider's metadata addresses: GKE serves metadata at 169.254.169.252 after translation,
 * EKS hands out pod credentials at 169.254.170.23.
 */
export const egressReachesLinkLocal = defineRule({
  id: 'egress-reaches-link-local',
  since: 'v1',
  title: "The server may reach other link-local addresses or other providers' metadata addresses",
  why: 'Some clouds translate the metadata address to another link-local one before policies are applied, and some hand out credentials there, so that an except for 169.254.169.254/32 alone does not keep the server away.',
  limits:
    'Addresses on the node itself are always reachable from its pods, whatever the policy says. Grants in allowedDestinations (NodeLocal DNS, EKS Pod Identity) are honoured. With a `provider` configured, metadata addresses of other providers outside link-local are not counted; a peer of link-local addresses alone that holds a credential address of the provider is the subject of egress-reaches-metadata.',
  sources: [
    'https://github.com/kubernetes/kubernetes/issues/68078',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
  ],
  levels: { baseline: 'warn', restricted: 'deny' },
  guardsMetadata: true,
  severity: 5.5,
  messages: { reaches: 'it may reach link-local or other metadata addresses: {addresses}' },
  checkPolicy({ traffic, guarded, granted, policy }) {
    return traffic.egress.openings.values().flatMap(opening => {
      // egress-reaches-metadata tells of those.
      if (credentialsMeant(opening, granted.egress, guarded).length > 0) return [];
      const boxes = reaches(opening, guarded.linkLocal, granted.egress, false);
      if (boxes.length === 0) return [];
      const addresses = unionAddresses(boxes.map(box => box.addresses));
      return [
        {
          messageId: 'reaches' as const,
          object: policyRef(opening.policy),
          path: opening.path,
          data: { addresses: listedTexts(toBlocks(addresses), 4) },
          opens: openBoxes(boxes),
          witness: egressWitness(boxes),
          fix: closingFix(opening, guarded.anyLinkLocal, guarded, policy),
        },
      ];
    });
  },
});
