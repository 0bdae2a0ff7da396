import type { Inventory, InventoryServer } from '../../app/inventory/inventory.ts';
import { commentText } from '../../core/markdown-text.ts';
import { changeLines } from './table.ts';
import { exceptionTexts, imageTexts, ownerText, serverName, sinceText, trafficTexts } from './words.ts';

const COLUMNS: readonly (readonly [heading: string, cell: (server: InventoryServer) => readonly string[]])[] = [
  ['Server', server => [serverName(server)]],
  ['Registration', server => [server.registration]],
  ['Owner', server => [ownerText(server)]],
  ['Image', imageTexts],
  ['Serves', server => [[server.transport, ...server.ports].join(' ')]],
  ['Reached by', server => trafficTexts(server.ingress, 'nobody')],
  ['Reaches', server => trafficTexts(server.egress, 'nothing')],
  ['Since', server => [sinceText(server)]],
  ['Mode', server => [server.mode]],
  ['Exceptions', exceptionTexts],
  ['Verdict', server => [[server.verdict, server.denied.join(', ')].filter(text => text !== '').join(': ')]],
];

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
  const isDated = servers.some(({ firstSeen }) => firstSeen !== undefined);
  const columns = COLUMNS.filter(([heading]) => isDated || heading !== 'Since');
  yield row(columns.map(([heading]) => heading));
  yield row(columns.map(() => '---'));
  for (const server of servers) yield row(columns.map(([, cell]) => cell(server).map(commentText).join('<br>')));
}
