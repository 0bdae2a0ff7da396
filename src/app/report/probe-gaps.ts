import { isProof, type MeasuredEnforcement } from '../../core/gate/enforcement.ts';
import type { Problem } from '../../core/manifest.ts';
import { CLUSTER } from './cluster-reading.ts';

const MEASURE = 'chokepoint doctor --probe measures it';

const warning = (code: string, message: string): Problem => ({
  severity: 'warning',
  code,
  file: CLUSTER,
  line: 0,
  column: 0,
  field: '',
  message,
});

/** Where the last probe proves nothing, or not of every node. Nothing where nothing was ever measured. `today`: `YYYY-MM-DD` in UTC. */
export function probeGaps(enforcement: MeasuredEnforcement | undefined, today: string | undefined): readonly Problem[] {
  if (enforcement === undefined) return [];
  const { day, unknown } = enforcement;
  if (!isProof(enforcement, today)) {
    const message = `whether policies are enforced was last measured on ${day}, which is too long ago to prove anything: ${MEASURE}`;
    return [warning('probe-outdated', message)];
  }
  if (unknown.length === 0) return [];
  const message = `whether policies are enforced could not be measured on ${unknown.join(', ')} (${day}): ${MEASURE}`;
  return [warning('probe-unknown', message)];
}
