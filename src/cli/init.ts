import { loadGatePolicy } from '../adapters/config/load.ts';
import { commentOf, notSeenLines } from '../app/cidrs/output.ts';
import { changeLines, planChange } from '../app/cidrs/plan-change.ts';
import type { SeenRanges } from '../app/cidrs/ranges.ts';
import { fieldsFor, gatewayFlag, skeleton } from '../app/init/document.ts';
import { type GatewayEntry, look, NOTHING_SEEN, type Sight, together } from '../app/init/sight.ts';
import { judgeInput } from '../app/report/check.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { judgeCluster } from '../app/report/judge-cluster.ts';
import { createJudge } from '../core/evaluate.ts';
import { type GatePolicy, NETWORK_CLASSES } from '../core/gate/types.ts';
import { visibleText } from '../core/visible-text.ts';
import { connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { isReliable, seenRanges } from './cidrs.ts';
import type { CommandSpecific } from './commands.ts';
import { cannotChange, isThere, putText, readText } from './configuration-file.ts';
import { askForGateways, namedEntries } from './init-questions.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';
import { readWorlds } from './worlds.ts';

type Options = CommandSpecific['init'];

/** All that was looked at. */
interface Seen {
  readonly sight: Sight;
  readonly ranges: readonly SeenRanges[];
  /** What could not be looked at, a sentence each. */
  readonly notes: readonly string[];
}

async function lookAtFiles(paths: readonly string[], policy: GatePolicy, io: Io): Promise<Sight> {
  const { worlds, problems } = await readWorlds(paths, { allowEmpty: true }, io);
  if (problems.length > 0) await io.stderr.write(problemText(problems));
  const judge = createJudge(policy);
  return together(worlds.map(world => look(judgeInput(world, judge), 'input')));
}

/** Whether a cluster is named anywhere; one that is and does not answer is an error. */
async function isClusterNamed({ kubeconfig, context }: Options, io: Io): Promise<boolean> {
  if (kubeconfig !== undefined || context !== undefined || io.env.KUBERNETES_SERVICE_HOST) return true;
  const { kubeconfigFiles } = await import('../adapters/kubernetes/client/connection.ts');
  return kubeconfigFiles({ env: io.env, home: io.home }).length > 0;
}

async function readAll(chosen: Pick<Options, 'kubeconfig' | 'context'>, io: Io): Promise<ClusterReading> {
  const cluster = await connectToChosen(chosen, io);
  try {
    return await readChosenCluster(cluster, undefined, io);
  } finally {
    cluster.client.close();
  }
}

async function lookAtCluster(options: Options, policy: GatePolicy, io: Io): Promise<Seen> {
  if (!options.cluster) return { sight: NOTHING_SEEN, ranges: [], notes: [] };
  if (!(await isClusterNamed(options, io)))
    return { sight: NOTHING_SEEN, ranges: [], notes: ['no cluster was looked at: there is no kubeconfig'] };
  const { kubeconfig, context } = options;
  const chosen = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
  const reading = await readAll(chosen, io);
  const { judged } = judgeCluster(reading, {
    policy,
    policySource: options.write,
    namespace: undefined,
    needsGatePolicy: false,
  });
  return {
    sight: look(judged, 'cluster'),
    ranges: [await seenRanges('cluster', undefined, chosen, io)],
    notes: reading.refusals
      .filter(({ tells }) => tells === undefined)
      .map(({ verb, resource, status }) => `the API server refuses to ${verb} ${resource} (${status})`),
  };
}

async function lookAtCloud({ cloud, fromFile, kubeconfig, context }: Options, io: Io): Promise<readonly SeenRanges[]> {
  if (cloud === undefined) return [];
  const asked = {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(fromFile !== undefined && { fromFile }),
  };
  return [await seenRanges(cloud, undefined, asked, io)];
}

async function lookAround(paths: readonly string[], options: Options, policy: GatePolicy, io: Io): Promise<Seen> {
  const files = paths.length === 0 ? [] : [await lookAtFiles(paths, policy, io)];
  const cloud = await lookAtCloud(options, io);
  const cluster = await lookAtCluster(options, policy, io);
  return { ...cluster, sight: together([...files, cluster.sight]), ranges: [...cloud, ...cluster.ranges] };
}

/** The gateways that are written: those that are named, else the one that was seen, else those that a person chooses. */
async function chosenGateways(
  { gateway = [] }: Options,
  { gateways }: Sight,
  policy: GatePolicy,
  io: Io,
): Promise<readonly GatewayEntry[]> {
  if (gateway.length > 0) return namedEntries(policy, gateway);
  if (gateways.length === 1 || policy.gateways.kind === 'configured') return gateways.length === 1 ? gateways : [];
  return askForGateways(gateways, policy, io);
}

/** A document with what was put into it. */
interface Written {
  readonly text: string;
  /** Lines for people. */
  readonly added: readonly string[];
}

async function writtenDocument(before: string, seen: Seen, gateways: readonly GatewayEntry[], file: string) {
  const [{ absentFields, addFields }, { changeNetworks, readConfiguredNetworks }] = await Promise.all([
    import('../adapters/config/spec-text.ts'),
    import('../adapters/config/networks-text.ts'),
  ]);
  const provider = seen.ranges.find(one => one.provider !== undefined)?.provider;
  const fields = absentFields(before, fieldsFor(seen.sight, gateways, provider));
  const added = fields.flatMap(({ lines }) => lines.map(line => `+ ${line}`));
  let text = addFields(before, fields);
  for (const ranges of seen.ranges) {
    const now = text ?? before;
    const changes = planChange(ranges, readConfiguredNetworks(now));
    added.push(...changes.flatMap(changeLines));
    if (changes.length > 0) text = text && changeNetworks(text, changes, range => commentOf(ranges, range));
  }
  if (text === undefined) throw cannotChange(file, added.join('; '));
  const missing = NETWORK_CLASSES.filter(name => !readConfiguredNetworks(text).has(name));
  return { text, added, missing };
}

/** What is left for a person to decide or to find out, a sentence each. */
function leftOpen(
  { sight }: Seen,
  { isKnown, missing }: { readonly isKnown: boolean; readonly missing: readonly string[] },
): readonly string[] {
  const flags = sight.gateways.map(one => `${one.name} (${one.reason}): ${gatewayFlag(one) ?? 'by hand'}`);
  const gateways = isKnown
    ? []
    : flags.length === 0
      ? ['no gateway was found: name it by --gateway NAMESPACE/KEY=VALUE']
      : ['several may be the gateway: choose by --gateway', ...flags.map(flag => `  ${flag}`)];
  const ranges = missing.length === 0 ? [] : [`not known: ${missing.join(', ')}: see chokepoint cidrs --help`];
  return [...gateways, ...ranges];
}

/** `init`: writes a configuration of what it sees, or adds to one. 1: something is left for a person to decide. */
export async function runInit(paths: readonly string[], options: Options, io: Io): Promise<number> {
  const { write: file } = options;
  const isOld = isThere(file, io);
  const loaded = await loadGatePolicy({ ...(isOld && { file }), workingFolder: io.workingFolder });
  if (loaded.problems.length > 0) await io.stderr.write(problemText(loaded.problems));
  if (loaded.kind === 'refused') return 2;
  const { policy } = loaded;
  const seen = await lookAround(paths, options, policy, io);
  for (const ranges of seen.ranges) if (!(await isReliable(ranges, io))) return 2;
  const before = isOld ? await readText(file, io) : skeleton(seen.sight);
  const gateways = await chosenGateways(options, seen.sight, policy, io);
  const { text, added, missing } = await writtenDocument(before, seen, gateways, file);
  if (options.dryRun) await io.stdout.write(text);
  else await keep({ text, added }, { file, isOld }, io);
  const isKnown = gateways.length > 0 || (isOld && policy.gateways.kind === 'configured');
  const isKept = isOld && policy.gateways.kind === 'configured' && options.gateway !== undefined;
  const kept = isKept ? [`${file} has gateways already, which stay as they are: --gateway adds none to them`] : [];
  const open = [...seen.notes, ...kept, ...leftOpen(seen, { isKnown, missing })];
  await io.stderr.write([...seen.ranges.map(notSeenLines), ...open.map(line => `${visibleText(line)}\n`)].join(''));
  return open.length === 0 ? 0 : 1;
}

async function keep(
  { text, added }: Written,
  { file, isOld }: { readonly file: string; readonly isOld: boolean },
  io: Io,
): Promise<void> {
  if (!isOld || added.length > 0) await putText(file, text, io);
  const told = added.map(line => `${visibleText(line)}\n`).join('');
  await io.stdout.write(isOld && told === '' ? `${file} is up to date\n` : `${told}${file} is written\n`);
}
