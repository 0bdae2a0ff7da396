import type { Judge } from '../../core/evaluate.ts';
import { postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { Mode } from '../../core/gate/types.ts';
import { isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { objectKey, type World } from '../../core/world.ts';
import { type JudgedServer, judgeReview } from './judge-review.ts';
import { loweredMode, modeChange, type NamespaceChange } from './lowering.ts';
import type { AdmissionPorts } from './ports.ts';
import type { Review } from './review.ts';

/** How far a relabelled namespace is looked into, as Pod Security Admission limits it: a big one must not hold up the request. */
const MAX_WORKLOADS = 1000;
const MAX_MS = 1000;
/** Workloads that are judged between two looks at the clock. */
const BATCH = 50;

/** What is said of a Namespace under review. */
export interface NamespaceJudgement {
  /** The stricter of the modes before and after. */
  readonly mode: Mode;
  readonly servers: readonly JudgedServer[];
  /** Labels that cannot be read, and how much was not looked at. */
  readonly warnings: readonly string[];
}

/** The object keys of the workloads that are judged by themselves, sorted. */
function subjectsIn(world: World, name: string): readonly string[] {
  const content = world.namespace(name);
  const owners = ownersIn(content);
  return [...content.workloads]
    .filter(([, workload]) => !isJudgedThroughOwner(workload, owners))
    .map(([key]) => key)
    .sort();
}

/**
 * Judges a change of a Namespace by the servers in it, so that whoever changes its labels learns what would break. Capped in number and in
 * time; what was left out is said.
 */
export function judgeNamespace(
  judge: Judge,
  world: World,
  change: NamespaceChange,
  review: Review,
  { nowMs, enforcedBefore }: Pick<AdmissionPorts, 'nowMs' | 'enforcedBefore'>,
): NamespaceJudgement {
  const { after } = change;
  const modes = modeChange(judge, change, enforcedBefore);
  const mode = stricterMode(modes.before, modes.after);
  const { warnings } = postureOf(after.meta.labels, judge.policy);
  const subjects = subjectsIn(world, after.meta.name);
  const endMs = nowMs() + MAX_MS;
  // What the request itself does comes first: not all may be said.
  const servers: JudgedServer[] = [...loweredMode(judge, after, modes, review)];
  let looked = 0;
  do {
    const batch = new Set(subjects.slice(looked, looked + BATCH));
    const judged = judgeReview(judge, world, change, review, workload => batch.has(objectKey(workload)));
    servers.push(...judged);
    looked += BATCH;
  } while (looked < Math.min(subjects.length, MAX_WORKLOADS) && nowMs() < endMs);
  const left = subjects.length - looked;
  if (left <= 0) return { mode, servers, warnings };
  return {
    mode,
    servers,
    warnings: [...warnings, `only ${looked} of ${subjects.length} workloads were judged: chokepoint scan shows all`],
  };
}
