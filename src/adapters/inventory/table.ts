import type { Inventory, InventoryChanges, InventoryServer } from '../../app/inventory/inventory.ts';
import { ownerText, serverName, sinceText, trafficCount } from './words.ts';

/** Whether gateways ask callers who they are; `-`: no route or proxy leads to it. */
const AUTH: Readonly<Record<InventoryServer['authentication']['state'], string>> = {
  yes: 'yes',
  no: 'no',
  unknown: '?',
  none: '-',
};

/** Columns by heading. */
const COLUMNS: readonly (readonly [heading: string, cell: (server: InventoryServer) => string])[] = [
  ['CONTEXT', server => server.context],
  ['NAMESPACE', server => server.namespace],
  ['SERVER', server => `${server.kind}/${server.name}`],
  ['REGISTRATION', server => server.registration],
  ['FOUND', server => (server.foundBy === 'signs' ? server.standing : `${server.standing} (${server.foundBy})`)],
  ['OWNER', server => ownerText(server) || '-'],
  ['TRANSPORT', server => [server.transport, ...server.ports].join(' ')],
  ['AUTH', server => AUTH[server.authentication.state]],
  ['REACHED BY', server => trafficCount(server.ingress, { none: 'nobody', all: 'anyone' })],
  ['REACHES', server => trafficCount(server.egress, { none: 'nothing', all: 'anything' })],
  ['SINCE', sinceText],
  ['MODE', server => server.mode],
  ['VERDICT', server => server.verdict],
];

/** Columns that are left out where no server has anything there. */
const MAY_BE_UNKNOWN: ReadonlySet<string> = new Set(['CONTEXT', 'AUTH', 'SINCE']);

const NOTHING: ReadonlySet<string> = new Set(['', '-']);

const widthsOf = (rows: readonly (readonly string[])[], count: number): readonly number[] =>
  Array.from({ length: count }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );

/** Columns as wide as their widest cell, two blanks apart. */
function* table(servers: readonly InventoryServer[]): Iterable<string> {
  // What files, or a cluster without the controller, cannot tell is not asked about.
  const columns = COLUMNS.filter(
    ([heading, cell]) => !MAY_BE_UNKNOWN.has(heading) || servers.some(server => !NOTHING.has(cell(server))),
  );
  const rows = [columns.map(([heading]) => heading), ...servers.map(one => columns.map(([, cell]) => cell(one)))];
  const widths = widthsOf(rows, columns.length);
  for (const row of rows)
    yield `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
}

function summaryText({ summary, sources }: Inventory): string {
  const { servers, unregistered, registered, denied } = summary;
  const hasRegistry = sources.some(one => one.hasRegistry);
  const states = hasRegistry
    ? `${unregistered} unregistered, ${registered} registered`
    : 'no registry says which are approved';
  return `${servers} MCP ${servers === 1 ? 'server' : 'servers'}: ${states}; ${denied} denied.\n`;
}

/** What is not as it was, a line each. */
export function* changeLines({ against, added, gone, changed }: InventoryChanges): Iterable<string> {
  for (const one of added) yield `+ ${serverName(one)} is new\n`;
  for (const one of gone) yield `- ${serverName(one)} is gone\n`;
  for (const { fields, gained, lost, ...one } of changed) {
    yield `~ ${serverName(one)}\n`;
    for (const field of fields) yield `    ${field}\n`;
    for (const way of gained) yield `    + ${way}\n`;
    for (const way of lost) yield `    - ${way}\n`;
  }
  yield `Against ${against}: ${added.length} new, ${gone.length} gone, ${changed.length} changed.\n`;
}

/** For people: a line for each server, or for each that is not as it was. */
export function* renderTable(inventory: Inventory): Iterable<string> {
  const { servers, changes } = inventory;
  if (changes !== undefined) yield* changeLines(changes);
  else {
    if (servers.length > 0) yield* table(servers);
    yield summaryText(inventory);
  }
}
