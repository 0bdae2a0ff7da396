import type { RecordLine } from '../../app/audit-query/record-line.ts';
import { reachText, serverText } from './words.ts';

/** Columns by name, in order. Where a cell holds several texts they stand behind one another, with a semicolon between. */
const COLUMNS: readonly (readonly [name: string, cell: (line: RecordLine) => string])[] = [
  ['time', line => line.time],
  ['writer', line => line.writer],
  ['seq', line => (line.seq === 0 ? '' : String(line.seq))],
  ['type', line => line.type],
  ['decision', line => line.decision],
  ['allowed', line => String(line.allowed ?? '')],
  ['mode', line => line.mode],
  ['dryRun', line => String(line.dryRun)],
  ['operation', line => line.operation],
  ['apiVersion', line => line.object.apiVersion],
  ['kind', line => line.object.kind],
  ['namespace', line => line.object.namespace],
  ['name', line => line.object.name],
  ['subresource', line => line.object.subresource],
  ['user', line => line.user.name],
  ['groups', line => line.user.groups.join('; ')],
  ['change', line => line.change.join('; ')],
  ['servers', line => line.servers.map(serverText).join('; ')],
  ['rules', line => [...new Set(line.findings.map(({ rule }) => rule))].join('; ')],
  ['gained', line => line.gained.map(reachText).join('; ')],
  ['lost', line => line.lost.map(reachText).join('; ')],
  ['uid', line => line.uid],
  ['digest', line => line.digest],
  ['hash', line => line.hash],
];

/** What spreadsheets take for the beginning of a formula, in its full-width forms too, and what they skip before one. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;

/** Quoted always (RFC 4180), and with an apostrophe before what a spreadsheet would work out: the texts are strangers'. */
function cellText(text: string): string {
  const harmless = FORMULA.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

const rowText = (cells: readonly string[]): string => `${cells.map(cellText).join(',')}\r\n`;

export const CSV_HEADER: string = rowText(COLUMNS.map(([name]) => name));

export const csvLine = (line: RecordLine): string => rowText(COLUMNS.map(([, cell]) => cell(line)));
