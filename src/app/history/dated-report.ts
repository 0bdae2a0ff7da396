import type { CheckReport, ReportedServer } from '../report/check-report.ts';
import {
  type CountedReviews,
  causeIdentity,
  type FindDates,
  type FoundDates,
  findingIdentity,
} from '../report/identity.ts';
import { findingKey, type History, type SeenDates, serverKey, timeText } from './state.ts';

const datesOf = (dates: SeenDates | undefined): FoundDates =>
  dates === undefined || dates.last !== undefined
    ? {}
    : { firstSeen: timeText(dates.first), openSince: timeText(dates.since) };

/** Looks dates up in a history. `idOf`: as the controller that keeps it has it. */
export const datesIn =
  (history: History, idOf: (identity: string) => string): FindDates =>
  (subject, rule, identity) => {
    const server = history.get(subject.namespace)?.servers.get(serverKey(subject));
    return datesOf(server?.findings.get(findingKey(rule, idOf(identity))));
  };

/** Looks up what was counted of the reviews of a namespace. */
export const reviewsOf =
  (history: History) =>
  (namespace: string): CountedReviews | undefined => {
    const reviews = history.get(namespace)?.reviews;
    if (reviews === undefined) return undefined;
    return { refused: reviews.refused, tolerated: reviews.tolerated, since: timeText(reviews.since) };
  };

function datedServer(server: ReportedServer, history: History, find: FindDates): ReportedServer {
  const known = history.get(server.namespace)?.servers.get(serverKey(server));
  return {
    ...server,
    ...(known !== undefined && { firstSeen: timeText(known.first) }),
    findings: server.findings.map(one => ({ ...one, ...find(server, one.rule, findingIdentity(one)) })),
    causes: server.causes.map(one => ({ ...one, ...find(server, one.code, causeIdentity(one, server)) })),
    excepted: server.excepted.map(one => ({ ...one, ...find(server, one.rule, findingIdentity(one)) })),
  };
}

/** The report with the dates that a history knows. */
export const datedReport = (report: CheckReport, history: History, idOf: (identity: string) => string): CheckReport => {
  const find = datesIn(history, idOf);
  return { ...report, servers: report.servers.map(server => datedServer(server, history, find)) };
};
