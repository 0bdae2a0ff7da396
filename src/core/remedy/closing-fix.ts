import type { Fix } from '../decision.ts';
import type { AddressSet } from '../net/addresses.ts';
import type { Opening } from '../netpol/effective.ts';
import type { Guarded } from '../netpol/guarded.ts';
import { policyRef } from '../rule.ts';
import { exceptBlocks, exceptsToAdd } from './excepts.ts';

const listed = (blocks: readonly string[]): string => blocks.join(', ');

/** The smallest change that keeps an egress opening away from the addresses; where it is open to every address, from everything guarded. */
export function closingFix(opening: Opening, closed: AddressSet, { everything }: Guarded): Fix {
  const { peer, path, policy } = opening;
  if (peer === 'any') {
    const except = listed(exceptBlocks({ v4: everything.v4, v6: [] }));
    return { summary: `give ${path} a \`to\`: an ipBlock 0.0.0.0/0 with except ${except}` };
  }
  if (peer.kind !== 'block') return { summary: `remove ${path}` };
  const change = exceptsToAdd(peer, closed);
  if ('remove' in change) {
    const isAmbiguous = peer.cidr.problems.some(problem => problem !== 'host-bits');
    const why = isAmbiguous ? 'is not read alike everywhere' : 'lies inside what must not be reached';
    return { summary: `remove ${path}: ${peer.cidr.text} ${why}` };
  }
  return {
    summary: `add to ${path}.ipBlock.except: ${listed(change.blocks)}`,
    edit: { kind: 'add-excepts', policy: policyRef(policy), path: `${path}.ipBlock.except`, blocks: change.blocks },
  };
}
