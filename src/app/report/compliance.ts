import type { RuleInfo } from '../../core/rule.ts';
import type { CheckReport, ReportedFinding } from './check-report.ts';
import { CONTROLS, type Control } from './controls.ts';

/**
 * How servers stand to a control, as far as rules say. `fail`: a rule of it found something that is not set aside. `undetermined`: a server could not be judged, or a
 * rule could not tell. `pass`: its rules found nothing on any server. `not covered`: no rule that was judged says anything of it, or those that do need more than objects, or no
 * server was judged.
 */
type Standing = 'pass' | 'fail' | 'undetermined' | 'not covered';

/** One control, and how the servers of a report stand to it. */
export interface ControlStanding {
  readonly control: Control;
  readonly standing: Standing;
  /** Servers on which a rule of it found something, `NAMESPACE/KIND NAME` each, sorted. */
  readonly servers: readonly string[];
  /** Rules of it that found something, sorted. */
  readonly broken: readonly string[];
  /** Findings of its rules that an exception sets aside: they do not count. */
  readonly excepted: number;
}

/** The message by which a rule says that it cannot tell. */
const UNTOLD = 'undetermined';

/** Rules that find nothing unless more is given than the objects: a registry, a probe, a change. That they found nothing shows nothing. */
const NEED_MORE: ReadonlySet<string> = new Set([
  ...['mode-lowered', 'policies-not-enforced', 'policy-removal', 'server-opted-out', 'unregistered-server'],
]);

/** Rules that say nothing where it is not known which gateway it is, since another rule says that. */
const SAID_BY: ReadonlyMap<string, string> = new Map([
  ['gateway-unauthorized', 'gateway-unauthenticated'],
  ['gateway-unlogged', 'gateway-unauthenticated'],
]);

const isFault = ({ messageId }: ReportedFinding): boolean => messageId !== UNTOLD;

const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort();

function standingOf(control: Control, { servers }: CheckReport, judged: ReadonlySet<string>): ControlStanding {
  const rules = new Set(control.rules.filter(rule => judged.has(rule)));
  const found = servers.flatMap(server =>
    server.findings.filter(({ rule }) => rules.has(rule)).map(finding => ({ server, finding })),
  );
  const faults = found.filter(({ finding }) => isFault(finding));
  const saying = new Set([...rules].flatMap(rule => [rule, SAID_BY.get(rule) ?? rule]));
  const isUntold = servers.some(
    ({ verdict, findings }) =>
      verdict === 'undetermined' || findings.some(one => saying.has(one.rule) && !isFault(one)),
  );
  const standing = (): Standing => {
    if (rules.size === 0 || servers.length === 0) return 'not covered';
    if (faults.length > 0) return 'fail';
    if ([...rules].every(rule => NEED_MORE.has(rule))) return 'not covered';
    return isUntold ? 'undetermined' : 'pass';
  };
  return {
    control,
    standing: standing(),
    servers: sorted(faults.map(({ server }) => `${server.namespace}/${server.kind} ${server.name}`)),
    broken: sorted(faults.map(({ finding }) => finding.rule)),
    excepted: servers.flatMap(({ excepted }) => excepted.filter(({ rule }) => rules.has(rule))).length,
  };
}

/** How the servers of a report stand to every control, in the order of the table of controls. `judged`: the rules that it was made by. */
export function standingsOf(report: CheckReport, judged: readonly Pick<RuleInfo, 'id'>[]): readonly ControlStanding[] {
  const ids = new Set(judged.map(({ id }) => id));
  return CONTROLS.map(control => standingOf(control, report, ids));
}
