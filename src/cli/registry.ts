import { readRegistry, registryText } from '../app/registry/read-registry.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError, messageOf } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import { putText } from './configuration-file.ts';
import type { Io } from './io.ts';
import { readWhole } from './read-whole.ts';

/** Bytes of a saved registry, inclusive. */
const LARGEST = 256 * 1024 * 1024;

/** `registry pull`: saves what a registry lists. */
export async function runRegistryPull(
  url: string,
  { write }: CommandSpecific['registryPull'],
  io: Io,
): Promise<number> {
  const { pullRegistry } = await import('../adapters/registry/pull.ts');
  const snapshot = await pullRegistry(url);
  const text = `${JSON.stringify(snapshot, null, 2)}\n`;
  if (write === undefined) await io.stdout.write(text);
  else {
    await putText(write, text, io);
    await io.stderr.write(visibleText(`${write} is written: ${snapshot.servers.length} servers`).concat('\n'));
  }
  return 0;
}

async function readJson(file: string, io: Io): Promise<unknown> {
  const tooLarge = (): GateError => new GateError('unreadable-file', `${file} is larger than ${LARGEST} bytes`);
  const text = await readWhole(file, LARGEST, io, tooLarge);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GateError('unreadable-file', `${file} is no JSON: ${visibleText(messageOf(cause))}`, { cause });
  }
}

/** `registry entries`: prints what a saved registry lists as `registry` of a GatePolicy. */
export async function runRegistryEntries(
  file: string,
  { owner }: CommandSpecific['registryEntries'],
  io: Io,
): Promise<number> {
  const listing = readRegistry(await readJson(file, io));
  if (listing === undefined)
    throw new GateError(
      'unreadable-file',
      `${file} is neither an answer of the MCP registry API (servers) nor a registry file of ToolHive`,
    );
  await io.stdout.write(registryText(listing, owner));
  if (listing.passedOver > 0)
    await io.stderr.write(
      `${listing.passedOver} servers have no image, no npm or pypi package and no host: they are left out\n`,
    );
  return 0;
}
