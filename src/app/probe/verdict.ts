import { openForMs, type Seen, seenBy } from './attempts.ts';
import type { Part, Phase } from './objects.ts';
import type { ProbedNode } from './plan.ts';

/** What is enforced of a node, or not; `unknown`: nothing was proved, and why is told. */
const ENFORCEMENTS = ['not-enforced', 'unknown', 'enforced'] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

const DIRECTIONS = ['ingress', 'egress'] as const;
type Direction = (typeof DIRECTIONS)[number];
type ProbedFamily = 'IPv4' | 'IPv6';

/** All attempts of one client at one target, over one family. */
export interface Observation {
  readonly phase: Phase;
  readonly client: { readonly part: Part; readonly node: string };
  readonly target: { readonly part: Part; readonly node: string };
  readonly family: ProbedFamily;
  /** As {@link seenBy} reads it. */
  readonly attempts: string;
}

/** What packets showed of one direction and family on one node. */
interface Measurement {
  readonly direction: Direction;
  readonly family: ProbedFamily;
  readonly enforcement: Enforcement;
  /** A clause without a full stop; of what is enforced empty. */
  readonly reason: string;
  /** Milliseconds for which new Pods were open before it was enforced, to a second. */
  readonly openForMs: number;
}

/** A node, with what was measured on it. */
export interface MeasuredNode extends ProbedNode {
  /** The worst of the measurements; `unknown` where there are none. */
  readonly enforcement: Enforcement;
  /** Why it is unknown as a whole; empty where something was measured. */
  readonly reason: string;
  readonly measurements: readonly Measurement[];
}

/** The worst of some. `unknown` where there are none. */
export const worstOf = (all: readonly Enforcement[]): Enforcement =>
  ENFORCEMENTS.find(one => all.includes(one)) ?? 'unknown';

/**
 * The observations that one direction on a node is told from. Ingress: what open clients of any node see of the targets on this one. Egress: what the
 * clients of this node see of open targets anywhere. `treatment`: what the policy closes; `control`: what it leaves alone.
 */
function partsOf(direction: Direction, node: string, all: readonly Observation[]) {
  const isHere = ({ client, target }: Observation): boolean =>
    (direction === 'ingress' ? target : client).node === node;
  const varied = ({ client, target }: Observation): Part => (direction === 'ingress' ? target : client).part;
  const fixed = ({ client, target }: Observation): Part => (direction === 'ingress' ? client : target).part;
  const ours = all.filter(one => isHere(one) && fixed(one) === 'open');
  const of = (phase: Phase, part: Part): readonly Observation[] =>
    ours.filter(one => one.phase === phase && varied(one) === part);
  return { before: of('before', 'closed'), control: of('after', 'open'), treatment: of('after', 'closed') };
}

const pairOf = ({ client, target }: Observation): string => `${client.node} ${target.node}`;
const seen = (all: readonly Observation[], pair: string): Seen =>
  seenBy(all.find(one => pairOf(one) === pair)?.attempts ?? '');

type Proof = Pick<Measurement, 'enforcement' | 'reason' | 'openForMs'>;
const unknown = (reason: string): Proof => ({ enforcement: 'unknown', reason, openForMs: 0 });

/** One pair of nodes: reachable before there was a policy, and then not, while the control still is. Anything else proves nothing, or the contrary. */
function prove({ before, control, treatment }: ReturnType<typeof partsOf>, pair: string, direction: Direction): Proof {
  const [from, to] = pair.split(' ');
  const way = `from ${from} to ${to}`;
  if (seen(before, pair) !== 'open') return unknown(`${way} nothing got through before there was a policy either`);
  const after = seen(treatment, pair);
  if (after === 'open') {
    const closed =
      direction === 'ingress' ? 'a Pod that nobody may reach was reached' : 'a Pod that may reach nobody got through';
    return { enforcement: 'not-enforced', reason: `${closed} ${way}`, openForMs: 0 };
  }
  if (seen(control, pair) !== 'open') return unknown(`${way} what no policy closes did not get through`);
  if (after === 'unsettled') return unknown(`${way} some attempts still got through at the end`);
  const [attempts = ''] = treatment.filter(one => pairOf(one) === pair).map(one => one.attempts);
  return { enforcement: 'enforced', reason: '', openForMs: openForMs(attempts) };
}

function measure(
  direction: Direction,
  family: ProbedFamily,
  node: string,
  all: readonly Observation[],
): readonly Measurement[] {
  const parts = partsOf(
    direction,
    node,
    all.filter(one => one.family === family),
  );
  const pairs = [...new Set([...parts.before, ...parts.treatment].map(pairOf))];
  const proofs = pairs.map(pair => prove(parts, pair, direction));
  const enforcement = worstOf(proofs.map(proof => proof.enforcement));
  if (proofs.length === 0) return [];
  const reason = proofs.find(proof => proof.enforcement === enforcement)?.reason ?? '';
  const longest = Math.max(...proofs.map(proof => proof.openForMs));
  return [{ direction, family, enforcement, reason, openForMs: longest }];
}

/** What the observations show of each node: the worst counts. `troubles`: why nothing is known of a node, by its name. */
export function judgeNodes(
  nodes: readonly ProbedNode[],
  observations: readonly Observation[],
  troubles: ReadonlyMap<string, string>,
): readonly MeasuredNode[] {
  const families = [...new Set(observations.map(({ family }) => family))].sort();
  return nodes.map(node => {
    const measurements = DIRECTIONS.flatMap(direction =>
      families.flatMap(family => measure(direction, family, node.name, observations)),
    );
    const trouble = troubles.get(node.name);
    const isOpen = measurements.some(({ enforcement }) => enforcement === 'not-enforced');
    const known = measurements.map(({ enforcement }) => enforcement);
    // What was seen to be open is open, whatever else could not be seen.
    const enforcement = trouble === undefined || isOpen ? worstOf(known) : 'unknown';
    const reason = trouble ?? (measurements.length === 0 ? 'nothing was measured' : '');
    return { ...node, enforcement, reason, measurements };
  });
}
