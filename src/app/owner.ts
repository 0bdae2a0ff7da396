import { POD_TEMPLATES } from '../core/kube/pod-template.ts';
import type { Labels, Workload } from '../core/kube/types.ts';

/** The template's labels are all on the pods, and what the pods have besides comes from the controller. */
function isMadeFrom(labels: Labels, template: Labels, controllerLabels: readonly string[]): boolean {
  const isKept = [...template].every(([key, value]) => labels.get(key) === value);
  return isKept && [...labels.keys()].every(key => template.has(key) || controllerLabels.includes(key));
}

const imagesOf = ({ containers }: Workload): string => JSON.stringify(containers.map(({ image }) => image));

/**
 * Whether the workload is what its controller makes, and that controller is among `owners` (by `namespace/Kind/name`): the decision on the
 * controller is then the decision on it. Anyone can write an ownerReference, so one that differs from its owner in labels, images or the
 * host's network is judged by itself.
 */
export function isJudgedThroughOwner(workload: Workload, owners: ReadonlyMap<string, Workload>): boolean {
  const { meta } = workload;
  const claim = meta.owners.find(({ controller }) => controller);
  const owner = claim && owners.get(`${meta.namespace}/${claim.kind}/${claim.name}`);
  if (owner === undefined || owner === workload) return false;
  return (
    owner.hostNetwork === workload.hostNetwork &&
    imagesOf(owner) === imagesOf(workload) &&
    isMadeFrom(workload.podLabels, owner.podLabels, controllerLabels(owner, owners))
  );
}

/** Labels that the controller may add, or the controller's own controller: a ReplicaSet's pods carry the Deployment's hash. */
function controllerLabels(owner: Workload, owners: ReadonlyMap<string, Workload>): readonly string[] {
  const claim = owner.meta.owners.find(({ controller }) => controller);
  const above = claim && owners.get(`${owner.meta.namespace}/${claim.kind}/${claim.name}`);
  return [...POD_TEMPLATES[owner.kind].controllerLabels, ...(above ? POD_TEMPLATES[above.kind].controllerLabels : [])];
}
