import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { COUNTING_NAME } from '../core/gate/stored-gate-policy.ts';
import type { GatePolicySource } from './serve-policy.ts';

/** The GatePolicies that a view of a cluster holds. `ready`: the view is complete. */
export const gatePoliciesIn = (
  cache: Pick<ClusterCache, 'resources' | 'onChange'>,
  ready: Promise<void>,
): GatePolicySource => ({
  ready,
  current: () => cache.resources().gatePolicies.find(({ name }) => name === COUNTING_NAME),
  onChange: listener =>
    cache.onChange(({ kind }) => {
      if (kind === 'GatePolicy') listener();
    }),
});
