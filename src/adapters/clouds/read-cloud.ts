import { RANGE_CLASSES, type SeenRanges, sortRanges } from '../../app/cidrs/ranges.ts';
import { own } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';
import type { AddressReader } from '../../core/net/ip.ts';
import { AKS } from './aks.ts';
import { type Answer, type CloudId, cloudOf, type ReadAnswers } from './answers.ts';
import type { Cloud } from './cloud.ts';
import { EKS } from './eks.ts';
import { Gathering } from './gathering.ts';
import { GKE } from './gke.ts';
import { type CloudRequest, commandText } from './request.ts';

export const CLOUDS: Readonly<Record<CloudId, Cloud>> = { gke: GKE, eks: EKS, aks: AKS };

/** What stands beside the answers. */
export interface ReadingOptions {
  /** The only cluster that is read; absent: there must be one alone. */
  readonly name?: string | undefined;
  readonly readAddress: AddressReader;
  /** Why questions were not answered, by their text; absent: none was asked. */
  readonly failed?: ReadonlyMap<string, string>;
}

export interface CloudReading {
  readonly seen: SeenRanges;
  /** Questions that were not asked yet. */
  readonly wanted: readonly CloudRequest[];
}

const problem = (code: string, file: string, message: string): Problem => ({
  severity: 'error',
  code,
  file,
  line: 0,
  column: 0,
  field: '',
  message,
});

const nameOf = ({ fields }: Answer): string => String(own(fields, 'name') ?? 'without a name');

/** The one cluster that is meant, or why it is not clear. */
function chooseCluster(cloud: Cloud, answers: readonly Answer[], name: string | undefined): Answer | Problem {
  const all = answers.filter(({ kind }) => kind === cloud.clusterKind);
  const [only, ...others] = all.filter(({ fields }) => name === undefined || own(fields, 'name') === name);
  if (only === undefined && all.length > 0)
    return problem('no-cluster', '', `no cluster ${name} is there, only ${all.map(nameOf).join(', ')}`);
  if (only === undefined)
    return problem('no-cluster', '', `no answer holds a cluster: one of ${cloud.product} is needed`);
  if (others.length === 0) return only;
  const named = [only, ...others].map(
    one => `${nameOf(one)} (${String(own(one.fields, cloud.placeField) ?? one.file)})`,
  );
  return problem(
    'several-clusters',
    '',
    `several clusters are there: ${named.join(', ')}: name one, or give one alone`,
  );
}

/** Answers of another cloud say that something was mixed up. */
function foreignProblems(cloud: Cloud, answers: readonly Answer[]): readonly Problem[] {
  return answers.flatMap(({ kind, file }) => {
    const other = cloudOf(kind);
    if (other === undefined || other === cloud.id) return [];
    return problem('other-cloud', file, `this is an answer of ${CLOUDS[other].product}, not of ${cloud.product}`);
  });
}

const notSaved = (request: CloudRequest): string =>
  `the answer is not among the files: save what \`${commandText(request)}\` prints`;

/** Reads answers of a cloud as what they tell of one cluster. Pure; what is wrong with them is a problem of what was seen. */
export function readCloud(cloud: Cloud, { answers, problems }: ReadAnswers, options: ReadingOptions): CloudReading {
  const { name, readAddress, failed = new Map<string, string>() } = options;
  const cluster = chooseCluster(cloud, answers, name);
  const gathering = new Gathering(readAddress, failed);
  const isChosen = 'fields' in cluster;
  if (isChosen) cloud.read(cluster, answers, gathering);
  const clusterName = isChosen ? nameOf(cluster) : (name ?? '');
  const wanted = [...gathering.wanted];
  for (const [text, request] of wanted)
    gathering.miss(request.tells, `${request.about}: ${failed.get(text) ?? notSaved(request)}`);
  const seen: SeenRanges = {
    source: cloud.id,
    subject: `${cloud.product} cluster ${clusterName}`,
    mark: `${cloud.id} ${clusterName}`,
    provider: cloud.provider,
    ranges: sortRanges(gathering.ranges),
    notSeen: gathering.notSeen.toSorted((a, b) => RANGE_CLASSES.indexOf(a.class) - RANGE_CLASSES.indexOf(b.class)),
    covered: gathering.covered,
    problems: [...problems, ...foreignProblems(cloud, answers), ...(isChosen ? [] : [cluster]), ...gathering.problems],
  };
  return { seen, wanted: wanted.filter(([text]) => !failed.has(text)).map(([, request]) => request) };
}
