import { exitStatus, NOWHERE, reportOn } from '../app/report/build-report.ts';
import { unusedExceptions } from '../app/report/exception-problems.ts';
import { judgeCluster } from '../app/report/judge-cluster.ts';
import { readAgainst } from './against.ts';
import { connectToChosen } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import { readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';
import { giveReport, refusedReport } from './render-report.ts';

/** Reads the cluster that the options choose. Rejects with a GateError where there is none, or it does not answer. */
async function readChosen(options: CommandSpecific['scan'], io: Io) {
  const [{ client, server, time }, { readCluster }] = await Promise.all([
    connectToChosen(options, io),
    import('../adapters/kubernetes/view/read-cluster.ts'),
  ]);
  const progress = createProgress(io.stderr);
  try {
    const reading = await readCluster({
      client,
      time,
      namespace: options.namespace,
      onProgress: (plural, objects) => progress.show(`reading the cluster: ${plural}, ${objects} objects`),
    });
    return { reading, server: server.origin };
  } finally {
    progress.clear();
    client.close();
  }
}

/** `scan`: judges the servers of a live cluster, writes nothing to it, and prints the report. */
export async function runScan(options: CommandSpecific['scan'], io: Io): Promise<number> {
  const compare = await readAgainst(options.against, io);
  const { policy, source, problems } = await readConfiguration(options.config, options.mode, io);
  if (policy === undefined) {
    await giveReport(refusedReport(problems, source), options, io);
    return 2;
  }
  const { reading, server } = await readChosen(options, io);
  const { namespace } = options;
  const cluster = judgeCluster(reading, { policy, policySource: source, namespace });
  const judged = reportOn(
    [cluster.judged],
    {
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
    },
    NOWHERE,
  );
  const report = compare(judged);
  await giveReport(report, options, io);
  return exitStatus(report, options.failOn);
}
