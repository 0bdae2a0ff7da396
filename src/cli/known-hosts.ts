import { remoteHosts } from '../app/registry/remote-hosts.ts';
import { GateError } from '../errors.ts';
import type { Io } from './io.ts';
import { parseJson, readWhole } from './read-whole.ts';

/** Bytes of a saved registry, inclusive. */
const LARGEST = 256 * 1024 * 1024;

/** Hosts of the remote servers of a saved registry (`--registry`); none where none is given. Rejects with a GateError for a file that cannot be read. */
export async function knownHosts(file: string | undefined, io: Io): Promise<ReadonlySet<string>> {
  if (file === undefined) return new Set();
  const refuse = (reason: string): GateError => new GateError('unreadable-file', `--registry ${file}: ${reason}`);
  const text = await readWhole(file, LARGEST, io, () => refuse('the file is too large'));
  return remoteHosts(parseJson(text, refuse));
}
