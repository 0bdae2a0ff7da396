import { type Finding, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import { type Posture, postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { modeLowered } from '../../core/rules/mode-lowered.ts';
import { objectKey, overlay, type World } from '../../core/world.ts';
import { comesToEnforce, enforcementOf } from './enforcement.ts';
import { type JudgedServer, judgeReview } from './judge-review.ts';
import { loweredMode, modeChange, type NamespaceChange } from './lowering.ts';
import type { AdmissionPorts } from './ports.ts';
import type { Review } from './review.ts';
import { scanText } from './wording.ts';

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
  /** Labels that cannot be read, how much was not looked at, and what follows where it comes to enforce. */
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

const isOfRequest = ({ rule }: Finding): boolean => rule === modeLowered.id;

const lookedText = (looked: number, all: number, namespace: string): readonly string[] =>
  looked >= all ? [] : [`only ${looked} of ${all} workloads were judged: ${scanText(namespace)} all`];

const withRemarks = (server: JudgedServer, isKept: (remark: Finding) => boolean): JudgedServer => ({
  ...server,
  remarks: server.remarks.filter(isKept),
});

function startsEnforcing({ policy }: Judge, { before, after }: NamespaceChange): boolean {
  const posture = (object?: KubeObject): Posture => postureOf(object?.meta.labels ?? new Map(), policy);
  return comesToEnforce(posture(before), posture(after));
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
  const warned = [...warnings, ...lookedText(looked, subjects.length, after.meta.name)];
  // Whoever lowers a mode asks for nothing to be mended: what was wrong before is not told.
  if (stricterMode(modes.before, modes.after) !== modes.after)
    return { mode, servers: servers.map(server => withRemarks(server, isOfRequest)), warnings: warned };
  if (!startsEnforcing(judge, change)) return { mode, servers, warnings: warned };
  const { texts, written } = enforcementOf(judge, overlay(world, change), after.meta.name, servers);
  const told = servers.map(server => {
    const isWritten = written.has(refText(server.decision.subject));
    return isWritten ? withRemarks(server, remark => !isAbsence(remark)) : server;
  });
  return { mode, servers: told, warnings: [...warned, ...texts] };
}
