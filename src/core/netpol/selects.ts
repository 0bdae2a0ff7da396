import { meets } from '../kube/selector.ts';
import type { Labels, Requirement, Selector, Workload } from '../kube/types.ts';
import { BINDING_LABELS } from '../kube/workload-kinds.ts';
import type { PodLabels } from '../selector-index.ts';
import { spaceOf } from './label-space.ts';

/** What is known of the labels of this workload's pods. A bound Pod's labels are final as far as admission is concerned. */
export function podLabelsOf({ kind, nodeName, podLabels, controllerLabels }: Workload): PodLabels {
  const { fixed, keys, prefixes, defaults, anyOther } = controllerLabels;
  const isBound = kind === 'Pod' && nodeName !== '';
  const isDefault = (key: string): boolean =>
    anyOther || defaults.has(key) || (!isBound && BINDING_LABELS.includes(key));
  const has = (key: string): boolean =>
    !fixed.has(key) &&
    (keys.has(key) || prefixes.some(prefix => key.startsWith(prefix)) || (!podLabels.has(key) && isDefault(key)));
  return { known: podLabels, open: { has } };
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
