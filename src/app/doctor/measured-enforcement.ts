import { dayAt } from '../../core/calendar.ts';
import { isProof } from '../../core/gate/enforcement.ts';
import { type Answer, fail, pass, type Seen, warn } from './check.ts';

const PROBE = 'measure it: chokepoint doctor --probe';

/** The nodes that are meant, the first by its name. */
const nodesText = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? `node ${first}` : `node ${first} and ${others.length} more`;

/** What the last probe showed, as far as it still counts. No answer where nothing was ever measured. */
export function measuredEnforcement({ reading: { enforcement }, nowMs }: Seen): readonly Answer[] {
  if (enforcement === undefined) return [];
  const { day, open, enforced, unknown, openServers } = enforcement;
  if (!isProof(enforcement, dayAt(nowMs)))
    return [warn(`the last probe, of ${day}, is too old to prove anything`, `${PROBE} again`)];
  return [
    ...open.map(({ name, reason }) =>
      fail(
        `policies are not enforced on node ${name}, as packets showed on ${day}: ${reason}`,
        'have a network plugin that enforces NetworkPolicies run on it, then measure again: chokepoint doctor --probe',
      ),
    ),
    ...openServers.map(({ name, reason }) =>
      fail(
        `policies of ${name} are not enforced, as packets showed on ${day}: what is judged to be closed was open ${reason}`,
        'see why the network plugin does not enforce them, then measure again: chokepoint doctor --probe --servers',
      ),
    ),
    ...(unknown.length > 0
      ? [warn(`the probe of ${day} proved nothing of ${nodesText(unknown)}`, `see why, then ${PROBE}`)]
      : []),
    ...(enforced.length > 0 && open.length === 0 && openServers.length === 0
      ? [pass(`policies are enforced on ${nodesText(enforced)}, as packets showed on ${day}`)]
      : []),
  ];
}
