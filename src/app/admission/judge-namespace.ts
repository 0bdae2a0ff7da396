import { type Finding, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import { type Posture, postureOf, stricterMode } from '../../core/gate/effective-mode.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { KubeObject, Workload } from '../../core/kube/types.ts';
import { isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { modeLowered } from '../../core/rules/mode-lowered.ts';
import { overlay } from '../../core/world/overlay.ts';
import { objectKey } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import { comesToEnforce, enforcementOf } from './enforcement.ts';
import { type JudgedServer, judgeReview } from './judge-review.ts';
import { loweredMode, modeChange, type NamespaceChange } from './lowering.ts';
import type { AdmissionPorts } from './ports.ts';
import type { Review } from './review.ts';
import { scanText } from './wording.ts';

/** How far a relabelled namespace is looked into, as Pod Security Admission limits it: a big one must not hold up the request. */
const MAX_WORKLOADS = 1000;
const MAX_MS = 1000;

/** What is said of a Namespace under review. */
export interface NamespaceJudgement {
  /** The stricter of the modes before and after. */
  readonly mode: Mode;
  readonly servers: readonly JudgedServer[];
  /** Labels that cannot be read, how much was not looked at, and what follows where it comes to enforce. */
  readonly warnings: readonly string[];
}

/** Who relabels a namespace, and what it is judged by. */
export interface NamespaceReview {
  readonly judge: Judge;
  readonly review: Review;
  readonly ports: Pick<AdmissionPorts, 'nowMs' | 'enforcedBefore' | 'recorder'>;
  /** When the answer must be there, on the ports' clock. */
  readonly deadlineMs: number;
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
export async function judgeNamespace(
  world: World,
  change: NamespaceChange,
  { judge, review, ports, deadlineMs }: NamespaceReview,
): Promise<NamespaceJudgement> {
  const { after } = change;
  const modes = modeChange(judge, change, ports.enforcedBefore);
  const mode = stricterMode(modes.before, modes.after);
  const { warnings } = postureOf(after.meta.labels, judge.policy);
  const subjects = subjectsIn(world, after.meta.name);
  const chosen = new Set(subjects.slice(0, MAX_WORKLOADS));
  const among = (one: Workload): boolean => chosen.has(objectKey(one));
  const context = { judge, world, change, review, among, tellsMended: ports.recorder !== undefined };
  const { nowMs } = ports;
  const pace = { nowMs, endMs: Math.min(nowMs() + MAX_MS, deadlineMs) };
  const { servers: judged, looked } = await judgeReview(context, pace);
  // What the request itself does comes first: not all may be said.
  const servers = [...loweredMode(judge, after, modes, review), ...judged];
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
