import { dataplaneOf } from '../app/cluster-dataplane.ts';
import { duplicateIssues } from '../app/report/alternatives.ts';
import { problemOf } from '../app/report/build-report.ts';
import type { DecodedInput } from '../app/report/check.ts';
import { CLUSTER, type ClusterReading } from '../app/report/cluster-reading.ts';
import { clusterInput } from '../app/report/judge-cluster.ts';
import { refusalText } from '../app/report/unlisted.ts';
import { CILIUM, ciliumOf, type Dataplane } from '../core/gate/dataplane.ts';
import type { Problem } from '../core/manifest.ts';
import { isNarrow } from '../core/netpol/tiers/tiers-of.ts';
import { visibleData } from '../core/visible-text.ts';
import type { World } from '../core/world/world.ts';
import { GateError } from '../errors.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import { dataplaneNamed, loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';
import { type ReadWorlds, readWorlds } from './worlds.ts';

type Options = CommandSpecific['reach'];

/** A world that is asked about. */
interface AskedWorld {
  readonly world: World;
  /** A part of it could not be read, which was said on standard error: answers are only as good as the world. */
  readonly isIncomplete: boolean;
  /** What enforces the policies; `undefined`: not known beside what they show. */
  readonly dataplane: Dataplane | undefined;
}

/** Where the world is that is asked about. */
export interface WorldSource {
  readonly kind: 'manifests' | 'cluster';
  /** Of ends that name none; absent: each must name one. */
  readonly namespace: string | undefined;
  read(): Promise<AskedWorld>;
}

/** The world of files. Throws a GateError where there are several: in each of them the answer may be another. */
function onlyWorld(worlds: readonly DecodedInput[]): DecodedInput {
  const [first, ...more] = worlds.toSorted((a, b) => Number(b.objects.size > 0) - Number(a.objects.size > 0));
  const others = more.filter(({ objects }) => objects.size > 0);
  if (first === undefined) throw new Error('an input is at least one world');
  if (others.length === 0) return first;
  const names = [first, ...others].map(({ build = 'files that are in no build' }) => build);
  throw new GateError('bad-usage', `these are several worlds: ${names.join(', ')}; give one of them, or --no-render`);
}

/** What could not be read is said; resolves to whether there is such. */
async function warnOf(problems: readonly Problem[], io: Io): Promise<boolean> {
  if (problems.length > 0) await io.stderr.write(problemText(visibleData(problems)));
  return problems.some(({ severity }) => severity === 'error');
}

async function fileProblems({ problems, texts }: ReadWorlds, input: DecodedInput): Promise<readonly Problem[]> {
  const issues = [...input.issues, ...duplicateIssues(input.duplicates, 'this later one answers')];
  if (problems.length + issues.length === 0) return [];
  const locate = await loadLocator(texts);
  return [...problems, ...issues.map(issue => problemOf(issue, locate))];
}

async function readFileWorld(paths: readonly string[], options: Options, io: Io): Promise<AskedWorld> {
  const read = await readWorlds(paths, options, io);
  const input = onlyWorld(read.worlds);
  const isIncomplete = await warnOf(await fileProblems(read, input), io);
  return { world: input.world, isIncomplete, dataplane: dataplaneNamed(options.dataplane) };
}

const ofCluster = (message: string): Problem => ({
  severity: 'error',
  code: 'not-readable',
  file: CLUSTER,
  line: 0,
  column: 0,
  field: '',
  message,
});

/** What its agents show of a cluster, or the policies that it holds. */
export const shownDataplane = (world: World, { blocksHoldNodes }: Pick<ClusterReading, 'blocksHoldNodes'>) =>
  dataplaneOf(world, blocksHoldNodes) ?? (isNarrow(world) ? ciliumOf(CILIUM, blocksHoldNodes) : undefined);

/** The world that a cluster holds. Of what is refused, only objects that decide who reaches whom are missed. */
async function clusterSource(options: Options, io: Io): Promise<WorldSource> {
  const { kubeconfig, context, namespace } = options;
  const chosen = await connectToChosen(
    { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) },
    io,
  );
  const read = async (): Promise<AskedWorld> => {
    try {
      const reading = await readChosenCluster(chosen, undefined, io);
      const input = clusterInput(reading);
      const { world, issues } = input;
      const refused = reading.refusals.filter(({ tells }) => tells === undefined).map(refusalText);
      const unread = issues.map(issue => problemOf(issue, () => ({ line: 0, column: 0 })));
      const isIncomplete = await warnOf([...refused.map(ofCluster), ...unread], io);
      return { world, isIncomplete, dataplane: dataplaneNamed(options.dataplane) ?? shownDataplane(world, reading) };
    } finally {
      chosen.client.close();
    }
  };
  return { kind: 'cluster', namespace: namespace ?? chosen.namespace, read };
}

/** The files that are given, else the cluster that is chosen. Rejects with a GateError where both are, or no cluster is. */
export async function worldSource(paths: readonly string[], options: Options, io: Io): Promise<WorldSource> {
  const { kubeconfig, context, namespace } = options;
  if (paths.length === 0) return clusterSource(options, io);
  if (kubeconfig !== undefined || context !== undefined)
    throw new GateError('bad-usage', 'reach asks files or a cluster: give PATHS, or --kubeconfig and --context');
  return { kind: 'manifests', namespace, read: () => readFileWorld(paths, options, io) };
}
