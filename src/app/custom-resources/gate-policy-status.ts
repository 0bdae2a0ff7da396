import type { DecodedGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import { COUNTING_NAME } from '../../core/gate/stored-gate-policy.ts';
import type { Issue } from '../../core/kube/reading.ts';
import { ready, reasonOf, type Said } from './conditions.ts';

const degraded = (status: Said['status'], reason: string, message: string): Said => ({
  type: 'Degraded',
  status,
  reason,
  message,
});

const listedIssues = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');

/** It does not count, for a reason that is no fault of it. */
const passedOver = (reason: string, message: string): readonly Said[] => [
  ready('False', reason, message),
  degraded('False', reason, message),
];

/** What is known of the gate beside its GatePolicies. */
export interface GateFacts {
  /** The file that configures the gate; `undefined`: none does. */
  readonly file: string | undefined;
  /** What the configuration lacks, a sentence each: addresses that are in use outside its ranges. */
  readonly lacks: readonly string[];
}

/** What has become of one GatePolicy of a cluster. */
export function gatePolicyConditions(
  name: string,
  { policy, issues }: DecodedGatePolicy,
  { file, lacks }: GateFacts,
): readonly Said[] {
  if (name !== COUNTING_NAME) return passedOver('NotDefault', `only the GatePolicy named "${COUNTING_NAME}" counts`);
  if (file !== undefined)
    return passedOver('Ignored', `the file ${file} configures the gate, and holds over this object`);
  const errors = issues.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (policy === undefined || first !== undefined) {
    const reason = reasonOf(first?.code ?? 'invalid-document');
    return [
      ready('False', reason, 'it cannot be used: the last good one stays in force'),
      degraded('True', reason, listedIssues(errors)),
    ];
  }
  const warnings = issues.length === 0 ? '' : `, with warnings: ${listedIssues(issues)}`;
  return [
    ready('True', 'InForce', `the gate judges by it${warnings}`),
    lacks.length === 0
      ? degraded('False', 'InForce', 'it can be used')
      : degraded('True', 'RangeIncomplete', lacks.join('; ')),
  ];
}
