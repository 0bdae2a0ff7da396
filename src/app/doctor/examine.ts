import { visibleData } from '../../core/visible-text.ts';
import { type Answer, type Check, type Seen, STATUSES, type Status, unknown } from './check.ts';
import { READS, type ReadName, rightText } from './reads.ts';

/** A line of the checklist, with what was found. */
interface CheckedLine {
  readonly id: string;
  readonly title: string;
  /** The worst of the answers. */
  readonly status: Status;
  /** At least one, worst first. */
  readonly answers: readonly Answer[];
}

/** What `doctor` prints. All of it is visible text. */
export interface DoctorReport {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'DoctorReport';
  /** URL of the API server. */
  readonly cluster: string;
  readonly policySource: string;
  /** How many lines have which status. */
  readonly summary: Readonly<Record<Status, number>>;
  /** Those that apply to the cluster, in the order of the checklist. */
  readonly checks: readonly CheckedLine[];
}

/** Why a read was not given. */
interface ReadRefusal {
  readonly status: number;
  /** What the API server says; may be empty. */
  readonly message: string;
}

export type Refused = ReadonlyMap<ReadName, ReadRefusal>;

const saidText = ({ status, message }: ReadRefusal): string => (message === '' ? `status ${status}` : message);

const notAllowed = (right: string, refusal: ReadRefusal): Answer =>
  unknown(
    refusal.status === 403 ? `may not ${right} (${saidText(refusal)})` : `cannot ${right}: ${saidText(refusal)}`,
    refusal.status === 403 ? `grant the user the right to ${right}` : 'ask again once the API server answers',
  );

/** What keeps a check from being made: a right that is missing, each named. */
function missing({ reads, judged }: Check, { reading, gateNamespace }: Seen, refused: Refused): readonly Answer[] {
  const ofReads = reads.flatMap(name => {
    const refusal = refused.get(name);
    return refusal === undefined ? [] : notAllowed(rightText(READS[name], gateNamespace), refusal);
  });
  const ofObjects = reading.refusals
    .filter(({ resource }) => judged.includes(resource))
    .map(({ verb, resource, ...refusal }) => notAllowed(`${verb} ${resource}`, refusal));
  return [...ofReads, ...ofObjects];
}

const byStatus = (a: Answer, b: Answer): number => STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status);

function lineOf(check: Check, seen: Seen, refused: Refused): readonly CheckedLine[] {
  const lacks = missing(check, seen, refused);
  const answers = (lacks.length > 0 ? [...lacks] : [...check.judge(seen)]).sort(byStatus);
  const [worst] = answers;
  return worst === undefined ? [] : [{ id: check.id, title: check.title, status: worst.status, answers }];
}

/** Goes through a checklist. */
export function examine(
  checks: readonly Check[],
  seen: Seen,
  refused: Refused,
  about: Pick<DoctorReport, 'cluster' | 'policySource'>,
): DoctorReport {
  const lines = checks.flatMap(check => lineOf(check, seen, refused));
  const count = (status: Status): number => lines.filter(line => line.status === status).length;
  return visibleData<DoctorReport>({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'DoctorReport',
    ...about,
    summary: { fail: count('fail'), unknown: count('unknown'), warn: count('warn'), pass: count('pass') },
    checks: lines,
  });
}

/** 0: nothing fails. 1: something does. 2: something cannot be told, which weighs more. */
export function doctorStatus({ summary }: DoctorReport): 0 | 1 | 2 {
  if (summary.unknown > 0) return 2;
  return summary.fail > 0 ? 1 : 0;
}
