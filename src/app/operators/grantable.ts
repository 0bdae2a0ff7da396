import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../core/gate/document/resolve.ts';
import { domainProblem } from '../../core/gate/domain-names.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import { intersectAddresses, isNoAddress, toCidrs, unionAddresses } from '../../core/net/addresses.ts';
import { specifiedByAny } from '../../core/net/cidr.ts';
import { parseAddress } from '../../core/net/ip.ts';
import { guardedOf } from '../../core/netpol/guarded.ts';

/** A list of a GatePolicy, and the field of its entries that holds peers. */
export const PEERS_FIELD = { allowedClients: 'from', allowedDestinations: 'to' } as const;
export type GrantList = keyof typeof PEERS_FIELD;

/** What a host of an operator's object comes to. */
export type Host =
  | { readonly kind: 'domains'; readonly domains: readonly string[] }
  | { readonly kind: 'block'; readonly cidr: string }
  | { readonly kind: 'refused'; readonly why: string };

/** Addresses that are no host outside, whatever the configuration protects: of the machine itself, of its link, of many, and translated ones. Source: RFC 6890. */
const NO_HOST = specifiedByAny([
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'],
  ...['::/96', '64:ff9b::/96', 'fe80::/10', 'ff00::/8'],
]);

/** Why a block is not granted without a thought: something inside is in it. */
function blockProblem(cidr: string, { protectedNetworks }: GatePolicy): string | undefined {
  const closed = unionAddresses([guardedOf(protectedNetworks).everything, NO_HOST]);
  const inside = intersectAddresses(specifiedByAny([cidr]), closed);
  const [first] = toCidrs(inside);
  return isNoAddress(inside) ? undefined : `includes ${first}, which is protected or may be inside`;
}

function cidrOf(text: string): string | undefined {
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === undefined) return undefined;
  return `${text.replace(/[[\]]/g, '')}/${address.family === 4 ? 32 : 128}`;
}

/** Names as DNS compares them. A dot in front stands for the name and all below it, as Squid has it, which ToolHive configures. */
function namesOf(text: string): readonly string[] {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.startsWith('.') ? [name.slice(1), `*${name}`] : [name];
}

/** What a host, by name or address, can be granted as. */
export function hostOf(text: string, policy: GatePolicy): Host {
  const cidr = cidrOf(text);
  if (cidr !== undefined) {
    const isInside = blockProblem(cidr, policy) !== undefined;
    return isInside ? { kind: 'refused', why: 'is protected, or may be inside' } : { kind: 'block', cidr };
  }
  const domains = namesOf(text);
  const why = domains.map(domainProblem).find(problem => problem !== undefined);
  return why === undefined ? { kind: 'domains', domains } : { kind: 'refused', why };
}

/** Why a peer is not granted; `undefined`: it can be. A GatePolicy says itself what it refuses. */
export function peerProblem(list: GrantList, peer: Fields, policy: GatePolicy): string | undefined {
  const entry = { name: 'peer', reason: 'peer', [PEERS_FIELD[list]]: [peer] };
  const { issues } = resolveGatePolicy({ spec: { [list]: [entry] } }, BUILTIN_DATA);
  const error = issues.find(({ severity }) => severity === 'error');
  if (error !== undefined) return error.message;
  if (list === 'allowedClients') return undefined;
  const cidr = own(fieldsAt(peer, 'ipBlock'), 'cidr');
  if (typeof cidr === 'string') return blockProblem(cidr, policy);
  const isEverybody = ['podSelector', 'namespaceSelector'].every(key => Object.keys(fieldsAt(peer, key)).length === 0);
  return isEverybody && own(peer, 'namespaceSelector') !== undefined ? 'is every pod of the cluster' : undefined;
}
