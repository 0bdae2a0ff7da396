import type { Decision } from '../../core/decision.ts';
import { createJudge } from '../../core/evaluate.ts';
import { explainCause, explainFinding, refText } from '../../core/explain.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { World } from '../../core/world/world.ts';
import {
  type CountedReviews,
  causeIdentity,
  type FindDates,
  type FoundDates,
  findingIdentity,
  type JudgedDates,
} from '../report/identity.ts';
import { sinceText } from '../report/since.ts';
import { atOnce, type Steps, stepEach } from '../steps.ts';
import { type CutClient, clientsCut } from './cut.ts';
import { factsOf, namedNamespaces } from './look.ts';
import { type Outlook, outlookOf } from './outlook.ts';
import { planRollout, type RolloutRow } from './plan.ts';
import type { RolloutState } from './state.ts';

/** A server that could not start new Pods in mode enforce, and why. */
interface StoppedServer extends JudgedDates {
  /** `Deployment shop/search`. */
  readonly server: string;
  /** `refused`: new Pods are; `waits`: they wait for a policy that somebody has to write. */
  readonly fate: 'refused' | 'waits';
  /** At least one, each a sentence. */
  readonly reasons: readonly string[];
}

/** A policy that the controller would write. */
interface PlannedName {
  readonly name: string;
  /** The server that it is for. */
  readonly server: string;
}

/** A namespace that a rollout names, how it stands, and what enforce would do to it today. */
export interface ReportedNamespace extends RolloutRow {
  /** MCP servers that are there. */
  readonly servers: number;
  readonly stopped: readonly StoppedServer[];
  /** Since when the oldest of what stops servers is there: RFC 3339; `null`: nothing does, or it is not known. */
  readonly openSince: string | null;
  /** What was refused so far, as far as the controller counts; `null`: nothing that it knows of. */
  readonly reviews: CountedReviews | null;
  readonly policies: readonly PlannedName[];
  readonly cut: readonly CutClient[];
}

/** What `rollout status` and `rollout plan` print. */
export interface RolloutReport {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'RolloutReport';
  /** Whether a controller keeps how far each namespace is; if not, each looks as if it began today. */
  readonly isKept: boolean;
  /** Whether a controller keeps since when servers are judged, and findings open. */
  readonly isDated: boolean;
  /** Sorted by name. */
  readonly namespaces: readonly ReportedNamespace[];
}

export interface RolloutReportRequest {
  readonly world: World;
  readonly policy: GatePolicy;
  /** `undefined`: none is stored. */
  readonly state: RolloutState | undefined;
  readonly nowMs: number;
  /** The gate's own. */
  readonly ownNamespace: string;
  /** Empty: all that rollouts name. */
  readonly only: readonly string[];
  /** When what is found was seen; `undefined`: no controller keeps it. */
  readonly dates: FindDates | undefined;
  /** From when on a server has been judged, as far as that is kept. */
  readonly judged: (server: ObjectRef) => JudgedDates;
  /** What was counted of the reviews of a namespace. */
  readonly reviews: (namespace: string) => CountedReviews | undefined;
}

/** Why a server is stopped, and since when that is there. */
interface Reason extends FoundDates {
  readonly text: string;
}

function reasonsOf({ subject, findings, causes }: Decision, dates: FindDates): readonly Reason[] {
  const denials = findings.filter(({ level }) => level === 'deny');
  return [
    ...denials.map(one => ({ text: explainFinding(one), ...dates(subject, one.rule, findingIdentity(one)) })),
    ...causes.map(one => ({ text: explainCause(one), ...dates(subject, one.code, causeIdentity(one, subject)) })),
  ];
}

function reasonText({ text, openSince, openDays }: Reason): string {
  const since = sinceText(openSince, openDays);
  return since === undefined ? text : `${text} (open since ${since})`;
}

/** The servers that enforce would stop, and since when the oldest reason is there. */
function stoppedOf(
  { refused, waiting }: Outlook,
  { dates = () => ({}), judged }: Pick<RolloutReportRequest, 'dates' | 'judged'>,
): Pick<ReportedNamespace, 'stopped' | 'openSince'> {
  const all = [
    ...refused.map(server => ({ server, fate: 'refused' as const })),
    ...waiting.map(server => ({ server, fate: 'waits' as const })),
  ].map(({ server: { decision }, fate }) => ({
    server: refText(decision.subject),
    ...judged(decision.subject),
    fate,
    reasons: reasonsOf(decision, dates),
  }));
  const [oldest = null] = all.flatMap(({ reasons }) => reasons.flatMap(({ openSince }) => openSince ?? [])).sort();
  return { stopped: all.map(one => ({ ...one, reasons: one.reasons.map(reasonText) })), openSince: oldest };
}

const plannedOf = ({ planned }: Outlook): readonly PlannedName[] =>
  planned.map(({ manifest, server }) => ({ name: manifest.metadata.name, server: refText(server) }));

/** {@link rolloutReport} in steps, for each namespace one. */
export function* rolloutReporting(request: RolloutReportRequest): Steps<RolloutReport> {
  const { world, policy, state, nowMs, ownNamespace, only, dates, reviews } = request;
  const judge = createJudge(policy);
  const named = namedNamespaces(world, policy.rollout, ownNamespace).filter(
    ({ namespace }) => only.length === 0 || only.includes(namespace.meta.name),
  );
  const facts = yield* stepEach(named, one => factsOf(one, world, judge));
  const { rows } = planRollout({ facts, state: state ?? new Map(), limit: policy.modeLimit, nowMs });
  const namespaces = yield* stepEach(rows, (row): ReportedNamespace => {
    const outlook = outlookOf(world, row.namespace, judge);
    return {
      ...row,
      servers: outlook.servers.length,
      ...stoppedOf(outlook, request),
      reviews: reviews(row.namespace) ?? null,
      policies: plannedOf(outlook),
      cut: clientsCut(outlook, policy),
    };
  });
  return {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'RolloutReport',
    isKept: state !== undefined,
    isDated: dates !== undefined,
    namespaces,
  };
}

/** How the namespaces stand that rollouts name, by the planner that the controller goes by, and what enforce would do to them today. */
export const rolloutReport = (request: RolloutReportRequest): RolloutReport => atOnce(rolloutReporting(request));
