import type { Issue } from '../../../core/kube/reading.ts';
import { isFields, own } from '../../../core/kube/reading.ts';
import { type ComposeFile, type ComposeSource, type Path, serviceNames } from './file.ts';
import { type ComposeIssues, Following } from './following.ts';
import type { ProjectFile } from './project-file.ts';
import { readService, type Service } from './service.ts';
import type { Variables } from './variables.ts';

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

/** The file with the variables of a project. Source: Compose specification, "Interpolation". */
const ENV_FILE = '.env';

/** Reads applications, each once, however many others include it. */
class ApplicationReader {
  readonly issues: ComposeIssues = new Map();
  readonly #source: ComposeSource;
  readonly #given: Variables | undefined;
  #following: Following;
  readonly #read = new Map<string, Application>();
  /** Files that are merged with others: they are no applications by themselves. */
  readonly #parts = new Set<string>();

  constructor(source: ComposeSource, given: Variables | undefined) {
    this.#source = source;
    this.#given = given;
    this.#following = new Following(source, this.issues);
  }

  /** Of what was read. */
  get applications(): readonly Application[] {
    return [...this.#read].flatMap(([key, one]) => (this.#parts.has(key) ? [] : [one]));
  }

  /** The application of a file that nobody names, with those that Compose merges with it unasked. */
  found(file: ComposeFile): void {
    this.#following = new Following(this.#source, this.issues);
    const variables = this.#given ?? this.#following.variables(file.folder, ENV_FILE, new Map(), undefined);
    const listed = variables.get('COMPOSE_FILE');
    const merged = listed === undefined ? this.#withOverride(file) : this.#listed(file, listed, variables);
    const isPart = merged.some(one => one.file === file.file);
    this.#application(isPart ? merged : [file], withProjectName(file, variables), []);
  }

  /** The first file of a folder by name, and what overrides it. */
  #withOverride({ file, folder }: ComposeFile): readonly ComposeFile[] {
    const first = (names: readonly string[]) =>
      names.map(one => this.#following.fileIfThere(folder, one)).find(one => one !== undefined);
    const isByName = [...OVERRIDES, ...DEFAULTS].includes(nameOf(file));
    const base = isByName ? first(DEFAULTS) : undefined;
    const override = base === undefined ? undefined : first(OVERRIDES);
    return base === undefined || override === undefined ? [] : [base, override];
  }

  /** The files that the variable COMPOSE_FILE lists. Source: Docker, "Set or change pre-defined environment variables in Docker Compose". */
  #listed({ folder }: ComposeFile, listed: string, variables: Variables): readonly ComposeFile[] {
    const separator = variables.get('COMPOSE_PATH_SEPARATOR') ?? (listed.includes(';') ? ';' : ':');
    return listed.split(separator).flatMap(name => this.#following.fileIfThere(folder, name) ?? []);
  }

  #application(
    merged: readonly ComposeFile[],
    variables: Variables,
    above: readonly string[],
  ): Application | undefined {
    const [first] = merged;
    if (first === undefined) return undefined;
    const names = merged.map(({ file }) => file);
    const key = names.join('\u0000');
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    if (names.length > 1) for (const name of names) this.#parts.add(name);
    const projects = merged.map(file => this.#following.project(file, variables));
    const included = projects.flatMap(file => this.#included(file, [...above, first.file]));
    const services = new Map(
      projects
        .flatMap(serviceNames)
        .map(name => [name, projects.flatMap(file => readService(file, name, this.#following))]),
    );
    const application = { file: first.file, services, included };
    this.#read.set(key, application);
    return application;
  }

  /** The applications that a file includes. */
  #included(file: ProjectFile, above: readonly string[]): readonly Application[] {
    const at: Path = [file.file, 'include'];
    const value = (isFields(file.value) ? own(file.value, 'include') : undefined) ?? [];
    if (!Array.isArray(value)) {
      this.#following.issue('wrong-type', at, 'must be a list of files: what is included is not judged');
      return [];
    }
    return value.flatMap((entry, index) => this.#include(file, entry, [...at, index], above) ?? []);
  }

  #include(from: ProjectFile, entry: unknown, at: Path, above: readonly string[]): Application | undefined {
    const files = this.#filesOf(from, entry, at);
    const [first] = files;
    if (first === undefined) return undefined;
    const isCircle = above.includes(first.file);
    if (!isCircle && above.length <= MAX_INCLUDED)
      return this.#application(files, this.#variablesOf(from, entry, first.folder, at), above);
    const message = isCircle
      ? 'it includes itself, which Compose refuses'
      : `more than ${MAX_INCLUDED} files include one another: it is not judged`;
    this.#following.issue(isCircle ? 'circle' : 'too-deep', at, message);
    return undefined;
  }

  /** A path, or an object with a path or several, which are merged, and the folder against which they name others. */
  #filesOf(from: ProjectFile, entry: unknown, at: Path): readonly ComposeFile[] {
    const { folder } = from;
    const path = isFields(entry) ? own(entry, 'path') : entry;
    const within = isFields(entry) ? own(entry, 'project_directory') : undefined;
    const paths = Array.isArray(path) ? path : [path];
    const files = paths.flatMap((text, index) => {
      const place = [...at, ...(isFields(entry) ? ['path'] : []), ...(Array.isArray(path) ? [index] : [])];
      if (typeof text === 'string') return this.#following.file(from, text, place) ?? [];
      this.#following.issue('wrong-type', place, 'must be the path of a file: what is included is not judged');
      return [];
    });
    const project = typeof within === 'string' ? `${folder === '' ? '.' : folder}/${within}` : files[0]?.folder;
    return files.map(file => ({ ...file, folder: project ?? file.folder }));
  }

  /** Of an entry that names no files with variables, those of the folder of its project. What the project that includes it sets counts before them. */
  #variablesOf(from: ProjectFile, entry: unknown, folder: string, at: Path): Variables {
    const named = isFields(entry) ? own(entry, 'env_file') : undefined;
    const names = (Array.isArray(named) ? named : [named]).filter(name => typeof name === 'string');
    if (names.length === 0) return this.#following.variables(folder, ENV_FILE, from.variables, undefined);
    // Of several the last counts: each is put behind those after it.
    return names.reduceRight(
      (after: Variables, name) => this.#following.variables(from.folder, name, after, [...at, 'env_file']),
      from.variables,
    );
  }
}

/** The name of the project, which Compose sets: that of its file, or of its folder. */
function withProjectName({ value, folder }: ComposeFile, variables: Variables): Variables {
  const name = isFields(value) ? own(value, 'name') : undefined;
  const set = new Map([['COMPOSE_PROJECT_NAME', typeof name === 'string' ? name : nameOf(folder)]]);
  return new Map([...set, ...variables]);
}

/** What became of Compose files. The paths of issues begin with the file. */
export interface ReadApplications {
  readonly applications: readonly Application[];
  readonly issues: readonly Issue[];
}

/**
 * The applications of files that were found, and of those that they include. What extends, includes or overrides is put together, and variables get their
 * values, as the Compose specification has it (include, extends, merge, interpolation). `given`: variables in place of those of `.env` files.
 */
export function readApplications(
  found: readonly ComposeFile[],
  source: ComposeSource,
  given?: Variables,
): ReadApplications {
  const reader = new ApplicationReader(source, given);
  for (const file of found) reader.found(file);
  return { applications: reader.applications, issues: [...reader.issues.values()] };
}
