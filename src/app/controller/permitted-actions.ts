import type { Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { AbsentPolicy } from '../../core/gate/types.ts';
import { type NamespaceContent, namespaceLabels } from '../../core/world/world.ts';

/** What the controller may do in a namespace. */
export interface PermittedActions {
  /** Makes the policies that are absent. */
  readonly create: boolean;
  /** Puts right what it made and others changed. */
  readonly heal: boolean;
  /** Takes away what it made once nothing is left that needs it. */
  readonly collect: boolean;
  /** Lets held Pods go once they are closed. */
  readonly lift: boolean;
}

const NOTHING: PermittedActions = { create: false, heal: false, collect: false, lift: false };

/** Of namespaces that enforce. */
const BY_ABSENT_POLICY: Readonly<Record<AbsentPolicy, PermittedActions>> = {
  create: { create: true, heal: true, collect: true, lift: true },
  hold: { ...NOTHING, lift: true },
  reject: { ...NOTHING, heal: true },
};

/** Nothing in a namespace that is not there, or is going: whatever was made in it goes with it. */
export function permittedActions(content: NamespaceContent, judge: Judge): PermittedActions {
  if (content.namespace === undefined || content.namespace.meta.terminating) return NOTHING;
  const { mode, absentPolicy } = postureOf(namespaceLabels(content), judge.policy);
  return mode === 'enforce' ? BY_ABSENT_POLICY[absentPolicy] : NOTHING;
}
