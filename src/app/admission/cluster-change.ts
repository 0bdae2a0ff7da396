import { affectedIn } from '../../core/affected.ts';
import { postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import { SYSTEM_NAMESPACES } from '../../core/kube/system-namespaces.ts';
import type { Workload } from '../../core/kube/types.ts';
import { type Change, namespaceLabels, type World } from '../../core/world/world.ts';
import { judgeReview, type Pace, type PacedJudgement, type ReviewContext } from './judge-review.ts';
import type { Review } from './review.ts';

/** A review of an object of the whole cluster that is no Namespace: no namespace of its own says how it is judged. */
export const isOfWholeCluster = ({ namespace, kind }: Review): boolean => namespace === '' && kind.kind !== 'Namespace';

/** The mode of a namespace that an object of the whole cluster bears on. */
function modeIn(world: World, name: string, policy: GatePolicy): Mode {
  return SYSTEM_NAMESPACES.has(name) ? 'off' : postureOf(namespaceLabels(world.namespace(name)), policy).mode;
}

/** The strictest mode of the namespaces that a change of the whole cluster may bear on: of all where it cannot be read, `off` where there are none. */
export function clusterMode(world: World, change: Change | undefined, policy: GatePolicy): Mode {
  const names = change === undefined ? world.namespaceNames() : affectedIn(world, change).keys();
  let strictest: Mode = 'off';
  for (const name of names) strictest = stricterMode(strictest, modeIn(world, name, policy));
  return strictest;
}

/** Milliseconds for servers that nothing is refused for. */
const TOLD_MS = 1_000;

/**
 * Judges a change of the whole cluster: first the servers of namespaces that enforce, all of them; then those of the others, which are only told, as far as
 * there is time.
 */
export async function judgeClusterChange(context: ReviewContext, pace: Pace): Promise<PacedJudgement> {
  const { world, judge, among = () => true } = context;
  const modes = new Map<string, Mode>();
  const modeOf = ({ meta: { namespace } }: Workload): Mode => {
    const mode = modes.get(namespace) ?? modeIn(world, namespace, judge.policy);
    modes.set(namespace, mode);
    return mode;
  };
  const judgeWhere = (isOne: (mode: Mode) => boolean, until: Pace): Promise<PacedJudgement> =>
    judgeReview({ ...context, among: workload => isOne(modeOf(workload)) && among(workload) }, until);
  const enforced = await judgeWhere(mode => mode === 'enforce', pace);
  if (enforced.end !== 'all') return enforced;
  const endMs = Math.min(pace.endMs, pace.nowMs() + TOLD_MS);
  const told = await judgeWhere(mode => mode === 'warn' || mode === 'audit', { nowMs: () => pace.nowMs(), endMs });
  return { servers: [...enforced.servers, ...told.servers], looked: enforced.looked + told.looked, end: 'all' };
}
