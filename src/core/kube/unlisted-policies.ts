import type { ForeignPolicy } from './types.ts';

/**
 * Stands for all policies of a kind that could not be listed: there may be none, and any that there are may select every pod. `why`: a clause without a
 * full stop.
 */
export const unlistedPolicies = (group: string, kind: string, why: string): ForeignPolicy => ({
  ...{ kind, apiVersion: group, scope: 'cluster', directions: ['ingress', 'egress'] },
  ...{ podSelector: undefined, namespaceSelector: undefined, says: undefined, incomplete: false, unlisted: why },
  meta: {
    ...{ namespace: '', name: '*', generateName: '', uid: '', resourceVersion: '', labels: new Map(), owners: [] },
    ...{ annotations: new Map(), terminating: false, size: 0 },
  },
});
