import type { WritingPolicy } from '../gate/types.ts';

/** APIs of policies that stand beside a NetworkPolicy, for what that cannot say. */
export const DIALECTS = ['cilium', 'gke', 'aws', 'upstream'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What each writes, as `group/Kind`. The last is of the whole cluster, the others are of a namespace. */
const DIALECT_KINDS: Readonly<Record<Dialect, string>> = {
  cilium: 'cilium.io/CiliumNetworkPolicy',
  gke: 'networking.gke.io/FQDNNetworkPolicy',
  aws: 'networking.k8s.aws/ApplicationNetworkPolicy',
  upstream: 'policy.networking.k8s.io/ClusterNetworkPolicy',
};

/** Kinds that are written for one server in its namespace. */
export const NAMESPACED_DIALECT_KINDS: ReadonlySet<string> = new Set(
  (['cilium', 'gke', 'aws'] as const).map(dialect => DIALECT_KINDS[dialect]),
);

/**
 * The dialect of a configuration's dataplane; `undefined`: nothing but NetworkPolicy is certain to be enforced there. GKE's Cilium takes names of hosts
 * by its own kind alone. Source: https://cloud.google.com/kubernetes-engine/docs/how-to/fqdn-network-policies
 */
export function dialectOf({ dataplane, provider }: Pick<WritingPolicy, 'dataplane' | 'provider'>): Dialect | undefined {
  if (dataplane?.name === 'aws') return 'aws';
  if (dataplane?.name !== 'cilium') return undefined;
  return provider === 'gcp' ? 'gke' : 'cilium';
}

/** The same as far as the cluster serves it, where GKE's own kind tells GKE as well. `isServed`: by `group/Kind`. */
export function servedDialect(
  policy: Pick<WritingPolicy, 'dataplane' | 'provider'>,
  isServed: (id: string) => boolean,
): Dialect | undefined {
  const known = dialectOf(policy);
  const dialect = known === 'cilium' && isServed(DIALECT_KINDS.gke) ? 'gke' : known;
  return dialect !== undefined && isServed(DIALECT_KINDS[dialect]) ? dialect : undefined;
}
