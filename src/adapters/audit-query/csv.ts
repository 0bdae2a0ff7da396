import type { RecordLine } from '../../app/audit-query/record-line.ts';
import { csvRow } from '../../core/csv-text.ts';
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

export const CSV_HEADER: string = csvRow(COLUMNS.map(([name]) => name));

export const csvLine = (line: RecordLine): string => csvRow(COLUMNS.map(([, cell]) => cell(line)));
