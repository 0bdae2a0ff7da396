import type { Labels } from '../kube/types.ts';
import {
  ABSENT_POLICIES,
  type AbsentPolicy,
  type GatePolicy,
  MODES,
  type Mode,
  RULESETS,
  type Ruleset,
} from './types.ts';

/** Labels of a Namespace that set it apart from the configuration. */
export const MODE_LABEL = 'chokepoint.dev/mode';
const RULESET_LABEL = 'chokepoint.dev/ruleset';
const ABSENT_POLICY_LABEL = 'chokepoint.dev/absent-policy';

/** What holds in one namespace. */
export interface Posture {
  readonly mode: Mode;
  readonly ruleset: Ruleset;
  readonly absentPolicy: AbsentPolicy;
  /** One sentence for each label that cannot be read. */
  readonly warnings: readonly string[];
}

/** Reads one label: absent is the configuration's value; unreadable is the strictest, with a warning. */
function readLabel<Value extends string>(
  labels: Labels,
  key: string,
  values: readonly Value[],
  byDefault: Value,
  strictest: Value,
  warnings: string[],
): Value {
  const written = labels.get(key);
  if (written === undefined) return byDefault;
  const known = values.find(value => value === written);
  if (known !== undefined) return known;
  warnings.push(`label ${key}: "${written}" is none of ${values.join(', ')}; ${strictest} applies`);
  return strictest;
}

/** The mode of a namespace under the policy's limit; a label that asks for more is told so. */
function limitedMode(labels: Labels, policy: GatePolicy, warnings: string[]): Mode {
  const limit = policy.modeLimit;
  const asked = readLabel(labels, MODE_LABEL, MODES, policy.mode, limit, warnings);
  if (stricterMode(asked, limit) === limit) return asked;
  if (labels.has(MODE_LABEL))
    warnings.push(`label ${MODE_LABEL}: "${asked}" is stricter than this gate's limit; ${limit} applies`);
  return limit;
}

/**
 * Mode, ruleset and absentPolicy of a namespace: its labels, else the configuration. No mode is stricter than the policy's limit.
 * A label value that cannot be read is never looser than what it replaced: enforce, reject (as Pod Security Admission reads its labels).
 */
export function postureOf(labels: Labels, policy: GatePolicy): Posture {
  const warnings: string[] = [];
  return {
    mode: limitedMode(labels, policy, warnings),
    ruleset: readLabel(labels, RULESET_LABEL, RULESETS, policy.ruleset, 'v1', warnings),
    absentPolicy: readLabel(labels, ABSENT_POLICY_LABEL, ABSENT_POLICIES, policy.absentPolicy, 'reject', warnings),
    warnings,
  };
}

/** The stricter of two modes: {@link MODES} are listed from the loosest to the strictest. */
export function stricterMode(first: Mode, second: Mode): Mode {
  return MODES.indexOf(first) >= MODES.indexOf(second) ? first : second;
}
