import type { OpenTime, ReachFollower } from '../../app/audit-query/reach-on.ts';
import type { RecordLine } from '../../app/audit-query/record-line.ts';
import type { StateAt } from '../../app/audit-query/state-at.ts';
import { visibleText } from '../../core/visible-text.ts';
import { objectText, reachText } from './words.ts';

/** Texts of a record are strangers': everything is one line each, and shows what it is. */
const shown = (lines: readonly string[]): string => lines.map(line => `${visibleText(line)}\n`).join('');

/** Sorts of an update that neither its operation nor the kind of its object tells. */
const TOLD_CHANGES: ReadonlySet<string> = new Set(['scale', 'restart', 'image', 'configuration', 'mode']);

function notesText({ type, dryRun, allowed, decision, mode, change, note }: RecordLine): string {
  const isLetThrough = allowed === true && decision === 'deny';
  const notes = [
    ...change.filter(sort => TOLD_CHANGES.has(sort)),
    ...(allowed === false ? ['refused'] : []),
    ...(isLetThrough ? [`let through: mode ${mode}`] : []),
    ...(dryRun ? ['dry run'] : []),
    ...(type === 'decision' && note !== '' ? [note] : []),
    ...(type === 'unwitnessed' ? ['past the gate, nobody knows by whom'] : []),
    ...(type === 'seen' ? ['seen alone, nobody knows by whom'] : []),
  ];
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}

const by = ({ user }: RecordLine): string => (user.name === '' ? '' : ` by ${user.name}`);

/** `2026-11-27T08:00:00.000Z UPDATE NetworkPolicy tools/open by alice`. */
const headline = (line: RecordLine): string =>
  `${line.time} ${line.operation || line.type} ${objectText(line.object)}${by(line)}`;

/** A line of a record: when, what became of it, who did what; below, the findings and the reach that it changed. */
export function lineText(line: RecordLine): string {
  const decision = (line.decision || line.type).padEnd(12);
  const isRefused = line.allowed === false;
  const what = `${line.operation} ${objectText(line.object)}${by(line)}${notesText(line)}`;
  return shown([
    `${line.time} ${decision} ${what.trim()}`,
    ...line.findings.map(({ rule, message }) => `    ${message.startsWith(`${rule}: `) ? '' : `${rule}: `}${message}`),
    ...line.causes.map(cause => `    cannot be judged: ${cause}`),
    ...line.gained.map(way => `    ${isRefused ? 'would open' : 'opens'}: ${reachText(way)}`),
    ...line.lost.map(way => `    ${isRefused ? 'would close' : 'closes'}: ${reachText(way)}`),
  ]);
}

/** The state of an object: who left it so, and the redacted object. */
export function stateText(state: StateAt, object: string, at: string): string {
  if (state.kind === 'unknown') return shown([`the record tells nothing of ${object} up to ${at}`]);
  const { by: line } = state;
  if (state.kind === 'deleted') return shown([`${object} was not there at ${at}: ${headline(line)}`]);
  const heading = `${object} at ${at}, as left by ${headline(line)}`;
  if (line.snapshot === undefined)
    return shown([heading, `no snapshot is kept of what is harmless; digest ${line.digest}`]);
  return `${shown([heading])}${JSON.stringify(line.snapshot, null, 2).split('\n').map(visibleText).join('\n')}\n`;
}

/** Who could reach a server in a time, since when and until when. */
export function reachTimesText(times: readonly OpenTime[], server: string, day: string): string {
  if (times.length === 0) return shown([`the record tells of no way to ${server} that was open on ${day}`]);
  return shown(
    times.flatMap(({ way, openedBy, madeBy, closedBy, became = 'closed' }) => [
      reachText(way),
      `    opened: ${openedBy === undefined ? 'before the record tells of it' : headline(openedBy)}`,
      ...(madeBy === undefined ? [] : [`    ${madeBy.as}: ${headline(madeBy.line)}`]),
      `    ${became}: ${closedBy === undefined ? 'not up to the end of the record' : headline(closedBy)}`,
    ]),
  );
}

/** What the record cannot tell of the reach of a server; empty where it tells all. */
export function untoldText({ known, incomplete }: ReachFollower, server: string): string {
  const what = {
    unknown: `no line of the record is about a server ${server}`,
    untold: `no line of the record tells who could reach ${server}`,
    told: undefined,
  }[known()];
  const lines = incomplete.map(
    line => `this line leaves out some of what it changed (${line.truncated.join('; ')}): ${headline(line)}`,
  );
  return shown(
    [...(what === undefined ? [] : [`${what}: \`chokepoint reach\` tells who can now`]), ...lines].map(
      text => `chokepoint: ${text}`,
    ),
  );
}
