import { exitStatus, NOWHERE, reportOn } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { unusedExceptions } from '../app/report/exception-problems.ts';
import { judgeCluster } from '../app/report/judge-cluster.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { compareAgainst, readAgainst } from './against.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import type { CommandSpecific } from './commands.ts';
import { readHistory, withDates } from './history.ts';
import { type Configuration, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { giveReport, refusedReport } from './render-report.ts';

/** Reads the cluster that the options choose, and what its gate remembers. Rejects with a GateError where there is none, or it does not answer. */
async function readChosen(options: CommandSpecific['scan'], io: Io) {
  const chosen = await connectToChosen(options, io);
  try {
    const reading = await readChosenCluster(chosen, options.namespace, io);
    return { reading, history: await readHistory(chosen, options), server: chosen.server.origin };
  } finally {
    chosen.client.close();
  }
}

/** `scan`: judges the servers of a live cluster, writes nothing to it, and prints the report. */
export async function runScan(options: CommandSpecific['scan'], io: Io): Promise<number> {
  const against = await readAgainst(options.against, options.mode, io);
  const written = await readConfiguration(options.config, options, io);
  const refuse = async ({ problems, source }: Configuration): Promise<number> => {
    await giveReport(refusedReport(problems, source), options, io);
    return 2;
  };
  if (written.policy === undefined) return refuse(written);
  const { reading, history, server } = await readChosen(options, io);
  const configuration = await clusterConfiguration(written, reading, options, io);
  if (configuration.policy === undefined) return refuse(configuration);
  const { policy, source, problems } = configuration;
  const { namespace } = options;
  const request = {
    policySource: source,
    namespace,
    needsGatePolicy: needsGatePolicy(written),
  };
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
  const dated = await withDates(reportOn([cluster.judged], facts, NOWHERE), history, io.today());
  const report = compareAgainst(against, dated, policy, judgedBy);
  await giveReport(report, options, io, { paths: [], worlds: [], pictured: { worlds: [cluster.judged], policy } });
  return exitStatus(report, options.failOn);
}
