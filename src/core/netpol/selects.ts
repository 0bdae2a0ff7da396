import { meets } from '../kube/selector.ts';
import type { Labels, Requirement, Selector, Workload } from '../kube/types.ts';
import { BINDING_LABELS } from '../kube/workload-kinds.ts';
import type { PodLabels } from '../selector-index.ts';
import { spaceOf } from './label-space.ts';

/** Labels of a workload's pods that may still become anything. A bound Pod's labels are final as far as admission is concerned. */
class OpenLabels {
  readonly #workload: Workload;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  has(key: string): boolean {
    const { podLabels, controllerLabels } = this.#workload;
    const { fixed, keys, prefixes } = controllerLabels;
    if (fixed.has(key)) return false;
    if (keys.has(key) || (prefixes.length > 0 && prefixes.some(prefix => key.startsWith(prefix)))) return true;
    return !podLabels.has(key) && this.#isDefault(key);
  }

  #isDefault(key: string): boolean {
    const { kind, nodeName, controllerLabels } = this.#workload;
    const { defaults, anyOther } = controllerLabels;
    const isBound = kind === 'Pod' && nodeName !== '';
    return anyOther || defaults.has(key) || (!isBound && BINDING_LABELS.includes(key));
  }
}

/** What is known of the labels of this workload's pods. A policy is asked of each workload of its namespace, so that this must take next to nothing. */
export const podLabelsOf = (workload: Workload): PodLabels => ({
  known: workload.podLabels,
  open: new OpenLabels(workload),
});

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
