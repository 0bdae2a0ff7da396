import type { CloudId } from './answers.ts';
import type { ClusterTarget } from './request.ts';

/** What a context of a kubeconfig, its cluster and its user are called. */
export interface ContextNames {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
}

/** As `gcloud container clusters get-credentials` names a cluster: no part of it holds an underscore. */
const GKE_NAME = /^gke_([^_]+)_([^_]+)_([^_]+)$/;
/** As `aws eks update-kubeconfig` names a cluster, and eksctl. */
const EKS_ARN = /^arn:aws[\w-]*:eks:([^:]+):\d+:cluster\/(.+)$/;
const EKSCTL_NAME = /^([^.]+)\.([^.]+)\.eksctl\.io$/;
/** As `az aks get-credentials` names a user; the cluster is called by its name, which the user's ends with. */
const AKS_USER = /^cluster(?:User|Admin)_(.+)$/;

function gkeTarget({ cluster }: ContextNames): ClusterTarget | undefined {
  const [, project, region, name] = GKE_NAME.exec(cluster) ?? [];
  return name === undefined ? undefined : { name, region, project };
}

function eksTarget({ cluster }: ContextNames): ClusterTarget | undefined {
  const [, region, name] = EKS_ARN.exec(cluster) ?? [];
  if (name !== undefined) return { name, region };
  const [, short, place] = EKSCTL_NAME.exec(cluster) ?? [];
  return short === undefined ? undefined : { name: short, region: place };
}

function aksTarget({ cluster, user }: ContextNames): ClusterTarget | undefined {
  const [, rest = ''] = AKS_USER.exec(user) ?? [];
  const end = `_${cluster}`;
  return rest.endsWith(end) ? { name: cluster, resourceGroup: rest.slice(0, -end.length) } : undefined;
}

const TARGETS: Readonly<Record<CloudId, (names: ContextNames) => ClusterTarget | undefined>> = {
  gke: gkeTarget,
  eks: eksTarget,
  aks: aksTarget,
};

/** The cluster that a context is of, by the names that the cloud's own command line gives; `undefined`: they tell none. A context may be renamed, its cluster seldom is. */
export const contextTarget = (cloud: CloudId, names: ContextNames): ClusterTarget | undefined => TARGETS[cloud](names);
