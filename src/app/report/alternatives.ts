import type { Source } from '../../core/manifest.ts';
import { isSame } from '../../core/same.ts';
import { buildWorld } from '../../core/world/build.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import type { DecodedInput, InputObject, ManifestIssue } from './check.ts';

/**
 * Objects of which an input holds several documents: environments that are told apart by their folders alone, a base beside its patch, two charts that
 * were rendered into one stream. Which of them is deployed cannot be told, so each is judged among those that it stands closest to.
 */

/** All documents of an object that has several, in the order of the input; by the key of {@link DecodedInput.objects}. */
export type Duplicates = ReadonlyMap<string, readonly InputObject[]>;

/** A world in which some objects are as another document than the last has them. */
export interface Alternative {
  readonly world: World;
  /** The documents that differ from the last of their object, by key. */
  readonly chosen: ReadonlyMap<string, InputObject>;
}

/** Bounds on the work, all inclusive: different documents of one object, choices of one document of each such object, and the worlds that they make. */
const MAX_DOCUMENTS = 64;
const MAX_CHOICES = 1_000_000;
const MAX_WORLDS = 256;

const placeText = ({ file, line }: Source): string => {
  if (file === '-') return `line ${line} of standard input`;
  return line === 0 ? file : `${file}:${line}`;
};

/** One issue for each document after the first. `says`: what becomes of them, as the end of a sentence. */
export function duplicateIssues(duplicates: Duplicates, says: string): readonly ManifestIssue[] {
  return [...duplicates.values()].flatMap(documents =>
    documents.slice(1).map(({ object, manifest }, index): ManifestIssue => {
      const { kind, namespace, name } = refOf(object);
      const named = namespace === '' ? name : `${namespace}/${name}`;
      const earlier = documents[index]?.manifest ?? manifest;
      const message = `${kind} ${named} is also at ${placeText(earlier)}: ${says}`;
      return { severity: 'warning', code: 'duplicate-object', path: 'metadata.name', message, manifest };
    }),
  );
}

/** A folder and those above it, the nearest first; the empty one last. */
function foldersOf(file: string): readonly string[] {
  const parts = file.split(/[\\/]/).slice(0, -1);
  return [...parts.keys(), parts.length].map(count => parts.slice(0, count).join('/')).reverse();
}

/** The documents of one object, by where they stand. */
class Documents {
  readonly last: InputObject | undefined;
  readonly #byFile: ReadonlyMap<string, readonly InputObject[]>;
  readonly #lastIn = new Map<string, InputObject>();
  /** Documents that say the same count as one. */
  readonly #same = new Map<InputObject, InputObject>();
  readonly isTooMany: boolean;

  constructor(documents: readonly InputObject[]) {
    const different: InputObject[] = [];
    this.#byFile = Map.groupBy(documents, ({ manifest }) => manifest.file);
    this.last = documents.at(-1);
    for (const one of documents) {
      for (const folder of foldersOf(one.manifest.file)) this.#lastIn.set(folder, one);
      const known = different.find(other => isSame(other.object, one.object));
      this.#same.set(one, known ?? one);
      if (known === undefined && different.length <= MAX_DOCUMENTS) different.push(one);
    }
    this.isTooMany = different.length > MAX_DOCUMENTS;
  }

  /** Files that hold the object, with how often each does. */
  places(): readonly { readonly file: string; readonly turn: number }[] {
    return [...this.#byFile].flatMap(([file, documents]) => [...documents.keys()].map(turn => ({ file, turn })));
  }

  /** The document that stands closest to a place: in the same file, else in the nearest folder. */
  closestTo(file: string, turn: number): InputObject | undefined {
    const inFile = this.#byFile.get(file);
    if (inFile !== undefined) return inFile[turn] ?? inFile.at(-1);
    const folder = foldersOf(file).find(one => this.#lastIn.has(one));
    return folder === undefined ? this.last : this.#lastIn.get(folder);
  }

  isLast(document: InputObject): boolean {
    return this.last === undefined || this.#same.get(document) === this.#same.get(this.last);
  }
}

function choiceAt(objects: ReadonlyMap<string, Documents>, file: string, turn: number): Alternative['chosen'] {
  const chosen = new Map<string, InputObject>();
  for (const [key, documents] of objects) {
    const closest = documents.closestTo(file, turn);
    if (closest !== undefined && !documents.isLast(closest)) chosen.set(key, closest);
  }
  return chosen;
}

const signatureOf = (chosen: Alternative['chosen']): string =>
  JSON.stringify(
    [...chosen].map(([key, { manifest }]) => [key, manifest.file, manifest.document, ...manifest.pointer]),
  );

/**
 * The worlds that the documents of one object make, besides the one of {@link DecodedInput.world} in which the last of each stands: one for each place
 * that has a document, where all objects are as the documents closest to it say. `undefined` where there are too many to look at.
 */
export function alternativesOf(input: DecodedInput): readonly Alternative[] | undefined {
  const objects = new Map([...input.duplicates].map(([key, documents]) => [key, new Documents(documents)]));
  const places = new Map(
    [...objects.values()].flatMap(one => one.places()).map(place => [`${place.turn} ${place.file}`, place]),
  );
  const isTooMany = places.size * objects.size > MAX_CHOICES || [...objects.values()].some(one => one.isTooMany);
  if (isTooMany) return undefined;
  const choices = new Map<string, Alternative['chosen']>();
  for (const { file, turn } of places.values()) {
    const chosen = choiceAt(objects, file, turn);
    if (chosen.size > 0) choices.set(signatureOf(chosen), chosen);
  }
  if (choices.size > MAX_WORLDS) return undefined;
  return [...choices.values()].map(chosen => ({ chosen, world: worldWith(input, chosen) }));
}

function worldWith({ objects }: DecodedInput, chosen: Alternative['chosen']): World {
  return buildWorld([...objects].map(([key, { object }]) => chosen.get(key)?.object ?? object));
}
