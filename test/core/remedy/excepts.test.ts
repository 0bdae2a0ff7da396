import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockPeer, NetworkPolicy } from '../../../src/core/kube/types.ts';
import {
  type AddressSet,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESSES,
  unionAddresses,
} from '../../../src/core/net/addresses.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';
import { formatAddress } from '../../../src/core/net/ip.ts';
import { exceptsToAdd, mergeBlocks } from '../../../src/core/remedy/excepts.ts';
import { decoded } from '../../support/workload.ts';

const setOf = (cidrs: readonly string[]): AddressSet =>
  unionAddresses(cidrs.map(text => parseCidr(text).range ?? NO_ADDRESSES));

function blockPeer(cidr: string, except: readonly string[]): BlockPeer {
  const policy = decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p' },
    spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr, except } }] }] },
  }) as NetworkPolicy;
  const [rule] = policy.egress.isolates ? policy.egress.rules : [];
  const [peer] = rule?.peers.kind === 'only' ? rule.peers.peers : [];
  if (peer?.kind !== 'block') throw new Error('no block');
  return peer;
}

const REMOVE = 'remove';
const CASES: readonly (readonly [
  title: string,
  cidr: string,
  except: readonly string[],
  closed: readonly string[],
  expected: readonly string[] | typeof REMOVE,
])[] = [
  ['nothing is closed', '0.0.0.0/0', [], [], []],
  ['what is closed lies outside', '10.0.0.0/8', [], ['192.168.0.0/16'], []],
  ['what is closed lies inside', '0.0.0.0/0', [], ['10.0.0.0/8'], ['10.0.0.0/8']],
  ['it is excepted already', '0.0.0.0/0', ['10.0.0.0/8'], ['10.1.0.0/16'], []],
  ['one of two is excepted already', '0.0.0.0/0', ['10.0.0.0/8'], ['10.0.0.0/8', '172.16.0.0/12'], ['172.16.0.0/12']],
  ['a part is excepted already', '0.0.0.0/0', ['10.0.0.0/9'], ['10.0.0.0/8'], ['10.0.0.0/8']],
  ['it reaches beyond the block', '10.0.0.0/8', [], ['8.0.0.0/6'], REMOVE],
  ['it covers half of the block', '10.0.0.0/8', [], ['10.128.0.0/9', '11.0.0.0/8'], ['10.128.0.0/9']],
  ['it is the block', '10.0.0.0/8', [], ['10.0.0.0/8'], REMOVE],
  ['it is all that the excepts leave', '10.0.0.0/8', ['10.0.0.0/9'], ['10.128.0.0/9'], REMOVE],
  ['the block is one address', '169.254.169.254/32', [], ['169.254.0.0/16'], REMOVE],
  ['the last address of the space', '0.0.0.0/0', [], ['255.255.255.255/32'], ['255.255.255.255/32']],
  ['adjacent ranges become one block', '0.0.0.0/0', [], ['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/8']],
  ['the families do not mix', '::/0', [], ['10.0.0.0/8'], []],
  ['IPv6', '::/0', [], ['fc00::/7', 'fe80::/10'], ['fc00::/7', 'fe80::/10']],
  ['the block has host bits', '10.1.2.3/8', [], ['10.1.0.0/16'], ['10.1.0.0/16']],
  ['an except is ambiguous', '0.0.0.0/0', ['010.0.0.0/8'], ['10.0.0.0/8'], ['10.0.0.0/8']],
  ['the block is ambiguous', '010.0.0.0/8', [], ['10.0.0.0/16'], REMOVE],
  ['the block is unreadable', 'everything', [], ['10.0.0.0/16'], REMOVE],
];

describe('exceptsToAdd', () => {
  it.each(CASES)('when %s', (_title, cidr, except, closed, expected) => {
    const change = exceptsToAdd(blockPeer(cidr, except), setOf(closed));
    expect('remove' in change ? REMOVE : change.blocks).toEqual(expected);
  });

  it('writes IPv4-mapped addresses as a block that every reader understands alike', () => {
    const closed: AddressSet = { v4: [], v6: [{ first: 0xffff_a9fe_a9fen, last: 0xffff_a9fe_a9fen }] };
    expect(exceptsToAdd(blockPeer('::/0', []), closed)).toEqual({ blocks: ['::fffe:0:0/95'] });
    expect(exceptsToAdd(blockPeer('::fffe:0:0/95', []), closed)).toEqual({ remove: true });
  });

  const cidr = fc.tuple(fc.bigInt(0n, 255n), fc.integer({ min: 0, max: 8 })).map(([value, prefix]) => {
    const bits = BigInt(8 - prefix);
    return `${formatAddress({ family: 4, value: (10n << 24n) | (((value >> bits) << bits) << 16n) })}/${8 + prefix}`;
  });

  it('closes the block with strict subsets of it, each of them needed, or says that it must go', () => {
    fc.assert(
      fc.property(cidr, fc.array(cidr, { maxLength: 4 }), fc.array(cidr, { maxLength: 4 }), (block, inside, list) => {
        const range = setOf([block]);
        const isStrict = (text: string): boolean =>
          containsAddresses(range, setOf([text])) && !containsAddresses(setOf([text]), range);
        const except = inside.filter(isStrict);
        const peer = blockPeer(block, except);
        const closed = setOf(list);
        const change = exceptsToAdd(peer, closed);
        if ('remove' in change) return containsAddresses(closed, peer.specified);
        const after = blockPeer(block, [...except, ...change.blocks]);
        const isClosed = isNoAddress(intersectAddresses(after.worst, closed));
        const keeps = containsAddresses(unionAddresses([after.worst, closed]), peer.worst);
        const isNeeded = (text: string): boolean => {
          const others = [...except, ...change.blocks.filter(other => other !== text)];
          return !isNoAddress(intersectAddresses(blockPeer(block, others).worst, closed));
        };
        return isClosed && keeps && change.blocks.every(isStrict) && change.blocks.every(isNeeded);
      }),
    );
  });
});

describe('mergeBlocks', () => {
  const MERGED: readonly (readonly [title: string, blocks: readonly string[], expected: readonly string[]])[] = [
    ['nothing', [], []],
    ['by number, IPv4 first', ['fc00::/7', '10.0.0.0/8', '9.0.0.0/8'], ['9.0.0.0/8', '10.0.0.0/8', 'fc00::/7']],
    ['each once', ['10.0.0.0/8', '10.0.0.0/8'], ['10.0.0.0/8']],
    ['without what lies inside another', ['169.254.169.254/32', '169.254.0.0/16'], ['169.254.0.0/16']],
    ['without joining halves', ['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/9', '10.128.0.0/9']],
  ];

  it.each(MERGED)('lists %s', (_title, blocks, expected) => {
    expect(mergeBlocks(blocks)).toEqual(expected);
  });
});
