import { daysFrom } from '../../core/calendar.ts';
import { compare } from '../../core/order.ts';
import { visibleData } from '../../core/visible-text.ts';
import type { CheckReport, MendedFinding, RememberedNamespace, ReportedServer } from '../report/check-report.ts';
import {
  type CountedReviews,
  causeIdentity,
  type FindDates,
  type FoundDates,
  findingIdentity,
  type JudgedDates,
} from '../report/identity.ts';
import { findingKey, type History, type NamespaceHistory, type SeenDates, serverKey, timeText } from './state.ts';

/** A history, and what is needed to look something up in it. */
export interface Remembered {
  readonly history: History;
  /** As the controller that keeps it has it. */
  readonly idOf: (identity: string) => string;
  /** The day on which it is looked at: `YYYY-MM-DD`. */
  readonly today: string;
}

/** From a time on, which may lie ahead of the clock here. In seconds since 1970. */
const daysSince = (seconds: number, today: string): number =>
  Math.max(0, daysFrom(timeText(seconds).slice(0, 10), today));

/** What is there; what is gone is not open. */
function datesOf(dates: SeenDates | undefined, today: string): FoundDates {
  if (dates === undefined || dates.last !== undefined) return {};
  const { first, since } = dates;
  return { firstSeen: timeText(first), openSince: timeText(since), openDays: daysSince(since, today) };
}

/** Looks dates up in a history. */
export const datesIn =
  ({ history, idOf, today }: Remembered): FindDates =>
  (subject, rule, identity) => {
    const server = history.get(subject.namespace)?.servers.get(serverKey(subject));
    return datesOf(server?.findings.get(findingKey(rule, idOf(identity))), today);
  };

/** Looks up from when on a server has been judged. */
export const judgedIn =
  ({ history, today }: Pick<Remembered, 'history' | 'today'>) =>
  (server: { readonly namespace: string; readonly kind: string; readonly name: string }): JudgedDates => {
    const known = history.get(server.namespace)?.servers.get(serverKey(server));
    if (known === undefined || known.last !== undefined) return {};
    return { judgedSince: timeText(known.since), judgedDays: daysSince(known.since, today) };
  };

/** Looks up what was counted of the reviews of a namespace. */
export const reviewsOf =
  (history: History) =>
  (namespace: string): CountedReviews | undefined => {
    const reviews = history.get(namespace)?.reviews;
    if (reviews === undefined) return undefined;
    return { refused: reviews.refused, tolerated: reviews.tolerated, since: timeText(reviews.since) };
  };

interface Gone {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** What is gone, latest first, each with its key. */
const goneOf = (all: ReadonlyMap<string, SeenDates>): readonly (readonly [key: string, dates: Gone])[] =>
  [...all]
    .flatMap(([key, { first, last }]) =>
      last === undefined ? [] : [[key, { firstSeen: timeText(first), lastSeen: timeText(last) }] as const],
    )
    .sort(([, a], [, b]) => compare(b.lastSeen, a.lastSeen));

/** Keys are `rule/digits`. */
const mendedOf = (findings: ReadonlyMap<string, SeenDates>): readonly MendedFinding[] =>
  visibleData(goneOf(findings).map(([key, dates]) => ({ rule: key.slice(0, key.lastIndexOf('/')), ...dates })));

function datedServer(server: ReportedServer, remembered: Remembered): ReportedServer {
  const find = datesIn(remembered);
  const known = remembered.history.get(server.namespace)?.servers.get(serverKey(server));
  const mended = mendedOf(known?.findings ?? new Map());
  return {
    ...server,
    ...(known !== undefined && { firstSeen: timeText(known.first) }),
    ...judgedIn(remembered)(server),
    ...(mended.length > 0 && { mended }),
    findings: server.findings.map(one => ({ ...one, ...find(server, one.rule, findingIdentity(one)) })),
    causes: server.causes.map(one => ({ ...one, ...find(server, one.code, causeIdentity(one, server)) })),
    excepted: server.excepted.map(one => ({ ...one, ...find(server, one.rule, findingIdentity(one)) })),
  };
}

/** Keys are `Kind/name`. */
function goneServers(servers: NamespaceHistory['servers']): RememberedNamespace['gone'] {
  return goneOf(servers).map(([key, dates]) => {
    const slash = key.indexOf('/');
    return { kind: key.slice(0, slash), name: key.slice(slash + 1), ...dates };
  });
}

/** What is remembered of namespaces with servers. `only`: of this one; `null`: of all. */
function namespacesOf(history: History, only: string | null): readonly RememberedNamespace[] {
  return [...history]
    .filter(([namespace, { servers }]) => servers.size > 0 && (only === null || namespace === only))
    .map(([namespace, { modes, servers }]) => ({
      namespace,
      modes: modes.map(({ at, mode }) => ({ mode, since: timeText(at) })),
      gone: goneServers(servers),
    }))
    .sort((a, b) => compare(a.namespace, b.namespace));
}

/** The report with what a history knows. `undefined`: there is none, which the report says. */
export function datedReport(report: CheckReport, remembered: Remembered | undefined): CheckReport {
  const { cluster } = report;
  const known =
    remembered === undefined ? null : visibleData(namespacesOf(remembered.history, cluster?.namespace ?? null));
  return {
    ...report,
    ...(cluster && { cluster: { ...cluster, remembered: known } }),
    servers: remembered === undefined ? report.servers : report.servers.map(one => datedServer(one, remembered)),
  };
}
