import { resolve } from 'node:path';
import { type EnforcedNamespaces, readEnforced } from '../../app/enforced-namespaces.ts';
import { readBytes, reasonText } from './read-bytes.ts';
import { watchFile } from './watch-file.ts';

/** The namespaces that enforced, as a file holds them that the controller fills. */
export interface EnforcedNamespacesFile {
  has(name: string): boolean;
  /** Looks at the file regularly. `onReload` is told what is wrong with it; empty: nothing. Returns what stops that. */
  watch(pollMs: number, onReload: (trouble: string) => void): () => void;
}

/** A file that is not there holds nothing yet. One that cannot be read changes nothing: the last good one stays. */
export function openEnforcedNamespaces(file: string, workingFolder: string): EnforcedNamespacesFile {
  const path = resolve(workingFolder, file);
  let known: EnforcedNamespaces = new Map();
  const load = (): string => {
    const read = readBytes(path);
    if (read.kind === 'failed' && read.code === 'ENOENT') {
      known = new Map();
      return '';
    }
    if (read.kind === 'failed') return `${file} cannot be read: ${reasonText(read.code)}`;
    const next = readEnforced(read.bytes.toString('utf8'));
    if (next === undefined) return `${file} is no JSON object of days by namespace`;
    known = next;
    return '';
  };
  load();
  return {
    has: name => known.has(name),
    watch: (pollMs, onReload) => watchFile(path, pollMs, () => onReload(load())),
  };
}
