import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { readDocuments } from './yaml-file.ts';

/** What an entry of a kustomization may lead to. `any`: a file or a folder; `file-or-text`: a file, or YAML written in its place. */
type EntryKind = 'any' | 'folder' | 'file' | 'file-or-text' | 'plugin';

/** One thing that a kustomization loads, as it is written. */
export interface Entry {
  readonly kind: EntryKind;
  readonly text: string;
  /** What is loaded are objects, rather than changes to them or data. */
  readonly isResource: boolean;
}

interface Kustomization {
  readonly kind: 'Kustomization' | 'Component';
  readonly entries: readonly Entry[];
  /** Behind the first document, which alone kustomize reads, there are others. */
  readonly hasMore: boolean;
}

export type ReadKustomization =
  | { readonly kind: 'kustomization'; readonly kustomization: Kustomization }
  /** It is another tool's file, as a Kustomization of Flux, or empty. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The names that kustomize looks for in a folder. Source: kustomize, api/konfig/general.go. */
export const KUSTOMIZATION_NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

const API_GROUP = 'kustomize.config.k8s.io/';
const KINDS: readonly unknown[] = ['Kustomization', 'Component'];

/** Go takes the fields of JSON in any case of their letters, after Unicode's simple folding. */
const folded = (key: string): string => key.toUpperCase().toLowerCase();

/** All values under the name, however its letters are cased: the builder takes one of them, and which one is its own affair. */
const under = (fields: Fields, name: string): readonly unknown[] =>
  Object.keys(fields).flatMap(key => (folded(key) === folded(name) ? [own(fields, key)] : []));

const textsIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(item => typeof item === 'string' && item !== '');

const itemsIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** The texts at a path of fields; a list on the way stands for each of its items. */
function textsAt(value: unknown, [name, ...rest]: readonly string[]): readonly string[] {
  if (name === undefined) return textsIn(value);
  return itemsIn(value).flatMap(item =>
    isFields(item) ? under(item, name).flatMap(found => textsAt(found, rest)) : [],
  );
}

/** Every field that makes kustomize load something. Source: kustomize, api/types/kustomization.go. */
const LOADING_FIELDS: readonly (readonly [path: string, kind: EntryKind, isResource?: true])[] = [
  ['resources', 'any', true],
  ['bases', 'folder', true],
  ['components', 'folder', true],
  ['crds', 'file'],
  ['configurations', 'file'],
  ['generators', 'plugin'],
  ['transformers', 'plugin'],
  ['validators', 'plugin'],
  ['patches', 'file-or-text'],
  ['patches.path', 'file'],
  ['patchesStrategicMerge', 'file-or-text'],
  ['patchesJson6902.path', 'file'],
  ['replacements.path', 'file'],
  ['openapi.path', 'file'],
  ['configMapGenerator.files', 'file'],
  ['configMapGenerator.envs', 'file'],
  ['configMapGenerator.env', 'file'],
  ['secretGenerator.files', 'file'],
  ['secretGenerator.envs', 'file'],
  ['secretGenerator.env', 'file'],
  ['helmCharts.valuesFile', 'file'],
  ['helmCharts.additionalValuesFiles', 'file'],
  ['helmCharts.repo', 'file'],
];

/** Fields of a generator's or a transformer's own document that name files. */
const PLUGIN_FIELDS: readonly string[] = ['path', 'paths', 'files', 'envs', 'env', 'valuesFile'];

function entriesOf(fields: Fields): readonly Entry[] {
  return LOADING_FIELDS.flatMap(([path, kind, isResource = false]) =>
    textsAt(fields, path.split('.')).map(text => ({ kind, text, isResource })),
  );
}

function isKustomization(fields: Fields): boolean {
  const [apiVersion, kind] = ['apiVersion', 'kind'].map(name => under(fields, name)[0]);
  const isOfGroup = apiVersion === undefined || (typeof apiVersion === 'string' && apiVersion.startsWith(API_GROUP));
  return isOfGroup && (kind === undefined || KINDS.includes(kind));
}

/** Reads a file that is called as a kustomization is. Never throws. */
export function readKustomization(file: string): ReadKustomization {
  const { values, fault } = readDocuments(file);
  const [first, ...more] = values;
  if (first === undefined) return fault === undefined ? { kind: 'other' } : { kind: 'unreadable', reason: fault };
  if (!isFields(first) || !isKustomization(first)) return { kind: 'other' };
  const kind = under(first, 'kind')[0] === 'Component' ? 'Component' : 'Kustomization';
  const hasMore = more.length > 0 || fault !== undefined;
  return { kind: 'kustomization', kustomization: { kind, entries: entriesOf(first), hasMore } };
}

/** What the configuration of a generator or a transformer loads. Nothing where it cannot be read. */
export function pluginEntries(file: string): readonly Entry[] {
  return readDocuments(file).values.flatMap(value =>
    isFields(value)
      ? PLUGIN_FIELDS.flatMap(field => textsAt(value, [field])).map(
          (text): Entry => ({ kind: 'file', text, isResource: false }),
        )
      : [],
  );
}
