import type { AttackRecord, Outcome } from './attack.ts';
import { isFlat, memoryText } from './memory.ts';
import type { OrdinaryRecord } from './ordinary-load.ts';
import { timesOf, timesText } from './percentile.ts';
import type { Soak } from './soak.ts';

/** An ordinary call that takes longer is a fault. */
const SLOW_MS = 2000;
/** MiB of memory of the Pods that are shipped. */
const POD_LIMIT = 512;
/** Of one kind of trouble. */
const SHOWN = 10;

/** Calls of people who do their work that did not pass, and those that took too long. */
export const notPassed = ({ ordinary }: Soak): readonly OrdinaryRecord[] =>
  ordinary.filter(({ status }) => status < 200 || status >= 300);
const tooSlow = ({ ordinary }: Soak): readonly OrdinaryRecord[] =>
  ordinary.filter(({ ms, purpose }) => ms > SLOW_MS && purpose !== 'off');

/** What a soak must not show; empty: it is passed. */
export function faultsOf(soak: Soak): readonly string[] {
  const { attack, memory, ended, bugs } = soak;
  const counted: readonly (readonly [number, string])[] = [
    [attack.wrongAllows.length, 'wrong allows'],
    [notPassed(soak).length, 'ordinary calls did not pass'],
    [tooSlow(soak).length, `ordinary calls took over ${SLOW_MS} ms`],
    [ended.length, 'processes of the gate ended'],
    [bugs.length, 'lines of the log speak of a bug'],
    [attack.broken.length, 'parts of the soak broke off'],
  ];
  return [
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...Object.entries(memory).flatMap(([process, figures]) => [
      ...(isFlat(figures) ? [] : [`memory of the ${process} grows`]),
      ...(figures.most <= POD_LIMIT ? [] : [`memory of the ${process} is over the ${POD_LIMIT} MiB of its Pod`]),
    ]),
  ];
}

const groups = <Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): readonly (readonly [string, readonly Item[]])[] =>
  [...Map.groupBy(items, key)].toSorted(([a], [b]) => a.localeCompare(b));

function attackLine(what: string, records: readonly AttackRecord[]): string {
  const count = (outcome: Outcome): number => records.filter(record => record.outcome === outcome).length;
  const { max } = timesOf(records.map(({ ms }) => ms));
  const counts = `allowed ${count('allowed')}, refused ${count('refused')}, unjudged ${count('unjudged')}, other ${count('other')}`;
  return `  ${what}: ${counts}, max ${Math.round(max)} ms`;
}

const some = (what: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${what} (${lines.length}):`, ...lines.slice(0, SHOWN).map(line => `  ${line}`)];

const callText = ({ purpose, what, ms, status, message }: OrdinaryRecord): string =>
  `${purpose}: ${what}: ${status} in ${Math.round(ms)} ms ${message.slice(0, 400)}`.trimEnd();

/** Everything that was seen, for people. `every`: each kind of hostile call too. */
export function summaryText(soak: Soak, every = true): string {
  const { seed, started, seconds, attack, ordinary, sent, memory, ended, bugs } = soak;
  const count = (outcome: Outcome): number => attack.records.filter(record => record.outcome === outcome).length;
  return [
    `soak of ${Math.round(seconds)} s, seed ${seed}, ${started.toISOString()}`,
    'ordinary calls, by what the namespace does (off: the gate is not asked):',
    ...groups(ordinary, ({ purpose }) => purpose).map(
      ([purpose, records]) => `  ${purpose}: ${timesText(timesOf(records.map(({ ms }) => ms)))}`,
    ),
    `hostile calls: ${attack.records.length}; allowed ${count('allowed')}, refused ${count('refused')}, unjudged ${count('unjudged')}, by the API server ${count('other')}`,
    ...(every ? groups(attack.records, ({ what }) => what).map(([what, records]) => attackLine(what, records)) : []),
    ...[...sent].map(([what, sentOf]) => `straight to the webhook: ${sentOf} ${what}`),
    `stored traffic worked out ${attack.looks} times`,
    ...Object.entries(memory).map(([process, figures]) => `memory of the ${process}: ${memoryText(figures)}`),
    ...some('wrong allows', attack.wrongAllows),
    ...some('did not pass', notPassed(soak).map(callText)),
    ...some('too slow', tooSlow(soak).map(callText)),
    ...some(
      'unjudged',
      attack.records.flatMap(({ what, message }) => (message ? [`${what}: ${message}`] : [])),
    ),
    ...some('ended', ended),
    ...some(
      'log',
      bugs.map(line => line.slice(0, 1000)),
    ),
    ...some('broken off', attack.broken),
  ].join('\n');
}
