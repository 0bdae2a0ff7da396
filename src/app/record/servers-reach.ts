import type { KubeObject, Workload } from '../../core/kube/types.ts';
import { lazily } from '../../core/lazily.ts';
import type { JudgedTraffic } from '../../core/worked-out.ts';
import { statesOf } from '../../core/world/world.ts';
import type { Decided } from '../admission/ports.ts';
import type { ConcernedServer, State, Worlds } from './concerned.ts';
import { firstOf, type LeftOut } from './left-out.ts';
import type { ReachChange, ReachEntry } from './line.ts';
import { entriesBeyond, REACH_BUDGET, type ReachBudget, type TrafficReader, trafficOf } from './reach-change.ts';
import { isSameTraffic, NO_TRAFFIC, type WayReader, type WorkloadTraffic } from './ways.ts';

/** Entries of one sort that a line has room for. */
const MAX_ENTRIES = 200;

/** Nothing is gained and nothing is lost. */
export const NO_CHANGE: ReachChange = { gained: [], lost: [] };

const TOO_LARGE = 'reach: too large to be compared';

/** Who tells what a change does to the reach of servers. */
interface ReachReader extends TrafficReader {
  readonly ways: WayReader;
  /** The states of the changed object. */
  readonly passing: ReadonlySet<KubeObject>;
}

/** `judged`: as the judge worked it out. `ways`: remembered from one line to the next. */
export function reachReader({ judge, read }: Decided, judged: JudgedTraffic | undefined, ways: WayReader): ReachReader {
  const states = read.kind === 'change' ? statesOf(read.change) : [];
  return {
    judge,
    memory: lazily(() => judge.memory(states)),
    judged,
    ways,
    passing: new Set(states),
  };
}

/** What the change does to the reach of one server; `undefined`: it takes too much to tell. */
function reachOf(
  known: ConcernedServer,
  worlds: Worlds,
  reader: ReachReader,
  budget: ReachBudget,
): ReachChange | undefined {
  const trafficIn = ({ world }: State, workload: Workload | undefined): WorkloadTraffic | undefined =>
    workload === undefined ? NO_TRAFFIC : trafficOf(workload, world, reader, budget);
  const [before, after] = [trafficIn(worlds.before, known.before), trafficIn(worlds.after, known.after)];
  if (before !== undefined && after !== undefined && isSameTraffic(before, after)) return { ...NO_CHANGE, open: [] };
  const [old, now] = [before, after].map(traffic => traffic && reader.ways(traffic, reader.passing));
  const workload = known.after ?? known.before;
  if (old === undefined || now === undefined || workload === undefined) return undefined;
  const server = { name: `${known.ref.namespace}/${known.ref.name}`, workload };
  const gained = entriesBeyond(now, old, server, budget);
  const lost = entriesBeyond(old, now, server, budget);
  if (gained === undefined || lost === undefined) return undefined;
  const isSame = gained.length + lost.length === 0;
  const open = isSame ? [] : old.length === 0 ? gained : entriesBeyond(now, [], server, budget);
  return open && { gained, lost, open };
}

/** Entries of which it is sooner compared whether they are the same than told by a key. */
const FEW_ENTRIES = 12;

const isSameEntry = (one: ReachEntry, other: ReachEntry): boolean =>
  one.from === other.from && one.to === other.to && one.port === other.port && one.protocol === other.protocol;

/** Each entry once. */
function distinct(entries: readonly ReachEntry[]): readonly ReachEntry[] {
  if (entries.length <= FEW_ENTRIES)
    return entries.filter((entry, index) => entries.findIndex(other => isSameEntry(entry, other)) === index);
  return [
    ...new Map(entries.map(entry => [`${entry.from}\n${entry.to}\n${entry.port} ${entry.protocol}`, entry])).values(),
  ];
}

/** What a change does to the reach of all servers that it concerns. */
export function reachOfServers(
  servers: readonly ConcernedServer[],
  worlds: Worlds,
  reader: ReachReader,
  leftOut: LeftOut,
): ReachChange {
  const budget = { left: REACH_BUDGET };
  const changes = servers.map(server => reachOf(server, worlds, reader, budget));
  if (changes.includes(undefined)) leftOut.push(TOO_LARGE);
  const told = changes.flatMap(change => change ?? []);
  const entries = (key: 'gained' | 'lost' | 'open'): readonly ReachEntry[] =>
    firstOf(distinct(told.flatMap(change => change[key] ?? [])), MAX_ENTRIES, `reach.${key}`, leftOut);
  const [gained, lost] = [entries('gained'), entries('lost')];
  return gained.length + lost.length === 0 ? NO_CHANGE : { gained, lost, open: entries('open') };
}
