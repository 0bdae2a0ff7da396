import { readFlow } from '../adapters/observe/formats.ts';
import { renderObserved } from '../adapters/observe/text.ts';
import type { ReadFlow } from '../app/observe/flow.ts';
import { createObserver, type Observer } from '../app/observe/observe.ts';
import { proposalsText } from '../app/observe/proposals.ts';
import { type JudgedInput, judgeInput } from '../app/report/check.ts';
import { clusterInput, judgeFor } from '../app/report/judge-cluster.ts';
import { createJudge } from '../core/evaluate.ts';
import { withNamedGateways } from '../core/gate/name-gateways.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { Problem } from '../core/manifest.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific, GatewayOptions } from './commands.ts';
import { type Configuration, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { linesOf, TOO_LONG } from './lines.ts';
import { problemText } from './terminal-text.ts';
import { readWorlds } from './worlds.ts';

/** Of `observe`, and of `generate --flows`, which names gateways too. */
type Options = Omit<CommandSpecific['observe'], 'output'> & GatewayOptions;

/** What flows are held against. */
interface Ground {
  readonly judged: JudgedInput;
  readonly policy: GatePolicy;
  readonly problems: readonly Problem[];
}

function usable(configuration: Configuration) {
  if (configuration.policy !== undefined) return configuration;
  const [first] = configuration.problems;
  throw new GateError('bad-configuration', `${configuration.source} cannot be used: ${first?.field} ${first?.message}`);
}

async function ofFiles(paths: readonly string[], options: Options, io: Io): Promise<Ground> {
  if (options.kubeconfig !== undefined || options.context !== undefined)
    throw new GateError('bad-usage', 'observe asks files or a cluster: give PATHS, or --kubeconfig and --context');
  const configured = usable(await readConfiguration(options.config, {}, io)).policy;
  const policy = withNamedGateways(configured, options.gateway ?? []);
  const { worlds, problems } = await readWorlds(paths, options, io);
  const [world, ...others] = worlds.toSorted((a, b) => b.objects.size - a.objects.size);
  if (world === undefined || others.some(({ objects }) => objects.size > 0))
    throw new GateError('bad-usage', 'these are several worlds: give one of them, or --no-render');
  return { judged: judgeInput(world, createJudge(policy)), policy, problems };
}

async function ofCluster(options: Options, io: Io): Promise<Ground> {
  const written = usable(await readConfiguration(options.config, {}, io));
  const chosen = await connectToChosen(options, io);
  try {
    const reading = await readChosenCluster(chosen, undefined, io);
    const { policy, source } = usable(await clusterConfiguration(written, reading, {}, io));
    const input = clusterInput(reading);
    const request = { policy, policySource: source, namespace: undefined, needsGatePolicy: needsGatePolicy(written) };
    const { judge, problems } = judgeFor(reading, input, request);
    if (judge === undefined)
      throw new GateError('unexpected-answer', problems.map(({ message }) => message).join('; '));
    return { judged: judgeInput(input, judge), policy: judge.policy, problems };
  } finally {
    chosen.client.close();
  }
}

/** Lines that cannot be read and are told one by one. */
const TOLD = 5;
/** Folds the flows of files; resolves to how many lines cannot be read. */
async function fold(files: readonly string[], observer: Observer, io: Io): Promise<number> {
  let unreadable = 0;
  for (const file of files) {
    for await (const { text, number, isCut } of linesOf(file, io)) {
      const read: ReadFlow = isCut ? { kind: 'unreadable', reason: TOO_LONG } : readFlow(text);
      if (read.kind === 'flow') observer.add(read.flow);
      if (read.kind !== 'unreadable') continue;
      unreadable += 1;
      if (unreadable <= TOLD)
        await io.stderr.write(visibleText(`${file}, line ${number}: ${read.reason}`).concat('\n'));
    }
  }
  return unreadable;
}

/** What was observed. */
interface Observed {
  readonly observer: Observer;
  readonly unreadable: number;
  /** Something of the files, the cluster or the flows could not be read, which was said. */
  readonly isIncomplete: boolean;
}

async function observed(paths: readonly string[], options: Options, io: Io): Promise<Observed> {
  if (options.flows.includes('-') && paths.includes('-'))
    throw new GateError('bad-usage', 'standard input holds the manifests or the flows: not both');
  const { judged, policy, problems } =
    paths.length > 0 ? await ofFiles(paths, options, io) : await ofCluster(options, io);
  if (problems.length > 0) await io.stderr.write(problemText(visibleData(problems)));
  const observer = createObserver(judged, policy);
  const unreadable = await fold(options.flows, observer, io);
  const isIncomplete = unreadable > 0 || problems.some(({ severity }) => severity === 'error');
  return { observer, unreadable, isIncomplete };
}

/** `observe`: tells what of the observed traffic would be cut, and who never used what he may. */
export async function runObserve(
  paths: readonly string[],
  options: CommandSpecific['observe'],
  io: Io,
): Promise<number> {
  const { observer, unreadable, isIncomplete } = await observed(paths, options, io);
  const report = observer.report(unreadable);
  if (options.propose) await io.stdout.write(proposalsText(observer.proposals()));
  else
    await io.stdout.write(options.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : renderObserved(report));
  if (isIncomplete) return 2;
  return report.summary.cut > 0 ? 1 : 0;
}

/** `generate --flows`: prints entries of a GatePolicy that would keep what would be cut. */
export async function runPropose(paths: readonly string[], options: Options, io: Io): Promise<number> {
  const { observer, isIncomplete } = await observed(paths, options, io);
  await io.stdout.write(proposalsText(observer.proposals()));
  return isIncomplete ? 2 : 0;
}
