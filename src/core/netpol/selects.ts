import { BINDING_LABELS, POD_TEMPLATES } from '../kube/pod-template.ts';
import { meets } from '../kube/selector.ts';
import type { Labels, Requirement, Selector, Workload } from '../kube/types.ts';
import { spaceOf } from './label-space.ts';

/** Labels that a workload's pods will have, as far as they are known before the pods exist. */
export interface PodLabels {
  readonly known: Labels;
  /** Keys that a controller or the API server may set to anything, or leave out. */
  readonly open: ReadonlySet<string>;
}

/** What is known of the labels of this workload's pods. A bound Pod's labels are final as far as admission is concerned. */
export function podLabelsOf(workload: Workload): PodLabels {
  const open = new Set(POD_TEMPLATES[workload.kind].controllerLabels);
  const isBound = workload.kind === 'Pod' && workload.nodeName !== '';
  if (!isBound) {
    for (const key of BINDING_LABELS) if (!workload.podLabels.has(key)) open.add(key);
  }
  return { known: workload.podLabels, open };
}

/** Whether the selector matches the pods whatever the open labels become. */
export function surelySelects(selector: Selector, labels: PodLabels): boolean {
  return selector.every(requirement => !labels.open.has(requirement.key) && meets(requirement, labels.known));
}

/** Whether the selector matches the pods for some values of the open labels. */
export function maySelect(selector: Selector, { known, open }: PodLabels): boolean {
  const onOpen: Requirement[] = [];
  for (const requirement of selector) {
    if (open.has(requirement.key)) onOpen.push(requirement);
    else if (!meets(requirement, known)) return false;
  }
  return onOpen.length === 0 || spaceOf(onOpen) !== undefined;
}

/** As {@link maySelect}, for the plain pairs of a Service's selector. */
export function mayMatchPairs(pairs: Labels, { known, open }: PodLabels): boolean {
  for (const [key, value] of pairs) if (!open.has(key) && known.get(key) !== value) return false;
  return true;
}
