import { formatPath, type PathSegment } from '../../core/field-path.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { BuiltFrom, Manifest, Source } from '../../core/manifest.ts';
import { isSame } from '../../core/same.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { readManifests } from './read.ts';

/** Finds the document of a file that an object of a build was made of. */
export type FindOrigin = (built: Manifest) => Source;

/** Fields that differ, beyond which nothing of the source is as it was written. */
const MAX_CHANGED = 50;

interface Named {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};

function namedBy(value: Fields): Named {
  const metadata = fieldsAt(value, 'metadata');
  const apiVersion = textAt(value, 'apiVersion');
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: textAt(value, 'kind'),
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name'),
  };
}

const only = <Item>(items: readonly Item[]): Item | undefined => (items.length === 1 ? items[0] : undefined);

/**
 * The document that surely is the source: of the same kind and name, where there are several also of the same namespace; else, since a build may put
 * something before and behind a name, of the longest name that the built one holds.
 */
function originAmong(
  built: Named,
  candidates: readonly (Named & { readonly manifest: Manifest })[],
): Manifest | undefined {
  const ofKind = candidates.filter(
    ({ group, kind, name }) => group === built.group && kind === built.kind && name !== '',
  );
  const sameName = ofKind.filter(({ name }) => name === built.name);
  if (sameName.length > 0) {
    return (only(sameName) ?? only(sameName.filter(({ namespace }) => namespace === built.namespace)))?.manifest;
  }
  const held = ofKind.filter(({ name }) => built.name.includes(name));
  const longest = Math.max(...held.map(({ name }) => name.length));
  return only(held.filter(({ name }) => name.length === longest))?.manifest;
}

/** The paths at which two values differ, as far down as both have something. */
function* differences(a: unknown, b: unknown, path: readonly PathSegment[]): Iterable<readonly PathSegment[]> {
  if (isFields(a) && isFields(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      yield* differences(own(a, key), own(b, key), [...path, key]);
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, item] of a.entries()) yield* differences(item, b[index], [...path, index]);
  } else if (!isSame(a ?? undefined, b ?? undefined)) yield path;
}

function changedPaths(source: unknown, built: unknown): readonly string[] {
  const changed: string[] = [];
  for (const path of differences(source, built, [])) {
    changed.push(formatPath(path));
    if (changed.length > MAX_CHANGED) return [''];
  }
  return changed;
}

/** Finds origins among the objects of the files that kustomizations take. Each file is read once, whatever number of builds takes it. */
export function createOrigins(): (build: BuiltFrom, files: readonly string[]) => Promise<FindOrigin> {
  const read = new Map<string, readonly (Named & { readonly manifest: Manifest })[]>();
  const objectsIn = async (file: string): Promise<readonly (Named & { readonly manifest: Manifest })[]> => {
    const known = read.get(file);
    if (known !== undefined) return known;
    const { manifests } = await readManifests([file], { stdin: async () => Buffer.alloc(0) });
    const objects = manifests.map(manifest => ({ ...namedBy(manifest.value), manifest }));
    read.set(file, objects);
    return objects;
  };
  return async (build, files) => {
    const candidates = (await Promise.all([...new Set(files)].map(objectsIn))).flat();
    return built => {
      const origin = originAmong(namedBy(built.value), candidates);
      if (origin === undefined) return { ...sourceIn(built), line: 0, build };
      const changed = changedPaths(origin.value, built.value);
      const { name } = namedBy(origin.value);
      const writtenName = name === namedBy(built.value).name ? {} : { writtenName: name };
      return { ...sourceIn(origin), build: { ...build, changed, ...writtenName } };
    };
  };
}

const sourceIn = ({ file, document, line, pointer }: Source): Source => ({ file, document, line, pointer });

/** What helm writes above each document of its output. */
const SOURCE_COMMENT = /^# Source: [^/\n]+\/(.+)$/m;

/**
 * Finds the templates that objects come from, in the comments of helm's output. A template has no line of the object. `isFile`: whether there is a file
 * of that path; the templates of a packed subchart stand in none.
 */
export function templateOrigins(
  build: BuiltFrom,
  folder: string,
  output: string,
  isFile: (path: string) => boolean,
): FindOrigin {
  const documents = splitDocuments(output);
  return built => {
    const [, template = ''] = SOURCE_COMMENT.exec(documents[built.document]?.text ?? '') ?? [];
    const path = folder === '.' ? template : `${folder.replace(/\/+$/, '')}/${template}`;
    const isKnown = template !== '' && !template.split('/').includes('..') && isFile(path);
    return { ...sourceIn(built), line: 0, ...(isKnown && { file: path }), build };
  };
}
