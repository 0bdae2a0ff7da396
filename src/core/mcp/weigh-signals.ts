import type { Evidence, McpStanding } from '../decision.ts';
import type { SignalStrength } from '../gate/types.ts';
import type { Container } from '../kube/types.ts';
import type { Hit } from './finder.ts';
import { WEIGHT } from './signal-table.ts';

/** What a hit of a `notServers` signal sets aside: hits up to this weight. */
const SETS_ASIDE: Readonly<Record<SignalStrength, number>> = {
  hint: WEIGHT.weak,
  weak: WEIGHT.word,
  strong: WEIGHT.firm,
};
const NOTHING = -1;

function heaviest(against: readonly Hit[]): number {
  return against.reduce((level, { ready }) => Math.max(level, SETS_ASIDE[ready.signal.strength]), NOTHING);
}

/**
 * The hits that count, once those are set aside that speak of something that is no server.
 * What one container bears sets aside that container's own hits, and the workload's only if every container is set aside
 * (a metrics exporter beside a server changes nothing); what the workload bears sets aside the hits of all of it.
 */
export function counting(
  hits: readonly Hit[],
  against: readonly Hit[],
  containers: readonly Container[],
): readonly Hit[] {
  if (against.length === 0) return hits;
  const whole = heaviest(against.filter(({ container }) => container === undefined));
  const byContainer = Map.groupBy(against, ({ container }) => container);
  const own = new Map(containers.map(one => [one, Math.max(whole, heaviest(byContainer.get(one) ?? []))] as const));
  const everywhere = own.size === 0 ? whole : [...own.values()].reduce((least, weight) => Math.min(least, weight));
  return hits.filter(({ container, ready }) => ready.weight > (container ? (own.get(container) ?? whole) : everywhere));
}

/**
 * How sure it is, by what counts:
 * `detected` by one strong signal; `suspected` by weak signals of two different fields, or by a weak one and a hint of another
 * field; else `no`. Where `weakCounts` is false, weak signals and hints never add up.
 */
export function standingOf(hits: readonly Hit[], weakCounts: boolean): McpStanding {
  const strengths = new Set(hits.map(({ ready }) => ready.signal.strength));
  if (strengths.has('strong')) return 'detected';
  const fields = new Set(hits.map(({ ready }) => ready.signal.field));
  return weakCounts && strengths.has('weak') && fields.size >= 2 ? 'suspected' : 'no';
}

const MAX_TEXT = 80;

/** Evidence quotes strangers' text: control characters out, and short. */
function quoted(text: string): string {
  const plain = Array.from(text, character => (character < ' ' || character === '\x7f' ? ' ' : character)).join('');
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain;
}

function evidenceOf({ ready: { signal }, object, path, text }: Hit, strength: Evidence['strength']): Evidence {
  const place = object === undefined ? { path } : { object, path };
  return { signal: signal.id, strength, ...place, says: `${signal.says}: ${quoted(text)}` };
}

const RANKS: Readonly<Record<Evidence['strength'], number>> = { declared: 0, strong: 1, weak: 2, hint: 3, against: 4 };

function byRankAndSignal(a: Evidence, b: Evidence): number {
  return RANKS[a.strength] - RANKS[b.strength] || (a.signal < b.signal ? -1 : 1);
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
