import type { Fix } from '../decision.ts';
import type { GatePolicy } from '../gate/types.ts';
import { flow, peerManifest } from '../kube/syntax.ts';
import type { AddressSet } from '../net/addresses.ts';
import { containsPorts, portRange, unionPorts } from '../net/ports.ts';
import { type Opening, removable } from '../netpol/effective.ts';
import type { Guarded } from '../netpol/guarded.ts';
import { NO_PORT_NAMES, resolvePorts } from '../netpol/port-names.ts';
import { policyRef } from '../rule.ts';
import { exceptBlocks, exceptsToAdd } from './excepts.ts';

/** Cluster DNS as a peer, where the configuration grants it. */
function dnsText({ allowedDestinations }: GatePolicy): string | undefined {
  const grant = allowedDestinations.find(({ ports }) => containsPorts(DNS_PORTS, resolvePorts(ports, NO_PORT_NAMES)));
  const peer = grant?.peers.find(({ kind }) => kind === 'pods');
  return peer && flow(peerManifest(peer));
}

/** 53 is DNS itself, 5353 its pods' own port in OpenShift. */
const DNS_PORTS = unionPorts(
  (['UDP', 'TCP'] as const).flatMap(one => [portRange(one, 53, 53), portRange(one, 5353, 5353)]),
);

const listed = (blocks: readonly string[]): string => blocks.join(', ');

/** The smallest change that keeps an egress opening away from the addresses; where it is open to every address, from everything guarded. What is open on the ports of DNS alone is meant for that. */
export function closingFix(opening: Opening, closed: AddressSet, { everything }: Guarded, policy: GatePolicy): Fix {
  const { peer, path } = opening;
  const isForDns = opening.names.length === 0 && containsPorts(DNS_PORTS, opening.ports);
  const dns = isForDns ? dnsText(policy) : undefined;
  if (peer === 'any' && dns !== undefined) return { summary: `give ${path} a \`to\`, the cluster's DNS: [${dns}]` };
  if (peer === 'any') {
    const except = listed(exceptBlocks({ v4: everything.v4, v6: [] }));
    return { summary: `give ${path} a \`to\`: an ipBlock 0.0.0.0/0 with except ${except}` };
  }
  if (peer.kind !== 'block') return { summary: `remove ${removable(opening)}` };
  const change = exceptsToAdd(peer, closed);
  if ('remove' in change) {
    const isAmbiguous = peer.cidr.problems.some(problem => problem !== 'host-bits');
    const why = isAmbiguous ? 'is not read alike everywhere' : 'lies inside what must not be reached';
    if (dns !== undefined)
      return { summary: `replace ${path} by the pods of the cluster's DNS, ${dns}: ${peer.cidr.text} ${why}` };
    return { summary: `remove ${removable(opening)}: ${peer.cidr.text} ${why}` };
  }
  return {
    summary: `add to ${path}.ipBlock.except: ${listed(change.blocks)}`,
    edit: {
      kind: 'add-excepts',
      policy: policyRef(opening.policy),
      path: `${path}.ipBlock.except`,
      blocks: change.blocks,
    },
  };
}
