import type { InventoryServer, InventorySource } from '../app/inventory/inventory.ts';
import { takeInventory } from '../app/inventory/take-inventory.ts';
import { problemOf } from '../app/report/build-report.ts';
import { type DecodedInput, type JudgedInput, judgeInput } from '../app/report/check.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { clusterInput, judgeFor, type ScanRequest } from '../app/report/judge-cluster.ts';
import { once } from '../app/report/merge-worlds.ts';
import { createJudge } from '../core/evaluate.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { Problem } from '../core/manifest.ts';
import { GateError } from '../errors.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific } from './commands.ts';
import { inventoryDates, readHistory } from './history.ts';
import { type Configuration, loadLocator, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { readWorlds } from './worlds.ts';

type Options = CommandSpecific['inventory'];

/** What was found, and what could not be looked at. */
export interface Found {
  readonly sources: readonly InventorySource[];
  readonly servers: readonly InventoryServer[];
  readonly problems: readonly Problem[];
}

/** A configuration that can be used. */
type Usable = Extract<Configuration, { readonly policy: GatePolicy }>;

/** Rejects with a GateError that tells what is wrong with a configuration. */
function usable(configuration: Configuration): Usable {
  if (configuration.policy !== undefined) return configuration;
  const [first] = configuration.problems;
  throw new GateError('bad-configuration', `${configuration.source} cannot be used: ${first?.field} ${first?.message}`);
}

const sourceOf = (context: string, server: string, { policy, source }: Usable): InventorySource => ({
  context,
  server,
  policySource: source,
  hasRegistry: policy.registry !== undefined,
});

async function issuesOf(worlds: readonly JudgedInput[], texts: ReadonlyMap<string, string>) {
  const issues = worlds.flatMap(world => world.issues);
  if (issues.length === 0) return [];
  const locate = await loadLocator(texts);
  return once(issues.map(issue => problemOf(issue, locate)));
}

/** The judge goes with this call, and with it all that it remembers of policies: as much as the rest of a cluster. */
function judgedWorlds(worlds: readonly DecodedInput[], policy: GatePolicy): readonly JudgedInput[] {
  const judge = createJudge(policy);
  return worlds.map(world => judgeInput(world, judge));
}

/** As {@link judgedWorlds}, of a cluster. No policy: what cannot be read keeps everything from being judged. */
function judgedCluster(reading: ClusterReading, request: ScanRequest) {
  const input = clusterInput(reading);
  const { judge, problems } = judgeFor(reading, input, request);
  if (judge === undefined) return { problems, judged: undefined };
  return { problems, judged: judgeInput(input, judge), policy: judge.policy };
}

async function ofFiles(paths: readonly string[], options: Options, io: Io): Promise<Found> {
  if (options.kubeconfig !== undefined || options.context !== undefined || options.allContexts)
    throw new GateError('bad-usage', 'inventory lists files or clusters: give PATHS, or --kubeconfig and --context');
  const configuration = usable(await readConfiguration(options.config, {}, io));
  const { worlds, problems, texts } = await readWorlds(paths, options, io);
  const { policy } = configuration;
  const judged = judgedWorlds(worlds, policy);
  const of = { policy, context: '', digestsOf: () => undefined, datesOf: () => ({}) };
  return {
    sources: [sourceOf('', '', configuration)],
    servers: once(judged.flatMap(world => takeInventory({ ...of, judged: world }))),
    problems: [...configuration.problems, ...problems, ...(await issuesOf(judged, texts))],
  };
}

const nowhere = () => ({ line: 0, column: 0 });

/** One cluster. Nothing of it is kept but what is listed. */
async function ofCluster(context: string | undefined, options: Options, io: Io): Promise<Found> {
  const { kubeconfig, namespace } = options;
  const written = await readConfiguration(options.config, {}, io);
  usable(written);
  const { createPodDigests } = await import('../adapters/kubernetes/view/pod-digests.ts');
  const digests = createPodDigests();
  const chosen = await connectToChosen(
    { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) },
    io,
  );
  try {
    const reading = await readChosenCluster(chosen, namespace, io, digests.add);
    const configuration = usable(await clusterConfiguration(written, reading, {}, io));
    const { policy: configured, source, problems: ofConfiguration } = configuration;
    const needsOwn = needsGatePolicy(written);
    const request = { policy: configured, policySource: source, namespace, needsGatePolicy: needsOwn };
    const name = chosen.context;
    const datesOf = await inventoryDates(await readHistory(chosen, options));
    const { judged, policy, problems } = judgedCluster(reading, request);
    return {
      sources: [sourceOf(name, chosen.server.origin, configuration)],
      servers:
        judged === undefined ? [] : takeInventory({ judged, policy, context: name, digestsOf: digests.of, datesOf }),
      problems: [...ofConfiguration, ...problems, ...(judged?.issues.map(one => problemOf(one, nowhere)) ?? [])],
    };
  } finally {
    chosen.client.close();
  }
}

/** The contexts that are asked one after the other; `undefined`: the current one. */
async function contextsOf({ context, allContexts, kubeconfig }: Options, io: Io) {
  if (!allContexts) return context === undefined ? [undefined] : [...new Set(context)];
  const [{ kubeconfigFiles }, { contextNames }] = await Promise.all([
    import('../adapters/kubernetes/client/connection.ts'),
    import('../adapters/kubernetes/client/kubeconfig.ts'),
  ]);
  const files = kubeconfigFiles({ ...(kubeconfig !== undefined && { kubeconfig }), env: io.env, home: io.home });
  const names = contextNames(files);
  if (names.length === 0) throw new GateError('bad-kubeconfig', 'no kubeconfig has a context');
  return names;
}

/** Of several clusters one that cannot be asked is told, and the others are listed. */
async function orProblem(found: Promise<Found>, context: string): Promise<Found> {
  try {
    const { problems, ...rest } = await found;
    return { ...rest, problems: problems.map(one => ({ ...one, file: `${context}: ${one.file}` })) };
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const { code, message } = error;
    const problem: Problem = { severity: 'error', code, file: context, line: 0, column: 0, field: '', message };
    return { sources: [], servers: [], problems: [problem] };
  }
}

/** Looks through files, or clusters one after the other. Rejects with a GateError where the only one cannot be asked. */
export async function inventorySources(paths: readonly string[], options: Options, io: Io): Promise<Found> {
  if (paths.length > 0) return ofFiles(paths, options, io);
  const contexts = await contextsOf(options, io);
  const all: Found[] = [];
  for (const context of contexts) {
    const found = ofCluster(context, options, io);
    all.push(contexts.length > 1 ? await orProblem(found, context ?? '') : await found);
  }
  return {
    sources: all.flatMap(({ sources }) => sources),
    servers: all.flatMap(({ servers }) => servers),
    problems: all.flatMap(({ problems }) => problems),
  };
}
