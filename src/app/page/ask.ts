import type { Direction, Workload } from '../../core/kube/types.ts';
import { parseAddress } from '../../core/net/ip.ts';
import { answerBetween, type ReachSide } from '../../core/netpol/reach.ts';
import {
  declaredPorts,
  podReader,
  type ReachPod,
  type ReachPort,
  type Side,
  workloadName,
} from '../../core/netpol/reach-pods.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { NamespaceContent, World } from '../../core/world/world.ts';
import { sideText } from '../reach/side-text.ts';
import { walkText } from '../reach/walk-text.ts';
import { type Steps, stepEach } from '../steps.ts';
import type { Ask, AskEnd, AskPort, AskSide } from './model.ts';
import { Numbered } from './numbered.ts';

/** Answers that are worked out, ends that can be chosen, and ports of one of them that can be asked about: all inclusive. */
const MAX_ANSWERS = 40_000;
const MAX_ENDS = 5000;
const MAX_PORTS = 3;

/** An end with what is asked of it. */
interface End extends Pick<AskEnd, 'name' | 'is' | 'server'> {
  readonly side: Side;
  readonly asked: readonly ReachPort[];
}

const portText = ({ protocol, port }: ReachPort): string => `${protocol} ${port}`;

/** Addresses that stand for others like them. Source of the first: RFC 5737, TEST-NET-3. */
const ADDRESSES = [
  { text: '203.0.113.7', is: 'an address on the Internet', ports: [{ protocol: 'TCP', port: 443 }] },
  { text: '169.254.169.254', is: 'cloud metadata', ports: [{ protocol: 'TCP', port: 80 }] },
] as const;

function addressEnds(): readonly End[] {
  return ADDRESSES.flatMap(({ text, is, ports }): readonly End[] => {
    const address = parseAddress(text);
    if (address === undefined) return [];
    return [{ name: text, is, server: false, side: { pod: undefined, address }, asked: ports }];
  });
}

function podEnd(pod: ReachPod, isServer: boolean): End {
  const declared = declaredPorts(pod.workload).slice(0, MAX_PORTS);
  const asked = declared.map(({ number, protocol }) => ({ port: number, protocol }));
  const side = { pod, address: undefined };
  return { name: workloadName(pod.workload), is: '', server: isServer, side, asked };
}

/** The workloads of a namespace but for what another of them made, which is asked about through that one. */
function madeByNone(content: NamespaceContent): readonly Workload[] {
  const owners = ownersIn(content);
  return [...content.workloads.values()].filter(workload => lineage(workload, owners).length === 1);
}

/** Everything that can be asked about, addresses and servers first. */
function* endsOf(world: World, isServer: (workload: Workload) => boolean): Steps<readonly End[]> {
  const all = yield* stepEach(world.namespaceNames(), name =>
    madeByNone(world.namespace(name)).map(workload => ({
      workload,
      server: isServer(workload),
      name: workloadName(workload),
    })),
  );
  const sorted = all.flat().sort((a, b) => Number(b.server) - Number(a.server) || compare(a.name, b.name));
  const addresses = addressEnds();
  const read = podReader(world);
  const shown = sorted.slice(0, MAX_ENDS - addresses.length);
  const pods = yield* stepEach(shown, ({ workload, server }) => podEnd(read(workload), server));
  return [...addresses, ...pods];
}

/** Both sides of an answer, by number. */
type Pair = readonly [egress: number, ingress: number];

class Answers {
  readonly sides = new Numbered<AskSide>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  #side(side: ReachSide, end: End, direction: Direction): number {
    const text = sideText(side, end.side.pod?.workload, direction, this.#world);
    const walk = side.walk === undefined || side.walk.length === 0 ? '' : `: ${walkText(side, direction)}`;
    return this.sides.of([side.allowed, visibleText(`${text}${walk}`)]);
  }

  between(from: End, to: End, port: ReachPort): Pair {
    const { egress, ingress } = answerBetween(from.side, to.side, port);
    return [this.#side(egress, from, 'egress'), this.#side(ingress, to, 'ingress')];
  }
}

/** How often each number is there. */
type Counts = Map<number, number>;

const count = (counts: Counts, number: number): Counts => counts.set(number, (counts.get(number) ?? 0) + 1);

/** The number that is there most often, of several the one that came first; -1 of none. */
function usual(counts: Counts): number {
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? -1;
}

/** How many sources each port of a destination is asked for, so that all have the same share of what is worked out. */
function sharesOf(ends: readonly End[], servers: number): (end: End) => number {
  const questions = ends.reduce((sum, end) => sum + end.asked.length * (end.server ? ends.length : servers), 0);
  const share = Math.min(1, MAX_ANSWERS / Math.max(1, questions));
  return end => Math.ceil((end.server ? ends.length : servers) * share);
}

/**
 * Answers between the servers and everything, each by the walk of `reach`: who can reach each server, and what each server can reach. Work and size are
 * bounded; the command that answers the rest stands beside them. `isServer`: of workloads that others made, of whichever of them was judged.
 */
export function* askOf(world: World, isServer: (workload: Workload) => boolean, command: string): Steps<Ask> {
  const ends = yield* endsOf(world, isServer);
  const answers = new Answers(world);
  const lastServer = ends.findLastIndex(({ server }) => server);
  const share = sharesOf(ends, lastServer + 1);
  const table = yield* stepEach(ends, to =>
    to.asked.map(port => ends.slice(0, share(to)).map(from => answers.between(from, to, port))),
  );
  const said: readonly Counts[] = ends.map(() => new Map());
  yield* stepEach(table.flat(), pairs => {
    for (const [source, [out]] of pairs.entries()) count(said[source] ?? new Map(), out);
  });
  const egress = said.map(usual);
  const portOf = (port: ReachPort, pairs: readonly Pair[]): AskPort => {
    const ingress = usual(pairs.reduce<Counts>((counts, [, side]) => count(counts, side), new Map()));
    const others = pairs.flatMap(([out, into], source) =>
      out === egress[source] && into === ingress ? [] : [[source, out, into] as const],
    );
    return { text: portText(port), sources: pairs.length, ingress, others };
  };
  const told = yield* stepEach(ends.entries(), ([index, { name, is, server, asked: ports }]) => ({
    ...{ name: visibleText(name), is, server, egress: egress[index] ?? -1 },
    ports: ports.map((port, at) => portOf(port, table[index]?.[at] ?? [])),
  }));
  return { ends: told, sides: answers.sides.values, command };
}
