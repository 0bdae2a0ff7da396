import { NETWORK_CLASSES, type ProtectedNetworks } from '../gate/types.ts';
import { listedTexts } from '../listed.ts';
import {
  type AddressSet,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  toBlocks,
  unionAddresses,
} from '../net/addresses.ts';
import { ALL_PORTS } from '../net/ports.ts';
import { type Box, subtractBoxes } from '../netpol/box.ts';
import type { Opening } from '../netpol/effective.ts';
import { assumedReach, egressWitness, reaches } from '../netpol/egress.ts';
import { type Guarded, knownOf } from '../netpol/guarded.ts';
import { openBoxes } from '../netpol/open-traffic.ts';
import { closingFix } from '../remedy/closing-fix.ts';
import { defineRule, type PolicyContext, policyRef, type Report } from '../rule.ts';

type MessageId = 'reaches' | 'lists' | 'opens-assumed' | 'may-reach';

/** By addresses alone, as an `ipBlock`. */
const isBlock = ({ peer, byIdentity }: Opening): boolean => peer !== 'any' && peer.kind === 'block' && !byIdentity;

/** What a block reaches of addresses that the dataplane matches by blocks; where that is nothing, `boxes`, which it only lists. */
function matched(opening: Opening, boxes: readonly Box[], { unmatched }: Guarded): readonly Box[] {
  if (!isBlock(opening)) return boxes;
  const left = boxes.flatMap(box => subtractBoxes(box, [{ addresses: unmatched, ports: ALL_PORTS }]));
  return left.length === 0 ? boxes : left;
}

const addressesOf = (boxes: readonly Box[]): AddressSet => unionAddresses(boxes.map(box => box.addresses));

/** The known ranges that an opening reaches. Named ports count towards pods alone. */
function knownReach(opening: Opening, { guarded, granted }: PolicyContext): readonly Box[] {
  const numbered = reaches(opening, guarded.known, granted.egress, false);
  if (opening.names.length === 0) return numbered;
  return [...numbered, ...reaches(opening, knownOf(guarded.networks, 'pods'), granted.egress, true)];
}

function classNames(boxes: readonly Box[], networks: ProtectedNetworks): string {
  const hit = addressesOf(boxes);
  const touches = (set: AddressSet): boolean => !isNoAddress(intersectAddresses(hit, set));
  const names = NETWORK_CLASSES.filter(name => touches(knownOf(networks, name))).map(String);
  if (touches(networks.extra)) names.push('extra');
  return names.join(', ');
}

function knownReports(context: PolicyContext): IteratorObject<Report<MessageId>> {
  const { known, networks } = context.guarded;
  return context.traffic.egress.openings.values().flatMap(opening => {
    const boxes = matched(opening, knownReach(opening, context), context.guarded);
    if (boxes.length === 0) return [];
    const opened = addressesOf(boxes);
    const isListed = isBlock(opening) && containsAddresses(context.guarded.unmatched, opened);
    const dataplane = context.policy.dataplane?.name ?? '';
    return [
      {
        messageId: isListed ? ('lists' as const) : ('reaches' as const),
        object: policyRef(opening.policy),
        path: opening.path,
        data: {
          classes: classNames(boxes, networks),
          addresses: toBlocks(opened)
            .slice(0, 4)
            .map(({ text }) => text)
            .join(', '),
          ...(isListed && { dataplane }),
        },
        opens: openBoxes(boxes),
        witness: egressWitness(boxes),
        fix: closingFix(opening, known, context.guarded, context.policy),
        ...(isListed && { atMost: 'warn' as const }),
      },
    ];
  });
}

/**
 * Where a class is not known, its ranges lie somewhere in the assumed space. All openings together that leave a family's whole space open
 * certainly reach them; openings that leave parts of it open may.
 */
function assumedReports(context: PolicyContext): IteratorObject<Report<MessageId>> {
  const { unknown, networks } = context.guarded;
  const { assumedIsOpen } = context;
  if (unknown.length === 0) return [].values();
  const openings = context.traffic.egress.openings
    .values()
    .map(opening => ({ opening, boxes: assumedReach(opening, context.guarded, context.granted.egress) }))
    .filter(({ boxes }) => boxes.length > 0);
  const { assumed } = networks;
  return openings.map(({ opening, boxes }) => {
    const opened = addressesOf(boxes);
    const isAllOpen = (assumedIsOpen[4] && opened.v4.length > 0) || (assumedIsOpen[6] && opened.v6.length > 0);
    const isDoubtful = opening.atMost !== undefined || (context.guarded.isNarrow && isBlock(opening));
    const certain = isAllOpen && !isDoubtful;
    return {
      messageId: certain ? ('opens-assumed' as const) : ('may-reach' as const),
      object: policyRef(opening.policy),
      path: opening.path,
      data: { classes: unknown.join(', '), addresses: listedTexts(toBlocks(opened), 4) },
      opens: openBoxes(boxes),
      witness: egressWitness(boxes),
      fix: certain
        ? closingFix(opening, assumed, context.guarded, context.policy)
        : { summary: `set protectedNetworks (${unknown.join(', ')}) in the GatePolicy` },
      ...(certain ? {} : { atMost: 'warn' as const }),
    };
  });
}

/** allowed ∩ protected must be empty but for the exact (block, port, protocol) tuples that the configuration grants. */
export const egressReachesCluster = defineRule<MessageId>({
  id: 'egress-reaches-cluster',
  since: 'v1',
  title: 'The server may reach addresses inside the cluster',
  why: 'Pods, services, nodes and the control plane trust the network that they are on. A server that an agent drives must not be the way in.',
  limits:
    'An ipBlock is taken to match pods and nodes by address, the more open of the two readings, unless the dataplane is known to match them otherwise. Ranges that are not configured are assumed to lie in the private and shared blocks.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-ipblock-selectors',
    'https://www.rfc-editor.org/rfc/rfc1918',
    'https://www.rfc-editor.org/rfc/rfc6598',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: {
    reaches: 'it may reach protected addresses ({classes}): {addresses}',
    lists:
      'it lists protected addresses ({classes}): {addresses}; {dataplane} matches them by no block, and other dataplanes do',
    'opens-assumed':
      'it may reach every private and shared address, so it certainly reaches the cluster, wherever its ranges lie ({classes} not configured)',
    'may-reach': 'it may reach {addresses}, where the cluster may have its ranges ({classes} not configured)',
  },
  checkPolicy: context => [knownReports, assumedReports].values().flatMap(reports => reports(context)),
});
