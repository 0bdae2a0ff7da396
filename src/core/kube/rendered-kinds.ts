/** By group: kinds of which a controller or a build makes the objects that are deployed, so that they themselves deploy nothing that can be read. */
const RENDERED_KINDS: Readonly<Record<string, readonly string[]>> = {
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
  'helm.fluxcd.io': ['HelmRelease'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'argoproj.io': ['Application', 'ApplicationSet'],
  'helm.cattle.io': ['HelmChart'],
  'fleet.cattle.io': ['GitRepo', 'Bundle'],
  'helm.crossplane.io': ['Release'],
  'kubernetes.crossplane.io': ['Object'],
  'configsync.gke.io': ['RootSync', 'RepoSync'],
  'kappctrl.k14s.io': ['App'],
  'packaging.carvel.dev': ['PackageInstall'],
  'addons.cluster.x-k8s.io': ['HelmChartProxy'],
  'operators.coreos.com': ['Subscription', 'ClusterServiceVersion'],
  'template.openshift.io': ['Template'],
  'work.open-cluster-management.io': ['ManifestWork'],
};

/** Whether what such an object deploys is made of it elsewhere: by Flux, Argo CD, an operator, … */
export function isRenderedElsewhere(apiVersion: string, kind: string): boolean {
  const [group = ''] = apiVersion.split('/');
  return Object.hasOwn(RENDERED_KINDS, group) && RENDERED_KINDS[group]?.includes(kind) === true;
}
