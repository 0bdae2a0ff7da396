import { existsSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { isScalar, isSeq, parseDocument, type Scalar } from 'yaml';
import { applySplices, pairOf } from '../yaml/splice.ts';
import { appendItems } from './splice-excepts.ts';

/** Names under which kustomize reads a kustomization. */
const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** The kustomization of a folder or of the nearest one above it; `undefined` where there is none. Looks no further up than a path without `..` goes. */
export function kustomizationAbove(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = NAMES.map(name => join(folder, name)).find(path => existsSync(path));
    if (found !== undefined) return found;
    if (folder === dirname(folder) || folder === '.' || folder.endsWith('..')) return undefined;
  }
}

/** What becomes of the `resources` of a kustomization. */
export type Listed =
  | { readonly kind: 'added'; readonly text: string; readonly entry: string }
  | { readonly kind: 'known' }
  /** A clause for the user: it is not built, or not by this one. */
  | { readonly kind: 'refused'; readonly reason: string };

const BY_HAND = 'add it by hand where it is to be built';

/** Adds a file to the `resources` of a kustomization that lists the one beside which it stands, or is that one itself. Comments, order and style stay. */
export function addToResources(text: string, kustomization: string, beside: string, added: string): Listed {
  const entryOf = (file: string): string => relative(dirname(kustomization), file).split(sep).join('/');
  const entry = entryOf(added);
  const list = pairOf(parseDocument(text, { logLevel: 'silent' }).contents, 'resources')?.value;
  const items = isSeq(list) ? list.items.filter(item => isScalar(item)) : [];
  const names = items.map(({ value }) => normalize(String(value)).split(sep).join('/'));
  if (names.includes(entry)) return { kind: 'known' };
  const isListed = beside === kustomization || names.includes(entryOf(beside));
  const last: Scalar | undefined = items.at(-1);
  if (!isSeq(list) || !isListed || last === undefined)
    return {
      kind: 'refused',
      reason: `${kustomization} does not list ${entryOf(beside)}, so neither ${entry}: ${BY_HAND}`,
    };
  const after = applySplices(text, appendItems(text, list, last, [entry]));
  const written: unknown = parseDocument(after, { logLevel: 'silent' }).toJS()?.resources;
  const isMeant = Array.isArray(written) && written.length === list.items.length + 1 && written.at(-1) === entry;
  return isMeant ? { kind: 'added', text: after, entry } : { kind: 'refused', reason: `${kustomization}: ${BY_HAND}` };
}
