import type { BlockPeer } from '../kube/types.ts';
import { intersectAddresses, isNoAddress, toCidrs } from '../net/addresses.ts';
import type { Cidr, CidrProblem } from '../net/cidr.ts';
import { defineRule, policyRef } from '../rule.ts';

type MessageId = CidrProblem;

function texts(peer: BlockPeer): readonly (readonly [Cidr, string])[] {
  const excepts = peer.except.map((cidr, index) => [cidr, `${peer.path}.ipBlock.except[${index}]`] as const);
  return [[peer.cidr, `${peer.path}.ipBlock.cidr`], ...excepts];
}

/** What to write instead. The API server refuses an `except` that is no part of its block, as IPv4 ones in `::/0`. */
function adviceOn(cidr: Cidr, block: Cidr): string {
  if (cidr.range === undefined) return 'write a CIDR block';
  const meant = toCidrs(cidr.range).join(', ');
  const isOutside = block.range !== undefined && isNoAddress(intersectAddresses(cidr.range, block.range));
  return isOutside
    ? `take it out of the list: ${block.text} holds no address of ${meant}; except that in an ipBlock that does`
    : `write it as ${meant}`;
}

/** Text that the API server took, or once took, and that dataplanes read in different ways (KEP-4858). */
export const cidrAmbiguous = defineRule<MessageId>({
  id: 'cidr-ambiguous',
  since: 'v1',
  title: 'Address text that implementations read differently',
  why: 'A block with leading zeros, host bits or an IPv4-mapped address is one range to one network plugin and another range, or every address, to the next. Policies written before the API server refused such text stay in etcd.',
  limits: 'Non-canonical but unambiguous IPv6 text is not a finding.',
  sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/4858-ip-cidr-validation'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: {
    'leading-zero': '"{text}" has leading zeros: octal to some readers, decimal to others',
    'host-bits': '"{text}" has bits set beyond its prefix: some network plugins drop the whole policy',
    'ipv4-mapped': '"{text}" is an IPv4-mapped IPv6 block: IPv4 to some readers, IPv6 to others',
    unreadable: '"{text}" is no CIDR block: some network plugins take it for every address',
  },
  checkPolicy({ traffic }) {
    return [...traffic.ingress.openings, ...traffic.egress.openings].values().flatMap(({ peer, policy }) => {
      if (peer === 'any' || peer.kind !== 'block') return [];
      return texts(peer).flatMap(([cidr, path]) => {
        const [messageId] = cidr.problems;
        if (messageId === undefined) return [];
        const summary = adviceOn(cidr, peer.cidr);
        return { messageId, object: policyRef(policy), path, data: { text: cidr.text }, fix: { summary } };
      });
    });
  },
});
