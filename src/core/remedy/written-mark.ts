import { peerManifest, portManifests, selectorManifest } from '../kube/syntax.ts';
import type { DirectionRules, NetworkPolicy, ObjectRef } from '../kube/types.ts';
import { hashOf } from './policy-name.ts';

/** On a policy that `generate` or `check --fix` wrote: for which server, and the hash of what it said then. */
export const WRITTEN_ANNOTATION = 'chokepoint.dev/written-for';

const rulesOf = (direction: DirectionRules): unknown =>
  direction.isolates &&
  direction.rules.map(({ peers, ports }) => [
    peers.kind === 'only' && peers.peers.map(peerManifest),
    portManifests(ports) ?? false,
  ]);

/** Of what the policy means: not of how it is laid out, nor of its name and labels. Tells an edit, protects nothing. */
const fingerprint = ({ podSelector, ingress, egress }: NetworkPolicy): string =>
  hashOf(JSON.stringify([selectorManifest(podSelector), rulesOf(ingress), rulesOf(egress)]));

/** The annotation's value for a policy as it is written now. */
export function writtenMark({ kind, name }: ObjectRef, policy: NetworkPolicy): string {
  return `${kind}/${name} ${fingerprint(policy)}`;
}

/** The server that a policy was written for, and whether it still says what was written; `undefined` of one that was not. */
export function writtenFor(
  policy: NetworkPolicy,
): { readonly server: string; readonly isUntouched: boolean } | undefined {
  const [server, mark, ...more] = policy.meta.annotations.get(WRITTEN_ANNOTATION)?.split(' ') ?? [];
  if (server === undefined || more.length > 0) return undefined;
  return { server, isUntouched: mark === fingerprint(policy) && !policy.incomplete };
}
