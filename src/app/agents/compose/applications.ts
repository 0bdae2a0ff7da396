import type { Issue } from '../../../core/kube/reading.ts';
import { isFields, own } from '../../../core/kube/reading.ts';
import { type ComposeFile, type OpenFile, type Path, serviceNames } from './file.ts';
import { type ComposeIssues, Following } from './following.ts';
import { readService, type Service } from './service.ts';

/** What Compose runs of a file, with those that are merged with it. */
export interface Application {
  /** The first of its files: the others are merged over it. */
  readonly file: string;
  readonly services: ReadonlyMap<string, Service>;
  /** Its services see theirs. No service is in two of them. */
  readonly included: readonly Application[];
}

/** What Compose takes where no file is named, the first that is there. Source: compose-go, `DefaultFileNames`, `DefaultOverrideFileNames`. */
const DEFAULTS = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES = DEFAULTS.map(name => name.replace('.', '.override.')).sort();

/** Applications that include one another in a row. */
const MAX_INCLUDED = 32;

const nameOf = (file: string): string => file.slice(file.search(/[^\\/]*$/));

/** Reads applications, each once, however many others include it. */
class ApplicationReader {
  readonly issues: ComposeIssues = new Map();
  readonly #open: OpenFile;
  #following: Following;
  readonly #read = new Map<string, Application>();
  /** Files that are merged with others: they are no applications by themselves. */
  readonly #parts = new Set<string>();

  constructor(open: OpenFile) {
    this.#open = open;
    this.#following = new Following(open, this.issues);
  }

  /** Of what was read. */
  get applications(): readonly Application[] {
    return [...this.#read].flatMap(([key, one]) => (this.#parts.has(key) ? [] : [one]));
  }

  /** The application of a file that nobody names, with the one that Compose merges over it unasked. */
  found(file: ComposeFile): void {
    this.#following = new Following(this.#open, this.issues);
    const name = nameOf(file.file);
    const first = (names: readonly string[]) =>
      names.map(one => this.#following.fileIfThere(file.folder, one)).find(one => one !== undefined);
    const base = OVERRIDES.includes(name) || DEFAULTS.includes(name) ? first(DEFAULTS) : undefined;
    const override = base === undefined ? undefined : first(OVERRIDES);
    if (base !== undefined && override !== undefined && [base.file, override.file].includes(file.file))
      this.#application([base, override], []);
    else this.#application([file], []);
  }

  #application(merged: readonly ComposeFile[], above: readonly string[]): Application | undefined {
    const [first] = merged;
    if (first === undefined) return undefined;
    const names = merged.map(({ file }) => file);
    const key = names.join('\u0000');
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    if (names.length > 1) for (const name of names) this.#parts.add(name);
    const included = merged.flatMap(file => this.#included(file, [...above, first.file]));
    const services = new Map(
      merged
        .flatMap(serviceNames)
        .map(name => [name, merged.flatMap(file => readService(file, name, this.#following))]),
    );
    const application = { file: first.file, services, included };
    this.#read.set(key, application);
    return application;
  }

  /** The applications that a file includes. */
  #included(file: ComposeFile, above: readonly string[]): readonly Application[] {
    const at: Path = [file.file, 'include'];
    const value = (isFields(file.value) ? own(file.value, 'include') : undefined) ?? [];
    if (!Array.isArray(value)) {
      this.#following.issue('wrong-type', at, 'must be a list of files: what is included is not judged');
      return [];
    }
    return value.flatMap((entry, index) => this.#include(file, entry, [...at, index], above) ?? []);
  }

  #include(from: ComposeFile, entry: unknown, at: Path, above: readonly string[]): Application | undefined {
    const files = this.#filesOf(from, entry, at);
    const [first] = files;
    if (first === undefined) return undefined;
    const isCircle = above.includes(first.file);
    if (!isCircle && above.length <= MAX_INCLUDED) return this.#application(files, above);
    const message = isCircle
      ? 'it includes itself, which Compose refuses'
      : `more than ${MAX_INCLUDED} files include one another: it is not judged`;
    this.#following.issue(isCircle ? 'circle' : 'too-deep', at, message);
    return undefined;
  }

  /** A path, or an object with a path or several, which are merged, and the folder against which they name others. */
  #filesOf({ folder }: ComposeFile, entry: unknown, at: Path): readonly ComposeFile[] {
    const path = isFields(entry) ? own(entry, 'path') : entry;
    const within = isFields(entry) ? own(entry, 'project_directory') : undefined;
    const paths = Array.isArray(path) ? path : [path];
    const files = paths.flatMap((text, index) => {
      const place = [...at, ...(isFields(entry) ? ['path'] : []), ...(Array.isArray(path) ? [index] : [])];
      if (typeof text === 'string') return this.#following.file(folder, text, place) ?? [];
      this.#following.issue('wrong-type', place, 'must be the path of a file: what is included is not judged');
      return [];
    });
    const project = typeof within === 'string' ? `${folder === '' ? '.' : folder}/${within}` : files[0]?.folder;
    return files.map(file => ({ ...file, folder: project ?? file.folder }));
  }
}

/** What became of Compose files. The paths of issues begin with the file. */
export interface ReadApplications {
  readonly applications: readonly Application[];
  readonly issues: readonly Issue[];
}

/**
 * The applications of files that were found, and of those that they include. What extends, includes or overrides is put together as the Compose
 * specification has it (include, extends, merge); `.env` files are not read.
 */
export function readApplications(found: readonly ComposeFile[], open: OpenFile): ReadApplications {
  const reader = new ApplicationReader(open);
  for (const file of found) reader.found(file);
  return { applications: reader.applications, issues: [...reader.issues.values()] };
}
