import type { Decision } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { Problem } from '../../core/manifest.ts';
import { type CheckFacts, type Locate, NOWHERE, reportOn } from './build-report.ts';
import { type DecodedInput, type JudgedInput, judgeInput, refKey } from './check.ts';
import type { CheckReport, ReportedOverlay } from './check-report.ts';
import { CLUSTER } from './cluster-reading.ts';
import { compareConfigurations } from './compare.ts';
import { layOver } from './lay-over.ts';

/** One world of files over a cluster, judged as far as the files have to do with it. */
interface OverCluster {
  readonly before: JudgedInput;
  readonly after: JudgedInput;
  readonly overlay: ReportedOverlay;
}

/** What a decision says, but for the files that it stands in. */
const saidOf = ({ verdict, findings, causes, excepted }: Decision): string =>
  JSON.stringify([verdict, findings, causes, excepted]);

function judgeOne(cluster: DecodedInput, files: DecodedInput, judge: Judge): OverCluster {
  const { before, after, created, replaced } = layOver(cluster, files);
  const [then, now] = [judgeInput(before, judge), judgeInput(after, judge)];
  const said = new Map(then.decisions.map(one => [refKey(one.subject), saidOf(one)]));
  const isConcerned = (one: Decision): boolean => {
    const key = refKey(one.subject);
    return files.objects.has(key) || said.get(key) !== saidOf(one);
  };
  const decisions = now.decisions.filter(isConcerned);
  const [concerned, left] = [decisions, now.decisions].map(all => new Set(all.map(({ subject }) => refKey(subject))));
  const isCompared = ({ subject }: Decision): boolean =>
    concerned?.has(refKey(subject)) === true || left?.has(refKey(subject)) === false;
  const inFiles = ({ subject }: Decision): boolean => files.objects.has(refKey(subject));
  return {
    before: { ...then, decisions: then.decisions.filter(isCompared), lookClose: [] },
    after: { ...now, decisions, lookClose: now.lookClose.filter(inFiles) },
    overlay: { created, replaced },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** In place of the name of what is compared with. */
const AS_IT_IS = 'the cluster as it is';

/** A refusal is of no file. */
const ofNoFile = (problem: Problem): Problem => (problem.file === CLUSTER ? { ...problem, file: '' } : problem);

/** Files over a cluster, judged. */
export interface JudgedOverCluster {
  readonly report: CheckReport;
  /** What the report is on. */
  readonly worlds: readonly JudgedInput[];
}

/**
 * The report on files over a cluster: the servers that stand in the files, and those on which they change what is said. Each finding and each cause is
 * known, since the cluster has it without the files, or new. Each world of the files is laid over the cluster by itself.
 */
export function reportOverCluster(
  cluster: DecodedInput,
  worlds: readonly DecodedInput[],
  judge: Judge,
  facts: CheckFacts,
  locate: Locate,
): JudgedOverCluster {
  const all = worlds.map(files => judgeOne(cluster, files, judge));
  const overlay = {
    created: sum(all.map(one => one.overlay.created)),
    replaced: sum(all.map(one => one.overlay.replaced)),
  };
  // The objects of the cluster are counted once.
  const after = all.map((one, index) => ({ ...one.after, count: one.after.count - (index > 0 ? cluster.count : 0) }));
  const told = {
    ...facts,
    problems: facts.problems.map(ofNoFile),
    ...(facts.cluster && { cluster: { ...facts.cluster, overlay } }),
  };
  const report = reportOn(after, told, locate);
  const before = reportOn(
    all.map(one => one.before),
    facts,
    NOWHERE,
  );
  return { report: compareConfigurations(report, before, AS_IT_IS), worlds: after };
}
