import type { Decoder } from '../kube/decode.ts';
import type { KubeObject, NetworkPolicy } from '../kube/types.ts';
import { isNetworkPolicy } from '../world/object-kinds.ts';
import type { NoPolicy } from './correct-policy.ts';

/** Policies as the API server would read them: the NetworkPolicy, and with it what stands beside it. */
export interface ReadPolicies {
  readonly policy: NetworkPolicy;
  readonly all: readonly KubeObject[];
}

const refused = (why: string): NoPolicy => ({ reason: `its policy would be refused: ${why}` });

/** What is written for a server, a NetworkPolicy among it, as it reads; the reason where the API server would refuse it. */
export function readWritten(manifests: readonly object[], decode: Decoder): ReadPolicies | NoPolicy {
  const all: KubeObject[] = [];
  for (const manifest of manifests) {
    const decoded = decode({ ...manifest });
    const fault = decoded.kind === 'other' ? undefined : decoded.issues.find(({ severity }) => severity === 'error');
    if (decoded.kind !== 'object' || fault !== undefined) return refused(fault?.message ?? 'it cannot be read');
    all.push(decoded.object);
  }
  const policy = all.find(isNetworkPolicy);
  return policy === undefined ? refused('it cannot be read') : { policy, all };
}
