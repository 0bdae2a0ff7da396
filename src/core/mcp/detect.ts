import type { McpJudgement, McpStanding } from '../decision.ts';
import type { Detection } from '../gate/types.ts';
import type { Container, Workload } from '../kube/types.ts';
import { remembered } from '../lazily.ts';
import type { NamespaceContent } from '../world/world.ts';
import { type Declaration, declarationOf, ignoredOptOut } from './declared.ts';
import { Finder, type Hit } from './finder.ts';
import { type Programs, programsOf } from './programs.ts';
import { namedAsServer } from './references.ts';
import { serverPorts } from './server-ports.ts';
import { detectionTables, SHARED_NAME, type SignalTable } from './signal-table.ts';
import { createStackReader } from './stack.ts';
import { evidenceFrom, setAsideFrom, standingOf, weigh } from './weigh-signals.ts';
import {
  readContainer,
  readOtherPrograms,
  readWorkload,
  type WorkloadContext,
  workloadContext,
} from './workload-signals.ts';

/** Says of a workload, in its namespace, whether it is an MCP server, and why. It remembers what it said, as long as the namespace's surroundings stay. */
export type Detector = (subject: Workload, content: NamespaceContent) => McpJudgement;

const NO_SERVER: McpJudgement = { standing: 'no', evidence: [], setAside: [], ports: [] };

const isJob = ({ kind }: { readonly kind: string }): boolean => kind === 'Job' || kind === 'CronJob';

/** A Job that declares no port: a test that calls a server is set up much like one. */
function endsUnheard({ subject, containers }: WorkloadContext): boolean {
  const runsToCompletion = isJob(subject) || subject.meta.owners.some(isJob);
  return runsToCompletion && containers.every(({ ports }) => ports.length === 0);
}

/** A table of signals, with what it finds in a container. */
interface SignalReader {
  readonly table: SignalTable;
  readonly hitsIn: (container: Container, programs: Programs) => readonly Hit[];
}

/** Remembers what was found: a cache holds the containers of many Pods as one object. */
function signalReader(table: SignalTable): SignalReader {
  const known = new WeakMap<Container, readonly Hit[]>();
  const read = (container: Container, programs: Programs): readonly Hit[] => {
    const finder = new Finder(table);
    readContainer(finder, container, programs);
    known.set(container, finder.hits);
    return finder.hits;
  };
  return { table, hitsIn: (container, programs) => known.get(container) ?? read(container, programs) };
}

/** What containers run, each looked at once. */
const programReader = (): ((container: Container) => Programs) => remembered(programsOf);

function found(context: WorkloadContext, { table, hitsIn }: SignalReader): readonly Hit[] {
  const finder = new Finder(table);
  readWorkload(finder, context, hitsIn);
  return finder.hits;
}

/** Signs against: those of the table, and what is run in place of an image's own program. */
function foundAgainst(
  context: WorkloadContext,
  { table, hitsIn }: SignalReader,
  signals: readonly Hit[],
): readonly Hit[] {
  const finder = new Finder(table);
  readWorkload(finder, context, hitsIn);
  const listens = signals.some(({ ready }) => ready.weight === 'listening');
  const named = signals.flatMap(({ ready, container }) => (ready.weight === 'name' && container ? container : []));
  if (!listens) readOtherPrograms(finder, context, new Set(named));
  return finder.hits;
}

function standing(declared: Declaration | undefined, honourOptOut: boolean, detected: () => McpStanding): McpStanding {
  if (declared?.isServer) return 'declared';
  return declared !== undefined && honourOptOut ? 'no' : detected();
}

/**
 * The detector of a configuration. Preparing it costs what its signals cost; using it, what the workload and its namespace's Services cost.
 *
 * `declared`: a resource of an operator, or an object that names it as a server, or the label `chokepoint.dev/mcp-server` on the workload, its pods or the controller that made it, with any value but `"false"`.
 * `no`: that label with `"false"` and nowhere another value, where the configuration honours it.
 * `detected`: one strong signal. `suspected`: weak signals of two different fields, or a weak one and a hint of another field;
 * in a Job or CronJob, and in their Pods, only if a container declares a port. `no`: less than that.
 * Signals that `notServers` or a shared name (see {@link createStackReader}) sets aside (see {@link weigh}) do not count and are listed apart.
 */
export function createDetector(detection: Detection): Detector {
  const tables = detectionTables(detection);
  const readers = {
    signals: signalReader(tables.signals),
    notServers: signalReader(tables.notServers),
    hints: signalReader(tables.hints),
  };
  const programsIn = programReader();
  const readStack = detection.disabled.has(SHARED_NAME.id) ? () => [] : createStackReader();
  return rememberedIn((subject, content) => {
    const context = workloadContext(subject, content, programsIn);
    const named = namedAsServer(subject, context.services, content);
    const declared = declarationOf(subject, context.ancestors, named);
    const signals = found(context, readers.signals);
    if (declared === undefined && signals.length === 0) return NO_SERVER;
    const against = foundAgainst(context, readers.notServers, signals);
    const all = [...signals, ...found(context, readers.hints)];
    const weighed = weigh(all, against, context.containers);
    const ofStack = readStack(context, content, weighed.counting);
    const shared = new Set(ofStack.map(([hit]) => hit));
    const hits = weighed.counting.filter(hit => !shared.has(hit));
    const judged = standing(declared, detection.honourOptOut, () => standingOf(hits, !endsUnheard(context)));
    const isIgnored = declared !== undefined && !declared.isServer && !detection.honourOptOut;
    const stated = declared === undefined ? [] : [isIgnored ? ignoredOptOut(declared) : declared.evidence];
    return {
      standing: judged,
      evidence: [...stated, ...evidenceFrom(hits, [...against, ...ofStack.map(([, by]) => by)])],
      setAside: setAsideFrom([...weighed.setAside, ...ofStack]),
      ports: judged === 'no' ? [] : serverPorts(context, tables.signals),
    };
  });
}

/** Judges each workload once in the same surroundings: a change is judged in two states of a namespace that differ in a policy alone. */
function rememberedIn(detect: Detector): Detector {
  const known = new WeakMap<NamespaceContent['surroundings'], WeakMap<Workload, McpJudgement>>();
  return (subject, content) => {
    const here = known.get(content.surroundings) ?? new WeakMap<Workload, McpJudgement>();
    known.set(content.surroundings, here);
    const judgement = here.get(subject) ?? detect(subject, content);
    here.set(subject, judgement);
    return judgement;
  };
}
