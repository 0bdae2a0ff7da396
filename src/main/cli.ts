import type { CommandSpecific } from '../cli/commands.ts';
import type { Mains } from '../cli/io.ts';
import { runCommandLine, runCompletion } from '../cli/run.ts';
import { processIo } from './process-io.ts';

/** Where a controller serves the dashboard; `undefined`: nowhere. Of a proxy all is given, or nothing. */
function servedDashboard({
  dashboardPort: port,
  dashboardName: name,
  dashboardProxyCa: clientCaFile,
  dashboardTlsCert: certFile,
  dashboardTlsKey: keyFile,
}: CommandSpecific['controller']) {
  if (port === undefined) return undefined;
  const isProxied = name !== undefined && clientCaFile !== undefined && certFile !== undefined && keyFile !== undefined;
  return { port, ...(isProxied && { proxy: { name, clientCaFile, certFile, keyFile } }) };
}

/** The commands that put servers together, loaded when they are asked for. */
const MAINS: Mains = {
  serve: async (given, { workingFolder, env, home }) => {
    const {
      world,
      kubeconfig,
      context,
      staleAfter,
      record: file,
      recordFsync: fsync,
      recordRequired,
      recordKey: key,
      ...options
    } = given;
    const { runServe } = await import('./run-servers.ts');
    const record = file === undefined ? undefined : { file, fsync, isRequired: recordRequired === true, key };
    const cluster = { kubeconfig, context, env, home, staleMs: staleAfter * 1000 };
    return runServe({ ...options, record, world: world === undefined ? cluster : [world], workingFolder });
  },
  controller: async (given, { workingFolder, env, home }) => {
    const { kubeconfig, context, staleAfter, webhookToken: tokenFile, webhookCa: caFiles, ...options } = given;
    const { runController } = await import('./run-servers.ts');
    const cluster = { kubeconfig, context, env, home, staleMs: staleAfter * 1000 };
    const webhook = tokenFile === undefined || caFiles === undefined ? undefined : { tokenFile, caFiles };
    return runController({ ...options, dashboard: servedDashboard(given), webhook, cluster, workingFolder });
  },
  recorder: async (options, { workingFolder }) => {
    const { runRecorder } = await import('./recorder.ts');
    return runRecorder({ ...options, workingFolder });
  },
  dashboard: async (options, io) => {
    const [{ runDashboard }, { startDashboard }] = await Promise.all([
      import('../cli/dashboard.ts'),
      import('./dashboard.ts'),
    ]);
    return runDashboard(options, io, startDashboard);
  },
  demo: async (paths, options, io) => {
    const [{ runDemo }, { startServe }] = await Promise.all([import('../cli/demo.ts'), import('./serve.ts')]);
    return runDemo(paths, options, io, startServe);
  },
};

/** The name by which kubectl asks what can follow the words of its plugin. */
const COMPLETION = /(?:^|[\\/])kubectl_complete-chokepoint(?:\.exe)?$/;

/** Runs the command line that this process was started with, and sets its exit status. Never rejects. */
export async function main(): Promise<void> {
  const [, script = '', ...words] = process.argv;
  // A single executable is named by the first, a script of Node.js by the second.
  const isCompletion = COMPLETION.test(process.argv0) || COMPLETION.test(script);
  const run = isCompletion ? runCompletion : runCommandLine;
  process.exitCode = await run(words, processIo(process.env), MAINS);
}
