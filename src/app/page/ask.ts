import type { Direction, Workload } from '../../core/kube/types.ts';
import { parseAddress } from '../../core/net/ip.ts';
import { answerBetween, type ReachSide } from '../../core/netpol/reach.ts';
import {
  declaredPorts,
  type ReachPod,
  type ReachPort,
  reachPods,
  type Side,
  workloadName,
} from '../../core/netpol/reach-pods.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { World } from '../../core/world.ts';
import { sideText } from '../reach/side-text.ts';
import { walkText } from '../reach/walk-text.ts';
import type { Ask, AskEnd, AskPort, AskSide } from './model.ts';

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

/** Everything that can be asked about, addresses and servers first. What another workload made is asked about through that one. */
function endsOf(world: World, isServer: (workload: Workload) => boolean): readonly End[] {
  const pods = reachPods(world).all.filter(
    ({ workload }) => lineage(workload, ownersIn(world.namespace(workload.meta.namespace))).length === 1,
  );
  const ends = pods.map(pod => podEnd(pod, isServer(pod.workload)));
  const sorted = ends.sort((a, b) => Number(b.server) - Number(a.server) || compare(a.name, b.name));
  return [...addressEnds(), ...sorted].slice(0, MAX_ENDS);
}

/** Gives what is the same one number. */
class Numbered<Value> {
  readonly values: Value[] = [];
  readonly #known = new Map<string, number>();

  of(value: Value): number {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.values.length);
    this.values.push(value);
    return this.values.length - 1;
  }
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

/** The number that is there most often; -1 of none. */
function usual(numbers: readonly number[]): number {
  const counts = [...Map.groupBy(numbers, number => number)].sort(([, a], [, b]) => b.length - a.length);
  return counts[0]?.[0] ?? -1;
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
export function askOf(world: World, isServer: (workload: Workload) => boolean, command: string): Ask {
  const ends = endsOf(world, isServer);
  const answers = new Answers(world);
  const lastServer = ends.findLastIndex(({ server }) => server);
  const share = sharesOf(ends, lastServer + 1);
  const table = ends.map(to =>
    to.asked.map(port => ends.slice(0, share(to)).map(from => answers.between(from, to, port))),
  );
  const asked = table.flat();
  const egress = ends.map((_, source) => usual(asked.flatMap(pairs => pairs[source]?.[0] ?? [])));
  const portOf = (port: ReachPort, pairs: readonly Pair[]): AskPort => {
    const ingress = usual(pairs.map(([, side]) => side));
    const others = pairs.flatMap(([out, into], source) =>
      out === egress[source] && into === ingress ? [] : [[source, out, into] as const],
    );
    return { text: portText(port), sources: pairs.length, ingress, others };
  };
  return {
    ends: ends.map(({ name, is, server, asked: ports }, index) => ({
      ...{ name: visibleText(name), is, server, egress: egress[index] ?? -1 },
      ports: ports.map((port, at) => portOf(port, table[index]?.[at] ?? [])),
    })),
    sides: answers.sides.values,
    command,
  };
}
