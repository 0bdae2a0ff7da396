import type { Judge } from '../../core/evaluate.ts';
import { type Fields, fieldsAt } from '../../core/kube/reading.ts';
import type { KubeObject, ObjectRef } from '../../core/kube/types.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import type { Change, World } from '../../core/world/world.ts';
import { type AdmissionResult, decide, modeOf, unjudged } from '../admission/answer.ts';
import { judgeReview } from '../admission/judge-review.ts';
import type { Decided } from '../admission/ports.ts';
import { allow } from '../admission/response.ts';
import type { Review } from '../admission/review.ts';
import { gateChanges } from '../record/change-kinds.ts';
import { concernedWorkloads } from '../record/concerned.ts';
import type { SeenChange } from './change.ts';
import type { Witnessed } from './keep.ts';

/** Milliseconds that judging one change may take. */
const JUDGING_MS = 1_000;

/** That it was let through says nothing: nobody was asked. */
const NOT_JUDGED = new Map([['not-judged' as const, ['nobody was asked']]]);

/** What is known of an object that was not kept as it is. */
const outlineOf = ({ kind, meta }: KubeObject, apiVersion: string): Fields => ({
  apiVersion,
  kind,
  metadata: {
    name: meta.name,
    ...(meta.namespace && { namespace: meta.namespace }),
    ...(meta.uid && { uid: meta.uid }),
    labels: Object.fromEntries(meta.labels),
  },
});

/** The object before an update, as far as it is known in a form that can be compared. */
function oldObjectOf({ change: { before }, apiVersion, raw, marks, replicasBefore }: SeenChange): Fields | undefined {
  if (before?.kind === 'Namespace') return outlineOf(before, apiVersion);
  const isScaledAlone = replicasBefore !== undefined && marks.length === 1;
  return isScaledAlone && raw ? { ...raw, spec: { ...fieldsAt(raw, 'spec'), replicas: replicasBefore } } : undefined;
}

/** The review that there would have been; nobody knows who asked. */
function reviewOf(seen: SeenChange): Review | undefined {
  const { operation, change, apiVersion, raw } = seen;
  const object = change.after ?? change.before;
  if (object === undefined) return undefined;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const { namespace, name } = object.meta;
  const stored = raw ?? outlineOf(object, apiVersion);
  return {
    ...{ uid: '', operation, subResource: '', namespace, name, dryRun: false },
    kind: { group, version, kind: object.kind },
    user: { username: '', groups: [] },
    object: operation === 'DELETE' ? undefined : stored,
    oldObject: operation === 'DELETE' ? stored : operation === 'UPDATE' ? oldObjectOf(seen) : undefined,
  };
}

/** Made and deleted with its controller, whose own changes are told. */
const goesWithController = ({ operation, change }: SeenChange): boolean => {
  const object = change.after ?? change.before;
  const isOwned = object !== undefined && isWorkload(object) && object.meta.owners.some(({ controller }) => controller);
  return isOwned && operation !== 'UPDATE';
};

const isGone = ({ before }: Change): boolean =>
  before !== undefined && (isWorkload(before) || before.kind === 'Namespace');

/** A change that was seen, as if it had been reviewed and let through; `undefined`: it concerns no MCP server, nor the gate itself. */
export async function decidedOf(
  seen: SeenChange,
  witnessed: Witnessed,
  { world, judge, nowMs }: { readonly world: World; readonly judge: Judge; readonly nowMs: () => number },
): Promise<{ readonly decided: Decided; readonly servers: readonly ObjectRef[] } | undefined> {
  const review = reviewOf(seen);
  if (review === undefined || (witnessed !== 'unwitnessed' && goesWithController(seen))) return undefined;
  const { change } = seen;
  const mode = modeOf(world, review, change, judge.policy);
  let result: AdmissionResult = unjudged(witnessed, mode, allow({ annotations: NOT_JUDGED }));
  // A workload that went opens nothing any more, and a label of a namespace is told for itself.
  const isJudged = change.after !== undefined ? change.after.kind !== 'Namespace' : !isGone(change);
  if (isJudged) {
    const context = { judge, world, change, review };
    const { servers, end } = await judgeReview(context, { nowMs, endMs: nowMs() + JUDGING_MS });
    const told = { change, namespace: review.namespace, world };
    if (end === 'all') result = { ...decide(servers, mode, [], told), response: allow(), note: witnessed };
  }
  const decided: Decided = { review, read: { kind: 'change', change }, judge, result };
  const servers = concernedWorkloads(decided, world).map(({ subject }) => subject);
  return servers.length > 0 || gateChanges(review).length > 0 ? { decided, servers } : undefined;
}
