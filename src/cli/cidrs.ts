import type { Cloud } from '../adapters/clouds/cloud.ts';
import type { ContextNames } from '../adapters/clouds/context-target.ts';
import type { ClusterTarget } from '../adapters/clouds/request.ts';
import type { RangeSource } from '../app/cidrs/choices.ts';
import { notSeenLines, rangesText } from '../app/cidrs/output.ts';
import { type SeenRanges, unexplained } from '../app/cidrs/ranges.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { connectToChosen } from './chosen-cluster.ts';
import { checkRanges, writeRanges } from './cidrs-file.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';
import { readWhole } from './read-whole.ts';
import { problemText } from './terminal-text.ts';

/** Which cluster is asked about, and how. */
type Options = Omit<CommandSpecific['cidrs'], 'output'>;

/** Bytes of one saved answer, inclusive: lists of subnets take a few MiB. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

const readAnswer = (file: string, io: Io): Promise<string> =>
  readWhole(
    file,
    LARGEST_ANSWER,
    io,
    () => new GateError('unreadable-file', `${file} is larger than ${LARGEST_ANSWER} bytes: no answer of a cloud is`),
  );

async function readSaved(
  cloud: Cloud,
  name: string | undefined,
  files: readonly string[],
  io: Io,
): Promise<SeenRanges> {
  const [{ readAnswers }, { readCloud }, { readAddress }] = await Promise.all([
    import('../adapters/clouds/answers.ts'),
    import('../adapters/clouds/read-cloud.ts'),
    import('../adapters/addresses/read-address.ts'),
  ]);
  const read = [];
  for (const file of files) read.push(readAnswers(await readAnswer(file, io), file));
  const answers = { answers: read.flatMap(one => one.answers), problems: read.flatMap(one => one.problems) };
  return readCloud(cloud, answers, { name, readAddress }).seen;
}

/** The names of the context that is chosen; `undefined`: there is none. */
async function contextNames({ kubeconfig, context }: Options, io: Io): Promise<ContextNames | undefined> {
  const [{ kubeconfigFiles }, { readKubeconfig }] = await Promise.all([
    import('../adapters/kubernetes/client/connection.ts'),
    import('../adapters/kubernetes/client/kubeconfig.ts'),
  ]);
  const files = kubeconfigFiles({ ...(kubeconfig !== undefined && { kubeconfig }), env: io.env, home: io.home });
  return files.length === 0 ? undefined : readKubeconfig(files, context).names;
}

/** What the context tells; of a cluster that is named, only where it is the same. Where it must not be there, one that cannot be read tells nothing. */
async function fromContext(
  cloud: Cloud,
  name: string | undefined,
  options: Options,
  io: Io,
): Promise<ClusterTarget | undefined> {
  const { contextTarget } = await import('../adapters/clouds/context-target.ts');
  try {
    const names = await contextNames(options, io);
    const target = names && contextTarget(cloud.id, names);
    return name === undefined || target?.name === name ? target : undefined;
  } catch (error) {
    if ((name !== undefined || options.printCommands) && error instanceof GateError) return undefined;
    throw error;
  }
}

/** The cluster that is meant: what is given goes before what the context tells. */
async function targetOf(cloud: Cloud, name: string | undefined, options: Options, io: Io) {
  const told = await fromContext(cloud, name, options, io);
  const { region, project, resourceGroup, subscription } = options;
  const given = { name, region, project, resourceGroup, subscription };
  return { ...told, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

const isNamed = (target: Partial<ClusterTarget>): target is ClusterTarget => target.name !== undefined;

const environmentOf = (io: Io): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(io.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

async function askLive(cloud: Cloud, name: string | undefined, options: Options, io: Io): Promise<SeenRanges> {
  const target = await targetOf(cloud, name, options, io);
  if (!isNamed(target))
    throw new GateError(
      'bad-usage',
      `name the cluster: the context of the kubeconfig is of no ${cloud.product} cluster`,
    );
  const first = cloud.ask(target);
  if (first === undefined)
    throw new GateError('bad-usage', `${cloud.product} has no cluster of these names; ${cloud.needs}`);
  const [{ askCloud }, { readAddress }] = await Promise.all([
    import('../adapters/clouds/ask-cloud.ts'),
    import('../adapters/addresses/read-address.ts'),
  ]);
  const progress = createProgress(io.stderr);
  try {
    const asking = {
      places: { path: io.env.PATH, foreign: [io.workingFolder] },
      env: environmentOf(io),
      onCommand: (text: string) => progress.show(text),
    };
    return await askCloud(cloud, first, asking, { readAddress });
  } finally {
    progress.clear();
  }
}

/** Reads what a live cluster tells of itself. */
async function readInside(options: Options, io: Io): Promise<SeenRanges> {
  const [{ client, server, time }, { readRanges }, { readAddress }] = await Promise.all([
    connectToChosen(options, io),
    import('../adapters/kubernetes/view/read-ranges.ts'),
    import('../adapters/addresses/read-address.ts'),
  ]);
  try {
    return await readRanges({ client, time, host: server.host, readAddress });
  } finally {
    client.close();
  }
}

/** What would be run, each line after the right that it needs. */
async function commandLines(
  source: RangeSource,
  name: string | undefined,
  options: Options,
  io: Io,
): Promise<readonly string[]> {
  if (source === 'cluster') {
    const { rangeRequests } = await import('../adapters/kubernetes/view/read-ranges.ts');
    return rangeRequests().flatMap(({ path, right }) => [`# ${right}`, `kubectl get --raw ${path}`]);
  }
  const [{ CLOUDS }, { commandText }] = await Promise.all([
    import('../adapters/clouds/read-cloud.ts'),
    import('../adapters/clouds/request.ts'),
  ]);
  const cloud = CLOUDS[source];
  const target = { name: 'NAME', ...cloud.placeholders, ...(await targetOf(cloud, name, options, io)) };
  const requests = [cloud.ask(target), ...cloud.later(target)].filter(request => request !== undefined);
  return requests.flatMap(request => [`# ${request.right}`, commandText(request)]);
}

/** Says of the source and what it was asked for what does not go together. */
function checkUsage(source: RangeSource, name: string | undefined, { fromFile }: Options): void {
  if (source !== 'cluster') return;
  if (name !== undefined)
    throw new GateError('bad-usage', 'cidrs cluster takes no name: --context chooses the cluster');
  if (fromFile !== undefined) throw new GateError('bad-usage', '--from-file reads answers of a cloud: gke, eks or aks');
}

/** What a source tells of one cluster. Rejects with a GateError where it cannot be asked. */
export async function seenRanges(
  source: RangeSource,
  name: string | undefined,
  options: Options,
  io: Io,
): Promise<SeenRanges> {
  if (source === 'cluster') return readInside(options, io);
  const { CLOUDS } = await import('../adapters/clouds/read-cloud.ts');
  const cloud = CLOUDS[source];
  return options.fromFile === undefined
    ? askLive(cloud, name, options, io)
    : readSaved(cloud, name, options.fromFile, io);
}

/** Whether what was seen can be relied on; why not goes to standard error. */
export async function isReliable(seen: SeenRanges, io: Io): Promise<boolean> {
  const unknown = unexplained(seen);
  if (seen.problems.length > 0) await io.stderr.write(problemText(visibleData(seen.problems)));
  else if (unknown.length > 0)
    await io.stderr.write(
      visibleText(`chokepoint: ${seen.subject} tells nothing of: ${unknown.join(', ')}`).concat('\n'),
    );
  return seen.problems.length === 0 && unknown.length === 0;
}

/** `cidrs`: prints the ranges of a cluster, or puts them into a configuration, or holds one against them. */
export async function runCidrs(
  source: RangeSource,
  name: string | undefined,
  options: CommandSpecific['cidrs'],
  io: Io,
): Promise<number> {
  checkUsage(source, name, options);
  if (options.printCommands) {
    await io.stdout.write(`${(await commandLines(source, name, options, io)).join('\n')}\n`);
    return 0;
  }
  const seen = await seenRanges(source, name, options, io);
  if (!(await isReliable(seen, io))) return 2;
  if (options.check !== undefined) return checkRanges(seen, options, io);
  if (options.write !== undefined) return writeRanges(seen, options.write, io);
  await io.stdout.write(rangesText(seen, options.output));
  if (options.output === 'list') await io.stderr.write(notSeenLines(seen));
  return 0;
}
