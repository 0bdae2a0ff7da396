import { formatPath, type PathSegment } from '../../../core/field-path.ts';
import { isFields } from '../../../core/kube/reading.ts';
import type { ComposeFile, Path } from './file.ts';
import { Substitution, type Unset, type Variables } from './variables.ts';

/** A Compose file with the values of its variables, as those of a project are. */
export interface ProjectFile extends ComposeFile {
  /** By which the files that it names are read too. */
  readonly variables: Variables;
  /** As it stands in the file, before variables are put in. */
  readonly written: unknown;
  /** Field path → the variables in its text that no file sets. Without the path of the file. */
  readonly unset: ReadonlyMap<string, UnsetPlace>;
  /** Fields with a `$` that Compose refuses. */
  readonly invalid: readonly Path[];
  /** Values of variables are more than {@link MAX_SUBSTITUTED} characters: not all are put in. */
  readonly isTooLarge: boolean;
}

interface UnsetPlace {
  readonly path: Path;
  readonly variables: readonly Unset[];
}

/** Characters of values that are put into one file. */
const MAX_SUBSTITUTED = 10_000_000;

/** Puts the values of variables into all texts of a file, of which keys are none. */
export function withVariables(file: ComposeFile, variables: Variables): ProjectFile {
  const substitution = new Substitution(variables, MAX_SUBSTITUTED);
  const unset = new Map<string, UnsetPlace>();
  const invalid: Path[] = [];
  const ofText = (text: string, path: Path): string => {
    if (!text.includes('$')) return text;
    const one = substitution.of(text);
    if (one.unset.length > 0) unset.set(formatPath(path), { path, variables: one.unset });
    if (!one.isValid) invalid.push(path);
    return one.text;
  };
  const of = (value: unknown, path: Path): unknown => {
    const inner = (key: PathSegment, one: unknown): unknown => of(one, [...path, key]);
    if (typeof value === 'string') return ofText(value, path);
    if (Array.isArray(value)) return value.map((one, index) => inner(index, one));
    if (!isFields(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(key, one)]));
  };
  const value = of(file.value, []);
  return { ...file, value, written: file.value, variables, unset, invalid, isTooLarge: substitution.isFull };
}
