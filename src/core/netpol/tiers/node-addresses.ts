import type { Node } from '../../kube/types.ts';

/** Addresses of Nodes, in canonical text. */
export interface NodeAddresses {
  readonly isKnown: boolean;
  at(address: string): Node | undefined;
  named(name: string): Node | undefined;
}

/** An index of the Nodes of a world. */
export function nodeAddresses(nodes: readonly Node[]): NodeAddresses {
  const byAddress = new Map(nodes.flatMap(node => node.nodeAddresses.map(address => [address, node] as const)));
  const byName = new Map(nodes.map(node => [node.meta.name, node]));
  return { isKnown: nodes.length > 0, at: address => byAddress.get(address), named: name => byName.get(name) };
}
