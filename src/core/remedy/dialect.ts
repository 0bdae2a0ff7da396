import type { WritingPolicy } from '../gate/types.ts';

/** APIs of policies that stand beside a NetworkPolicy, for what that cannot say. */
export const DIALECTS = ['cilium', 'gke', 'aws', 'upstream'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What each writes. The last is of the whole cluster, the others are of a namespace. */
const DIALECT_KINDS: Readonly<
  Record<Dialect, { readonly group: string; readonly version: string; readonly kind: string }>
> = {
  cilium: { group: 'cilium.io', version: 'v2', kind: 'CiliumNetworkPolicy' },
  gke: { group: 'networking.gke.io', version: 'v1alpha1', kind: 'FQDNNetworkPolicy' },
  aws: { group: 'networking.k8s.aws', version: 'v1alpha1', kind: 'ApplicationNetworkPolicy' },
  upstream: { group: 'policy.networking.k8s.io', version: 'v1alpha2', kind: 'ClusterNetworkPolicy' },
};

/** How a policy of a dialect is written. */
export const dialectKind = (dialect: Dialect): { readonly apiVersion: string; readonly kind: string } => {
  const { group, version, kind } = DIALECT_KINDS[dialect];
  return { apiVersion: `${group}/${version}`, kind };
};

/** Kinds that are written for one server in its namespace, as `group/Kind`. */
export const NAMESPACED_DIALECT_KINDS: ReadonlySet<string> = new Set(
  (['cilium', 'gke', 'aws'] as const).map(dialect => `${DIALECT_KINDS[dialect].group}/${DIALECT_KINDS[dialect].kind}`),
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

/**
 * The same as far as the cluster serves it in the version that is written, where GKE's own kind tells GKE as well: a controller of the same group and kind has
 * another version, and another form. `isServed`: by `group/version/Kind`.
 */
export function servedDialect(
  policy: Pick<WritingPolicy, 'dataplane' | 'provider'>,
  isServed: (id: string) => boolean,
): Dialect | undefined {
  const isWritable = (dialect: Dialect): boolean => {
    const { apiVersion, kind } = dialectKind(dialect);
    return isServed(`${apiVersion}/${kind}`);
  };
  const known = dialectOf(policy);
  const dialect = known === 'cilium' && isWritable('gke') ? 'gke' : known;
  return dialect !== undefined && isWritable(dialect) ? dialect : undefined;
}
