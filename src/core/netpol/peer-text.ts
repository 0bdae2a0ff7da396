import { namespacesText, podsText } from '../kube/selector.ts';
import type { Peer } from '../kube/types.ts';

/** A peer of a policy of `namespace` in words; `any`: a rule without peers, or no policy at all. */
export function peerText(peer: Peer | 'any', namespace: string): string {
  if (peer === 'any') return 'anything, inside the cluster and outside';
  if (peer.kind === 'pods') return `${podsText(peer.pods)} in ${namespacesText(peer.namespaces, namespace)}`;
  const except = peer.except.map(({ text }) => text).join(', ');
  return `addresses ${peer.cidr.text}${except === '' ? '' : ` except ${except}`}`;
}
