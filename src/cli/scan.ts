import { BUILTIN_SOURCE } from '../adapters/config/load.ts';
import { exitStatus, NOWHERE, reportOn } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { unusedExceptions } from '../app/report/exception-problems.ts';
import { judgeCluster } from '../app/report/judge-cluster.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { compareAgainst, readAgainst } from './against.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import { type Configuration, configurationOf, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { giveReport, refusedReport } from './render-report.ts';

/** Reads the cluster that the options choose. Rejects with a GateError where there is none, or it does not answer. */
async function readChosen(options: CommandSpecific['scan'], io: Io) {
  const chosen = await connectToChosen(options, io);
  try {
    return { reading: await readChosenCluster(chosen, options.namespace, io), server: chosen.server.origin };
  } finally {
    chosen.client.close();
  }
}

/** The configuration of the file; where there is none, of the GatePolicy that the cluster holds. */
async function configurationFor(
  written: Configuration,
  { gatePolicy }: ClusterReading,
  { mode }: CommandSpecific['scan'],
  io: Io,
): Promise<Configuration> {
  if (written.source !== BUILTIN_SOURCE || gatePolicy === undefined) return written;
  const { loadStoredGatePolicy } = await import('../adapters/config/stored.ts');
  return configurationOf(await loadStoredGatePolicy(gatePolicy), mode, io);
}

/** `scan`: judges the servers of a live cluster, writes nothing to it, and prints the report. */
export async function runScan(options: CommandSpecific['scan'], io: Io): Promise<number> {
  const against = await readAgainst(options.against, options.mode, io);
  const written = await readConfiguration(options.config, options.mode, io);
  const refuse = async ({ problems, source }: Configuration): Promise<number> => {
    await giveReport(refusedReport(problems, source), options, io);
    return 2;
  };
  if (written.policy === undefined) return refuse(written);
  const { reading, server } = await readChosen(options, io);
  const configuration = await configurationFor(written, reading, options, io);
  if (configuration.policy === undefined) return refuse(configuration);
  const { policy, source, problems } = configuration;
  const { namespace } = options;
  const request = { policySource: source, namespace, needsGatePolicy: written.source === BUILTIN_SOURCE };
  const cluster = judgeCluster(reading, { ...request, policy });
  const facts = {
    files: 0,
    problems: [
      ...problems,
      ...cluster.problems,
      ...unusedExceptions([cluster.judged], policy, { source, problems: cluster.problems, namespace }),
    ],
    policySource: source,
    cluster: {
      server,
      namespace: namespace ?? null,
      networks: cluster.networks,
      notServed: reading.notServed,
    },
  };
  const judgedBy = (other: GatePolicy): CheckReport => {
    const { judged } = judgeCluster(reading, { ...request, policy: other });
    return reportOn([judged], facts, NOWHERE);
  };
  const report = compareAgainst(against, reportOn([cluster.judged], facts, NOWHERE), judgedBy);
  await giveReport(report, options, io);
  return exitStatus(report, options.failOn);
}
