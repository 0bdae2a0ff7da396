import type { Resource } from '../client/paths.ts';

/** Plurals of the kinds of other APIs that are written: those of guardrails, and those that stand beside NetworkPolicies. */
const PLURALS: ReadonlyMap<string, string> = new Map([
  ['AdminNetworkPolicy', 'adminnetworkpolicies'],
  ['ApplicationNetworkPolicy', 'applicationnetworkpolicies'],
  ['CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies'],
  ['CiliumNetworkPolicy', 'ciliumnetworkpolicies'],
  ['ClusterNetworkPolicy', 'clusternetworkpolicies'],
  ['FQDNNetworkPolicy', 'fqdnnetworkpolicies'],
  ['GlobalNetworkPolicy', 'globalnetworkpolicies'],
  ['Tier', 'tiers'],
]);

/** Where a policy of another API, or its tier, is written. `apiVersion`: `GROUP/VERSION`. */
export function policyResource({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Resource {
  const [group = '', version = ''] = apiVersion.split('/');
  return { group, version, kind, plural: PLURALS.get(kind) ?? '' };
}
