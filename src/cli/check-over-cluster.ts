import { exitStatus, NOWHERE } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { clusterInput, judgeFor } from '../app/report/judge-cluster.ts';
import { reportOverCluster } from '../app/report/judge-over-cluster.ts';
import { withNamedGateways } from '../core/gate/name-gateways.ts';
import type { Source } from '../core/manifest.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific } from './commands.ts';
import type { Pictured } from './html-report.ts';
import { loadLocator, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { giveReport, refusedReport } from './render-report.ts';
import { type ReadWorlds, readWorlds } from './worlds.ts';

type Options = CommandSpecific['check'];

/** Reads the cluster, and the files as kubectl would send them to it. */
async function readBoth(paths: readonly string[], options: Options, io: Io) {
  const chosen = await connectToChosen(options, io);
  try {
    // The files first: who misspells a path need not wait for a cluster.
    const files = await readWorlds(paths, { ...options, namespace: options.namespace ?? chosen.namespace }, io);
    return { files, reading: await readChosenCluster(chosen, undefined, io), server: chosen.server.origin };
  } finally {
    chosen.client.close();
  }
}

/** Places of what stands in files; of what stands in the cluster none. */
async function locatorOf({ worlds, texts }: ReadWorlds) {
  const inFiles = new Set<Source>(
    worlds.flatMap(({ objects, duplicates, issues }) => [
      ...[...objects.values(), ...[...duplicates.values()].flat()].map(({ manifest }) => manifest),
      ...issues.map(({ manifest }) => manifest),
    ]),
  );
  const locate = await loadLocator(texts);
  return (manifest: Source, path: string) => (inFiles.has(manifest) ? locate(manifest, path) : NOWHERE(manifest, path));
}

/** The report, and what it is on; absent where nothing was judged. */
interface Reported {
  readonly report: CheckReport;
  readonly pictured?: Pictured;
}

async function reportFor(paths: readonly string[], options: Options, io: Io): Promise<Reported> {
  const written = await readConfiguration(options.config, options, io);
  if (written.policy === undefined) return { report: refusedReport(written.problems, written.source) };
  const { files, reading, server } = await readBoth(paths, options, io);
  const configuration = await clusterConfiguration(written, reading, options, io);
  if (configuration.policy === undefined)
    return { report: refusedReport(configuration.problems, configuration.source) };
  const policy = withNamedGateways(configuration.policy, options.gateway ?? []);
  const input = clusterInput(reading);
  const request = { policy, policySource: configuration.source, namespace: undefined };
  const { judge, problems, networks } = judgeFor(reading, input, {
    ...request,
    needsGatePolicy: needsGatePolicy(written),
  });
  const { worlds, texts, problems: ofFiles, ...read } = files;
  const facts = {
    ...read,
    problems: [...configuration.problems, ...ofFiles, ...problems],
    policySource: configuration.source,
    cluster: { server, namespace: null, networks, notServed: reading.notServed },
  };
  if (judge === undefined) return { report: refusedReport(facts.problems, facts.policySource) };
  const judged = reportOverCluster(input, worlds, judge, facts, await locatorOf(files));
  return { report: judged.report, pictured: { worlds: judged.worlds, policy, texts } };
}

/** `check --with-cluster`: judges what the cluster holds with the files laid over it; what the cluster has without them never fails. */
export async function runCheckOverCluster(paths: readonly string[], options: Options, io: Io): Promise<number> {
  const { report, pictured } = await reportFor(paths, options, io);
  await giveReport(report, options, io, { paths, worlds: [], ...(pictured && { pictured }) });
  return exitStatus(report, options.failOn);
}
