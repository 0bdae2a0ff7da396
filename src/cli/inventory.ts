import { renderCsv } from '../adapters/inventory/csv.ts';
import { renderCycloneDx } from '../adapters/inventory/cyclonedx.ts';
import { renderJson } from '../adapters/inventory/json.ts';
import { renderMarkdown } from '../adapters/inventory/markdown.ts';
import { renderTable } from '../adapters/inventory/table.ts';
import { assembleInventory } from '../app/inventory/assemble.ts';
import { compareInventories } from '../app/inventory/compare-inventories.ts';
import type { Inventory } from '../app/inventory/inventory.ts';
import { decodeInventory, type SavedServer } from '../app/inventory/saved-inventory.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { type CommandSpecific, type InventoryFormat, VERSION } from './commands.ts';
import { inventorySources } from './inventory-sources.ts';
import type { Io } from './io.ts';
import { parseJson, readWhole } from './read-whole.ts';
import { problemText } from './terminal-text.ts';

type Options = CommandSpecific['inventory'];

/** The largest saved inventory, in bytes, inclusive: of a hundred thousand servers. */
const LARGEST = 512 * 1024 * 1024;

const unusable = (file: string, reason: string): GateError =>
  new GateError('unreadable-file', `--diff ${file}: ${reason}`);

/** Rejects with a GateError that names the file, and the field, of what is no inventory. */
async function readSaved(file: string, io: Io): Promise<readonly SavedServer[]> {
  const refuse = (reason: string): GateError => unusable(file, reason);
  const tooLarge = (): GateError => refuse(`the file is larger than ${LARGEST} bytes`);
  const decoded = decodeInventory(parseJson(await readWhole(file, LARGEST, io, tooLarge), refuse));
  if (decoded.kind === 'inventory') return decoded.servers;
  throw unusable(file, `${decoded.issue.path}: ${decoded.issue.message}`);
}

function compared(inventory: Inventory, then: readonly SavedServer[], file: string): Inventory {
  const now = decodeInventory(inventory);
  if (now.kind === 'refused') throw new Error(`an inventory that cannot be read back: ${now.issue.path}`);
  return { ...inventory, changes: compareInventories(then, now.servers, visibleText(file)) };
}

/** Texts that belong together, in their order. */
const RENDERERS: Readonly<Record<InventoryFormat, (inventory: Inventory) => Iterable<string>>> = {
  table: renderTable,
  json: renderJson,
  csv: renderCsv,
  cyclonedx: inventory => renderCycloneDx(inventory, VERSION),
  markdown: renderMarkdown,
};

const changedCount = ({ changes }: Inventory): number =>
  changes === undefined ? 0 : changes.added.length + changes.gone.length + changes.changed.length;

/** `inventory`: lists the MCP servers of files or clusters. 1: something is not as it was; 2: something could not be read, the rest is listed. */
export async function runInventory(paths: readonly string[], options: Options, io: Io): Promise<number> {
  // Read first: who misspells it need not wait for a cluster.
  const then = options.diff === undefined ? undefined : await readSaved(options.diff, io);
  const { sources, servers, problems } = await inventorySources(paths, options, io);
  const taken = assembleInventory(io.today(), sources, servers, problems);
  const inventory = then === undefined ? taken : compared(taken, then, options.diff ?? '');
  for (const text of RENDERERS[options.output](inventory)) await io.stdout.write(text);
  if (options.output !== 'json') await io.stderr.write(problemText(inventory.problems));
  if (problems.some(({ severity }) => severity === 'error')) return 2;
  return changedCount(inventory) > 0 ? 1 : 0;
}
