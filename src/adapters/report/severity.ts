import type { RuleInfo } from '../../core/rule.ts';

/** Of what could not be judged: as bad as the worst that may be there, but not proven. */
export const CAUSE_SEVERITY = 7;

/** Severity of a rule's findings, by its id; of a rule that the ruleset does not hold, as high as of what is not judged. */
export function severities(rules: readonly RuleInfo[]): (rule: string) => number {
  const known = new Map(rules.map(({ id, severity }) => [id, severity]));
  return rule => known.get(rule) ?? CAUSE_SEVERITY;
}
