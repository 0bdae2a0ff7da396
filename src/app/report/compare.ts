import type { OpenTraffic, Verdict } from '../../core/decision.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { openBefore } from '../../core/netpol/open-traffic.ts';
import { byKey } from '../../core/order.ts';
import type { CheckReport, FlippedVerdict, ReportedServer } from './check-report.ts';
import type { SavedCause, SavedFinding, SavedReport } from './saved-report.ts';

/** Of objects whose names are still to be generated, the number depends on the order of reading: `job-*2`. */
const namedIn = ({ kind, namespace, name }: ObjectRef): readonly string[] => [
  kind,
  namespace,
  name.replace(/\*\d*$/, '*'),
];

/**
 * What a finding is about: its rule, the server, the object at fault; of traffic that a policy lets through no more, since that is compared as an
 * amount; of anything else the message and its data. No line, file, index of a list or wording is part of it.
 */
export function fingerprintOf({ rule, messageId, subject, object, data = {}, opens }: SavedFinding): string {
  const about = opens === undefined ? [messageId, ...Object.entries(data).sort(byKey)] : [];
  return JSON.stringify([rule, namedIn(subject), namedIn(object), about]);
}

/** As {@link fingerprintOf}, of why a server cannot be judged. */
export const causeFingerprint = ({ code, subject, object }: SavedCause): string =>
  JSON.stringify([code, namedIn(subject), namedIn(object)]);

type Level = SavedFinding['level'];

/** What was there of one fingerprint. Each is asked once for each finding of now, denials first. */
class Before {
  readonly #found: readonly SavedFinding[];
  /** Of what is compared one by one: how many are left. */
  readonly #left: Record<Level, number>;
  readonly #wasOpen = new Map<Level, (traffic: readonly OpenTraffic[]) => boolean>();

  constructor(found: readonly SavedFinding[]) {
    this.#found = found;
    const count = (level: Level): number => found.filter(one => one.level === level).length;
    this.#left = { deny: count('deny'), warn: count('warn') };
  }

  /** Whether it was there, at least as heavy and open at least as wide. */
  has({ level, opens }: SavedFinding): boolean {
    if (opens !== undefined) return this.#openAt(level)(opens);
    const from: Level = level === 'deny' || this.#left.warn === 0 ? 'deny' : 'warn';
    if (this.#left[from] === 0) return false;
    this.#left[from] -= 1;
    return true;
  }

  #openAt(level: Level): (traffic: readonly OpenTraffic[]) => boolean {
    const known = this.#wasOpen.get(level);
    if (known !== undefined) return known;
    const heavy = this.#found.filter(one => level === 'warn' || one.level === 'deny');
    const asked = openBefore(heavy.flatMap(({ opens = [] }) => opens));
    this.#wasOpen.set(level, asked);
    return asked;
  }
}

/** How many of the saved ones have no successor: of each fingerprint, those that are more than there are now. */
function goneOf(saved: readonly string[], now: readonly string[]): number {
  const left = new Map<string, number>();
  for (const key of now) left.set(key, (left.get(key) ?? 0) + 1);
  return saved.filter(key => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  }).length;
}

/** What a saved report knows of one server: which of the findings and causes were there. */
function compareServer(
  server: ReportedServer,
  before: ReadonlyMap<string, Before>,
  causes: ReadonlySet<string>,
): ReportedServer {
  return {
    ...server,
    findings: server.findings.map(one => ({ ...one, known: before.get(fingerprintOf(one))?.has(one) ?? false })),
    causes: server.causes.map(one => ({ ...one, known: causes.has(causeFingerprint({ ...one, subject: server })) })),
  };
}

/** The verdict on a server by what a comparison does not know: with nothing new in it, it passes. Where nothing is compared, its verdict. */
export function newVerdict({ verdict, causes, findings }: ReportedServer): Verdict {
  const isUnsure = causes.some(({ known }) => !known);
  const isDenied = findings.some(({ level, known }) => level === 'deny' && !known);
  if (verdict === 'allow' || (verdict === 'undetermined' && isUnsure)) return verdict;
  if (isDenied) return 'deny';
  return isUnsure ? 'undetermined' : 'allow';
}

/**
 * The report, compared with a saved one: each finding and each cause is known or new. One that weighs more than it did, or opens more, is new. What was
 * saved and is not there any more is counted. `name`: of the saved report.
 */
export function compareWith(report: CheckReport, saved: SavedReport, name: string): CheckReport {
  const before = new Map(
    [...Map.groupBy(saved.findings, fingerprintOf)].map(([key, found]) => [key, new Before(found)] as const),
  );
  const causes = new Set(saved.causes.map(causeFingerprint));
  const servers = report.servers.map(server => compareServer(server, before, causes));
  const all = servers.flatMap(server => [...server.findings, ...server.causes]);
  const known = all.filter(one => one.known).length;
  const gone =
    goneOf(
      saved.findings.map(fingerprintOf),
      servers.flatMap(({ findings }) => findings.map(fingerprintOf)),
    ) +
    goneOf(
      saved.causes.map(causeFingerprint),
      servers.flatMap(server => server.causes.map(one => causeFingerprint({ ...one, subject: server }))),
    );
  const against = { report: name, known, new: all.length - known, gone };
  return { ...report, summary: { ...report.summary, against }, servers };
}

/** A report as it would be read back after it was saved. */
function savedOf({ servers }: CheckReport): SavedReport {
  return {
    findings: servers.flatMap(({ findings }) => findings),
    causes: servers.flatMap(server => server.causes.map(cause => ({ ...cause, subject: server }))),
  };
}

const serverName = ({ namespace, kind, name }: ObjectRef): string => [namespace, kind, name].join('\u0000');

/** The verdict on each server; of one that comes out of several builds the last, which is the worst. */
const verdictsOf = ({ servers }: CheckReport): ReadonlyMap<string, ReportedServer> =>
  new Map(servers.map(server => [serverName(server), server]));

function flippedVerdicts(before: CheckReport, after: CheckReport): readonly FlippedVerdict[] {
  const [then, now] = [verdictsOf(before), verdictsOf(after)];
  return [...new Map([...then, ...now])]
    .sort(byKey)
    .map(([key, { namespace, kind, name }]) => {
      const verdicts = { before: then.get(key)?.verdict ?? null, after: now.get(key)?.verdict ?? null };
      return { namespace, kind, name, ...verdicts };
    })
    .filter(one => one.before !== one.after);
}

/** The report, compared with that of another configuration on the same objects: what this one brings is new, and which verdicts flip is told. */
export function compareConfigurations(report: CheckReport, other: CheckReport, name: string): CheckReport {
  const compared = compareWith(report, savedOf(other), name);
  const { against } = compared.summary;
  if (against === undefined) return compared;
  const flipped = flippedVerdicts(other, report);
  return { ...compared, summary: { ...compared.summary, against: { ...against, flipped } } };
}
