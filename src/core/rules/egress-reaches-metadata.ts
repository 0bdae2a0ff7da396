import type { Fix } from '../decision.ts';
import { intersectAddresses, isNoAddress, toCidrs, unionAddresses } from '../net/addresses.ts';
import { parseCidr, specifiedBy } from '../net/cidr.ts';
import type { Box } from '../netpol/box.ts';
import { type Opening, removable } from '../netpol/effective.ts';
import { credentialsMeant, egressWitness, reaches } from '../netpol/egress.ts';
import { openBoxes } from '../netpol/open-traffic.ts';
import { closingFix } from '../remedy/closing-fix.ts';
import { defineRule, type PolicyContext, policyRef, type Report } from '../rule.ts';

type MessageId = 'reaches' | 'credentials';

const NOTHING_GRANTED = { pods: [], boxes: [] };

function report(messageId: MessageId, { policy, path }: Opening, boxes: readonly Box[], fix: Fix): Report<MessageId> {
  const addresses = toCidrs(unionAddresses(boxes.map(box => box.addresses))).join(', ');
  return {
    messageId,
    object: policyRef(policy),
    path,
    data: { addresses },
    opens: openBoxes(boxes),
    witness: egressWitness(boxes),
    fix,
  };
}

/** What lets the server have the credentials, as entries of `spec.allowedDestinations`; none where it reaches them in IPv6 forms alone. */
function grantsOf(boxes: readonly Box[], { guarded }: PolicyContext): readonly string[] {
  const reached = unionAddresses(boxes.map(box => box.addresses));
  return guarded.networks.credentials
    .filter(({ cidr }) => !isNoAddress(intersectAddresses(specifiedBy(parseCidr(cidr)), reached)))
    .map(({ cidr, port }) => {
      const block = JSON.stringify(cidr);
      return `- {name: pod-credentials, to: [{ipBlock: {cidr: ${block}}}], ports: [{protocol: TCP, port: ${port}}]}`;
    });
}

function meantFix(opening: Opening, boxes: readonly Box[], context: PolicyContext): Fix {
  const grants = grantsOf(boxes, context);
  if (grants.length === 0) return { summary: `remove ${removable(opening)}` };
  return {
    summary: `remove ${removable(opening)}; or, where the server needs these credentials, add ${grants.join(' or ')} to spec.allowedDestinations of the GatePolicy, and open no more than that`,
  };
}

/** The metadata address in any of its forms, which no grant of the configuration opens; and peers that are there for credentials of pods. */
export const egressReachesMetadata = defineRule<MessageId>({
  id: 'egress-reaches-metadata',
  since: 'v1',
  title: 'The server may reach the cloud metadata address',
  why: 'The metadata address hands out the credentials of the node. A server that an agent drives can be made to fetch them.',
  limits:
    'All of 64:ff9b:1::/48 counts as a form of the metadata address: which part of it a translator serves is not known. Named ports resolve on pods alone and are not counted here. Where a `provider` is configured, a peer of link-local addresses alone that holds an address where the provider hands out credentials to pods (GKE 169.254.169.252, ECS 169.254.170.2, EKS 169.254.170.23 and fd00:ec2::23) is meant for them: it needs a grant of exactly this address and its ports, one by one. A wider block that forgets them is the subject of egress-reaches-link-local.',
  sources: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/protecting-cluster-metadata',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  guardsMetadata: true,
  severity: 9.3,
  messages: {
    reaches: 'it may reach the metadata address {addresses}',
    credentials: 'it is let out to where the provider hands out credentials: {addresses}',
  },
  checkPolicy(context) {
    const { traffic, guarded, granted } = context;
    return traffic.egress.openings.values().flatMap(opening => {
      const boxes = reaches(opening, guarded.metadata, NOTHING_GRANTED, false);
      const meant = credentialsMeant(opening, granted.egress, guarded);
      const removal = meant.length === 0 ? undefined : meantFix(opening, meant, context);
      if (boxes.length === 0) return removal === undefined ? [] : [report('credentials', opening, meant, removal)];
      const addresses = unionAddresses(boxes.map(box => box.addresses));
      const closing = closingFix(opening, addresses, guarded, context.policy);
      // An except would leave a peer that is refused for the credentials which it still reaches.
      const fix = closing.edit !== undefined && removal !== undefined ? removal : closing;
      return [report('reaches', opening, boxes, fix)];
    });
  },
});
