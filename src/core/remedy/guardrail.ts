import { MODE_LABEL } from '../gate/effective-mode.ts';
import type { Grant, ProtectedNetworks, WritingPolicy } from '../gate/types.ts';
import type { PolicyPorts, Requirement, Selector } from '../kube/types.ts';
import { MCP_SERVER_LABEL } from '../kube/well-known-labels.ts';
import type { AddressSet } from '../net/addresses.ts';
import { guardedOf } from '../netpol/guarded.ts';

/** Pods by labels, of any namespace that the selector matches. */
export interface GuardrailPods {
  readonly namespaces: Selector;
  readonly pods: Selector;
}

/** Whom a guardrail leaves to the policies after it. */
export interface GuardrailGrant {
  readonly name: string;
  readonly pods: readonly GuardrailPods[];
  readonly blocks: readonly AddressSet[];
  readonly ports: PolicyPorts;
}

/** What no policy that comes later can open, whichever API it is written in. */
export interface Guardrail {
  /** The servers, by labels of their namespaces and their own. */
  readonly servers: GuardrailPods;
  /** Who may enter, as far as other policies let them. Nobody else may. */
  readonly enter: readonly GuardrailGrant[];
  /** Where servers may go although it is inside, as far as other policies let them. */
  readonly leave: readonly GuardrailGrant[];
  /** Addresses that servers never reach, but for what `leave` says. */
  readonly closed: AddressSet;
  /** What they are. */
  readonly networks: ProtectedNetworks;
}

/** An object of a guardrail as it is written. */
export interface GuardrailManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** Pods that declare themselves servers; a mistyped value hides none. */
const SERVERS: readonly Requirement[] = [
  { key: MCP_SERVER_LABEL, operator: 'Exists', values: new Set() },
  { key: MCP_SERVER_LABEL, operator: 'NotIn', values: new Set(['false']) },
];

/** A peer of the server's own namespace is one of any namespace here: one object stands for all of them, and narrower policies come after it. */
const grantOf = ({ name, peers, ports }: Grant): GuardrailGrant => ({
  name,
  ports,
  pods: peers.flatMap(peer =>
    peer.kind === 'pods' ? { namespaces: peer.namespaces === 'own' ? [] : peer.namespaces, pods: peer.pods } : [],
  ),
  blocks: peers.flatMap(peer => (peer.kind === 'block' ? peer.specified : [])),
});

/** Namespaces that enforce: a mode that cannot be read does. */
export const enforcingNamespaces = ({ mode }: Pick<WritingPolicy, 'mode'>): Selector => [
  ...(mode === 'enforce' ? [] : [{ key: MODE_LABEL, operator: 'Exists' as const, values: new Set<string>() }]),
  { key: MODE_LABEL, operator: 'NotIn', values: new Set(['off', 'audit', 'warn']) },
];

/** What the configuration grants, to servers of whichever namespace, is left to the policies after the guardrail; all else that is protected is closed. `namespaces`: of the servers that it holds; absent: all. */
export function guardrailFor(policy: WritingPolicy, namespaces: Selector = []): Guardrail {
  return {
    servers: { namespaces, pods: SERVERS },
    enter: [...policy.gateways.grants, ...policy.allowedClients].map(grantOf),
    leave: policy.allowedDestinations.filter(({ peers }) => peers.length > 0).map(grantOf),
    closed: guardedOf(policy.protectedNetworks).everything,
    networks: policy.protectedNetworks,
  };
}

/** Lists of at most so many. */
export function chunks<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
    items.slice(index * most, (index + 1) * most),
  );
}
