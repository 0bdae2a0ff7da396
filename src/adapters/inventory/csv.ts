import type { Inventory, InventoryServer } from '../../app/inventory/inventory.ts';
import { csvRow } from '../../core/csv-text.ts';
import { exceptionTexts, trafficTexts } from './words.ts';

/** Columns by name, in order. Where a cell holds several texts they stand behind one another, with a semicolon between. */
const COLUMNS: readonly (readonly [name: string, cell: (server: InventoryServer) => string | readonly string[]])[] = [
  ['context', server => server.context],
  ['namespace', server => server.namespace],
  ['kind', server => server.kind],
  ['name', server => server.name],
  ['registration', server => server.registration],
  ['standing', server => server.standing],
  ['foundBy', server => server.foundBy],
  ['evidence', server => server.evidence.map(({ says }) => says)],
  ['owner', server => server.owner.team ?? ''],
  ['ownerFrom', server => server.owner.from],
  ['madeBy', server => server.owner.madeBy],
  ['images', server => server.images.map(({ image }) => image)],
  ['digests', server => server.images.flatMap(({ digests }) => digests)],
  ['transport', server => server.transport],
  ['ports', server => server.ports],
  ['services', server => server.services],
  ['routes', server => server.routes],
  ['authentication', server => server.authentication.state],
  ['authenticatedBy', server => server.authentication.by],
  ['authenticationGaps', server => server.authentication.gaps],
  ['reachedBy', server => trafficTexts(server.ingress, 'nobody')],
  ['reaches', server => trafficTexts(server.egress, 'nothing')],
  ['notJudged', server => server.notJudged],
  ['mode', server => server.mode],
  ['firstSeen', server => server.firstSeen ?? ''],
  ['modeSince', server => server.modeSince ?? ''],
  ['exceptions', server => exceptionTexts(server)],
  ['verdict', server => server.verdict],
  ['denied', server => server.denied],
  ['warned', server => server.warned],
  ['file', server => server.file],
];

/** A line for each server, for spreadsheets (RFC 4180). */
export function* renderCsv({ servers }: Inventory): Iterable<string> {
  yield csvRow(COLUMNS.map(([name]) => name));
  for (const server of servers) yield csvRow(COLUMNS.map(([, cell]) => [cell(server)].flat().join('; ')));
}
