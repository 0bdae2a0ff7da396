import {
  type NamespaceFacts,
  planRollout,
  type RolloutAction,
  type RolloutPlan,
  type RolloutRow,
} from '../../../src/app/rollout/plan.ts';
import type { NamespaceRecord, RolloutState } from '../../../src/app/rollout/state.ts';
import type { Mode, Rollout } from '../../../src/core/gate/types.ts';

/** One namespace, and what is kept of it, from look to look. */

export const at = (text: string): number => Date.parse(text.length === 10 ? `${text}T12:00:00Z` : text);

/** Ten days of audit, three of warn, two clean days, unless said otherwise. */
export const rollout = (some: Partial<Rollout> = {}): Rollout => ({
  name: 'team',
  namespaces: [],
  schedule: { kind: 'days', start: undefined, auditDays: 10, warnDays: 3 },
  readyWhen: { cleanDays: 2, openFindings: 0 },
  atDate: 'hold',
  apply: 'label',
  ...some,
});

export const facts = (some: Partial<NamespaceFacts> = {}): NamespaceFacts => ({
  name: 'shop',
  uid: 'uid-1',
  version: '7',
  rollout: rollout(),
  mode: 'audit',
  label: undefined,
  mark: '',
  open: 0,
  ...some,
});

/** A record of a namespace that has been looked at each day since the first of December. */
export const record = (some: Partial<NamespaceRecord> = {}): NamespaceRecord => ({
  uid: 'uid-1',
  firstDay: '2026-12-01',
  stage: 'audit',
  since: '2026-12-01T08:00:00Z',
  cleanDays: 9,
  lastDay: '2026-12-10',
  raising: undefined,
  pause: undefined,
  told: '',
  history: [],
  ...some,
});

export interface Looked extends RolloutPlan {
  readonly record: NamespaceRecord;
  readonly row: RolloutRow;
}

export function look(day: string, one: NamespaceFacts, known?: NamespaceRecord, limit: Mode = 'enforce'): Looked {
  const state: RolloutState = new Map(known === undefined ? [] : [[one.name, known]]);
  const plan = planRollout({ facts: [one], state, limit, nowMs: at(day) });
  const [row] = plan.rows;
  const kept = plan.state.get(one.name);
  if (row === undefined || kept === undefined) throw new Error('the namespace is not followed');
  return { ...plan, row, record: kept };
}

/** `raise warn`, `StageRaised warn by controller`, `RolloutHeld enforce`. */
export const actionText = (action: RolloutAction): string =>
  action.kind === 'raise'
    ? `raise ${action.to}`
    : `${action.reason} ${action.stage}${action.by === undefined ? '' : ` by ${action.by}`}`;
