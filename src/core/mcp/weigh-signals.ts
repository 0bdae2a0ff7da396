import type { Evidence, McpStanding, SetAside } from '../decision.ts';
import type { SignalStrength } from '../gate/types.ts';
import type { Container } from '../kube/types.ts';
import { compare } from '../order.ts';
import type { Hit } from './finder.ts';
import { UNREAD, type Weight } from './signal-table.ts';

/** What a hit of a `notServers` signal sets aside, by the signal's strength. */
const SETS_ASIDE: Readonly<Record<SignalStrength, readonly Weight[]>> = {
  hint: ['weak'],
  weak: ['weak', 'name'],
  strong: ['weak', 'name', 'label', 'listening', 'firm'],
};

/** Signals that tell of what a container itself runs. */
const RUN: ReadonlySet<string> = new Set(['command', 'package', 'argument', 'install']);

/** A program sets aside what is found in itself; beside it, only words. */
function setsAside({ ready, program }: Hit, hit: Hit): boolean {
  const { strength, field, listens } = ready.signal;
  if (hit.ready.weight === 'listening' && listens) return true;
  const isOwn = program !== undefined && program === hit.program;
  if (field === 'command' && !isOwn) return hit.ready.weight === 'weak' || hit.ready.weight === 'name';
  if (field === 'image-name' && strength === 'weak' && hit.ready.weight === 'label') return true;
  return SETS_ASIDE[strength].includes(hit.ready.weight);
}

/** What a container runs stands, whatever its image is called. */
function isOfAnotherProgram(hit: Hit, against: Hit): boolean {
  return hit.ready.weight === 'firm' && RUN.has(hit.ready.signal.field) && against.program !== hit.program;
}

/** Signs against by where they are borne: one for every signal of a container, and those of each program. So that weighing stays linear. */
interface Signs {
  readonly byContainer: ReadonlyMap<Container | undefined, readonly Hit[]>;
  readonly byProgram: ReadonlyMap<Hit['program'], readonly Hit[]>;
}

const firstOfEach = (hits: readonly Hit[]): readonly Hit[] => [
  ...new Map(hits.toReversed().map(hit => [hit.ready.signal.id, hit] as const)).values(),
];

function signsOf(against: readonly Hit[]): Signs {
  const groups = [...Map.groupBy(against, ({ container }) => container)];
  return {
    byContainer: new Map(groups.map(([container, hits]) => [container, firstOfEach(hits)] as const)),
    byProgram: Map.groupBy(
      against.filter(({ program }) => program !== undefined),
      ({ program }) => program,
    ),
  };
}

/** Finds the sign that sets a hit aside; `undefined`: it counts. Hits of the workload are set aside by their weights, of which there are few. */
function createAside(against: readonly Hit[], containers: readonly Container[]): (hit: Hit) => Hit | undefined {
  const { byContainer, byProgram } = signsOf(against);
  const by = (container: Container | undefined, hit: Hit): Hit | undefined =>
    byContainer.get(container)?.find(sign => setsAside(sign, hit) && !isOfAnotherProgram(hit, sign));
  const everywhere = new Map<Weight, Hit | undefined>();
  const ofAll = (hit: Hit): Hit | undefined => {
    const { weight } = hit.ready;
    if (!everywhere.has(weight)) {
      const first = containers.map(container => by(container, hit));
      everywhere.set(weight, first.every(sign => sign !== undefined) ? first[0] : undefined);
    }
    return everywhere.get(weight);
  };
  return hit => {
    const own = hit.program && byProgram.get(hit.program)?.find(sign => setsAside(sign, hit));
    return by(undefined, hit) ?? own ?? (hit.container ? by(hit.container, hit) : ofAll(hit));
  };
}

/** Hits that count, and those that do not, each with the sign that sets it aside. */
export interface Weighed {
  readonly counting: readonly Hit[];
  readonly setAside: readonly (readonly [hit: Hit, by: Hit])[];
}

/**
 * Sets hits aside that speak of something that is no server.
 * What one container bears sets aside that container's own hits, and the workload's only if every container is set aside
 * (a metrics exporter beside a server changes nothing); what the workload bears sets aside the hits of all of it. What a container runs is set
 * aside by nothing but that program itself. Where signs of listening stand, those of a client set nothing aside: a server may call others.
 */
export function weigh(hits: readonly Hit[], against: readonly Hit[], containers: readonly Container[]): Weighed {
  const isClientSign = ({ ready }: Hit): boolean => ready.signal.strength === 'hint';
  const firmer = against.filter(sign => !isClientSign(sign));
  const byFirmer = createAside(firmer, containers);
  const listens = hits.some(
    hit => hit.ready.weight === 'listening' && hit.ready.signal.strength === 'weak' && !byFirmer(hit),
  );
  const asideBy = listens ? byFirmer : createAside(against, containers);
  const counting: Hit[] = [];
  const setAside: [Hit, Hit][] = [];
  for (const hit of hits) {
    const by = asideBy(hit);
    if (by) setAside.push([hit, by]);
    else counting.push(hit);
  }
  return { counting, setAside };
}

/**
 * How sure it is, by what counts:
 * `detected` by one strong signal; `suspected` by weak signals of two different fields, or by a weak one and a hint of another
 * field, or by a command that cannot be read; else `no`. Where `weakCounts` is false, weak signals and hints never add up.
 */
export function standingOf(hits: readonly Hit[], weakCounts: boolean): McpStanding {
  const strengths = new Set(hits.map(({ ready }) => ready.signal.strength));
  if (strengths.has('strong')) return 'detected';
  if (hits.some(({ ready }) => ready.signal.id === UNREAD.id)) return 'suspected';
  const fields = new Set(hits.map(({ ready }) => ready.signal.field));
  return weakCounts && strengths.has('weak') && fields.size >= 2 ? 'suspected' : 'no';
}

const MAX_TEXT = 80;

/** Printable ASCII. */
const PLAIN = /^[ -~]*$/;

/** Evidence quotes strangers' text: control characters out, and short. */
export function quoted(text: string): string {
  const plain = PLAIN.test(text)
    ? text
    : Array.from(text, character => (character < ' ' || character === '\x7f' ? ' ' : character)).join('');
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain;
}

function evidenceOf({ ready: { signal }, object, path, text }: Hit, strength: Evidence['strength']): Evidence {
  const place = object === undefined ? { path } : { object, path };
  return { signal: signal.id, strength, ...place, says: `${signal.says}: ${quoted(text)}` };
}

const RANKS: Readonly<Record<Evidence['strength'], number>> = { declared: 0, strong: 1, weak: 2, hint: 3, against: 4 };

function byRankAndSignal(a: Evidence, b: Evidence): number {
  return RANKS[a.strength] - RANKS[b.strength] || compare(a.signal, b.signal);
}

/** One piece of evidence for every signal, of where it was found first: sorted, strong ones first, those against last. */
export function evidenceFrom(hits: readonly Hit[], against: readonly Hit[]): readonly Evidence[] {
  const firsts = new Map<string, Evidence>();
  const add = (hit: Hit, strength: Evidence['strength']): void => {
    const { id } = hit.ready.signal;
    if (!firsts.has(id)) firsts.set(id, evidenceOf(hit, strength));
  };
  for (const hit of hits) add(hit, hit.ready.signal.strength);
  for (const hit of against) add(hit, 'against');
  return [...firsts.values()].sort(byRankAndSignal);
}

/** What is set aside: one piece for every signal, with the sign that did it; hints are not told. */
export function setAsideFrom(pairs: Weighed['setAside']): readonly SetAside[] {
  const firsts = new Map<string, SetAside>();
  for (const [hit, by] of pairs) {
    const { id, strength } = hit.ready.signal;
    if (strength !== 'hint' && !firsts.has(id))
      firsts.set(id, { ...evidenceOf(hit, strength), by: evidenceOf(by, 'against') });
  }
  return [...firsts.values()].sort(byRankAndSignal);
}
