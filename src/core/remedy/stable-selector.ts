import { selectorOf } from '../kube/selector.ts';
import type { Labels, Selector, Workload } from '../kube/types.ts';
import { CONTROLLER_KEYS } from '../kube/workload-kinds.ts';
import { podLabelsOf } from '../netpol/selects.ts';
import { byKey } from '../order.ts';

/** Labels that change with each release of the software or of its chart: a selector on them loses the pods at the next one. */
const RELEASE_KEYS: ReadonlySet<string> = new Set(['app.kubernetes.io/version', 'helm.sh/chart', 'chart', 'version']);

function without(labels: Labels, keys: Pick<ReadonlySet<string>, 'has'>): Labels {
  return new Map([...labels].filter(([key]) => !keys.has(key)));
}

function stableLabels(subject: Workload): Labels {
  const { known, open } = podLabelsOf(subject);
  const settled = without(without(known, open), CONTROLLER_KEYS);
  const selected = new Map([...subject.selectorLabels].filter(([key, value]) => settled.get(key) === value));
  if (selected.size > 0) return selected;
  const lasting = without(settled, RELEASE_KEYS);
  return lasting.size > 0 ? lasting : settled;
}

/**
 * A selector of this workload's pods by labels that surely stay on them: those of the workload's own selector, which cannot change,
 * else those of its pods that no controller sets, without those that change with each release, if others are left.
 * Sorted by key. Empty where there is no such label: as a podSelector that would select the whole namespace.
 */
export function stableSelector(subject: Workload): Selector {
  return selectorOf(new Map([...stableLabels(subject)].sort(byKey)));
}
