import type { Inventory, InventoryServer } from '../../app/inventory/inventory.ts';
import { commentText } from '../../core/markdown-text.ts';
import { changeLines } from './table.ts';
import {
  authenticationTexts,
  exceptionTexts,
  imageTexts,
  ownerText,
  serverName,
  sinceText,
  trafficTexts,
} from './words.ts';

const COLUMNS: readonly (readonly [heading: string, cell: (server: InventoryServer) => readonly string[]])[] = [
  ['Server', server => [serverName(server)]],
  ['Registration', server => [server.registration]],
  ['Owner', server => [ownerText(server)]],
  ['Image', imageTexts],
  ['Serves', server => [[server.transport, ...server.ports].join(' ')]],
  ['Authentication', authenticationTexts],
  ['Reached by', server => trafficTexts(server.ingress, 'nobody')],
  ['Reaches', server => trafficTexts(server.egress, 'nothing')],
  ['Since', server => [sinceText(server)]],
  ['Mode', server => [server.mode]],
  ['Exceptions', exceptionTexts],
  ['Verdict', server => [[server.verdict, server.denied.join(', ')].filter(text => text !== '').join(': ')]],
];

/** Columns that are left out where no server has anything there. */
const MAY_BE_UNKNOWN: ReadonlySet<string> = new Set(['Authentication', 'Since']);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

/** A table for a wiki or a pull request; with a comparison, what is not as it was as a list. */
export function* renderMarkdown({ day, servers, summary, changes }: Inventory): Iterable<string> {
  yield `# MCP servers on ${day}\n\n`;
  if (changes !== undefined) {
    yield '```text\n';
    for (const line of changeLines(changes)) yield line.replaceAll('`', "'");
    yield '```\n';
    return;
  }
  yield `${summary.servers} servers: ${summary.unregistered} unregistered, ${summary.registered} registered, ${summary.denied} denied.\n\n`;
  const isTold = (cell: (server: InventoryServer) => readonly string[]): boolean =>
    servers.some(server => cell(server).some(text => text !== ''));
  const columns = COLUMNS.filter(([heading, cell]) => !MAY_BE_UNKNOWN.has(heading) || isTold(cell));
  yield row(columns.map(([heading]) => heading));
  yield row(columns.map(() => '---'));
  for (const server of servers) yield row(columns.map(([, cell]) => cell(server).map(commentText).join('<br>')));
}
