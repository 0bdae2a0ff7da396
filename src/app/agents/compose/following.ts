import { formatPath } from '../../../core/field-path.ts';
import type { Issue } from '../../../core/kube/reading.ts';
import { readEnvFile } from './env-file.ts';
import type { ComposeFile, ComposeSource, OpenedFile, OpenedText, Path } from './file.ts';
import { type ProjectFile, withVariables } from './project-file.ts';
import type { Unset, Variables } from './variables.ts';

/** Files that are read because others name them, from one that was found. */
const MAX_FOLLOWED = 10_000;
/** Values of what services extend, and variables of files, counted each time; far more than files of people hold. */
const MAX_VALUES = 5_000_000;

/** The number of values in a value; its depth is bounded where it is read. */
const valuesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1)
    : 1;

/** What there is to say about Compose files, by its kind and place: once, however many services lead there. The paths begin with the file. */
export type ComposeIssues = Map<string, Issue>;

/** Fields of a service that say what runs, and who reaches it. */
const RUNS: ReadonlySet<unknown> = new Set(['image', 'command', 'entrypoint', 'ports', 'network_mode']);

const saysWhatRuns = ([first, , field]: Path): boolean => first === 'services' && RUNS.has(field);

function unsetText(unset: readonly Unset[]): string {
  const names = [...new Set(unset.map(({ name }) => name))].join(', ');
  const without = unset.some(({ isRequired }) => isRequired) ? ', without which Compose does not start' : '';
  return `no file that Compose reads here sets ${names}${without}: it is taken as empty`;
}

/** Follows what Compose files name, within bounds. */
export class Following {
  readonly #source: ComposeSource;
  readonly #issues: ComposeIssues;
  readonly #projects = new Map<Variables, Map<string, ProjectFile>>();
  /** Files with variables that were told not to be there: many services name one. */
  readonly #absent = new Set<string>();
  #followed = 0;
  #values = 0;

  constructor(source: ComposeSource, issues: ComposeIssues) {
    this.#source = source;
    this.#issues = issues;
  }

  issue(code: string, at: Path, message: string, severity: Issue['severity'] = 'error'): void {
    const path = formatPath(at);
    this.#issues.set(`${code} ${path}`, { severity, code, path, message });
  }

  warn(code: string, at: Path, message: string): void {
    this.issue(code, at, message, 'warning');
  }

  /** The file that is named at a field; `undefined` where it is not read, which is an issue. */
  file(from: ProjectFile, text: string, at: Path): ComposeFile | undefined {
    if (from.unset.has(formatPath(at.slice(1))) || text.includes('\u0000')) {
      const which = text.includes('\u0000')
        ? 'this is no path'
        : 'a variable that no file sets says which file this is';
      this.issue('file-not-followed', at, `${which}: it is not read`);
      return undefined;
    }
    const opened = this.#counted(at, () => this.#source.open(from.folder, text));
    if (opened?.kind === 'file') return opened.file;
    if (opened?.kind === 'absent')
      this.issue('file-not-found', at, 'there is no such file: what it would add is not judged');
    if (opened?.kind === 'unread') this.issue('file-not-followed', at, opened.message);
    return undefined;
  }

  /** A file that Compose takes where it is there, and that nobody names. */
  fileIfThere(folder: string, path: string): ComposeFile | undefined {
    const opened = this.#source.open(folder, path);
    return opened.kind === 'file' ? opened.file : undefined;
  }

  /** Variables of a file, behind those of `outer`. `at`: where the file is named; `undefined`: nobody names it, and it need not be there. */
  variables(folder: string, path: string, outer: Variables, at: Path | undefined): Variables {
    const open = (): OpenedText => this.#source.text(folder, path);
    const opened = at === undefined ? open() : this.#counted(at, open);
    if (opened?.kind === 'absent' && at !== undefined) this.#toldAbsent(`${folder}\u0000${path}`, at);
    if (opened?.kind === 'unread') this.warn('file-not-followed', at ?? [path], opened.message);
    if (opened?.kind !== 'text') return outer;
    const { variables, unreadable } = readEnvFile(opened.text, outer);
    if (unreadable !== undefined)
      this.warn('unreadable-variables', [opened.file], `this cannot be read from line ${unreadable} on`);
    this.#values += variables.size;
    return variables.size === 0 ? outer : new Map([...variables, ...outer]);
  }

  #toldAbsent(file: string, at: Path): void {
    if (!this.#absent.has(file))
      this.warn('file-not-found', at, 'there is no such file: which variables it sets is not known');
    this.#absent.add(file);
  }

  /** A file with the values of variables. What runs of it is told where it depends on one that no file sets. */
  project(file: ComposeFile, variables: Variables): ProjectFile {
    const known = this.#projects.get(variables) ?? new Map<string, ProjectFile>();
    this.#projects.set(variables, known);
    const key = `${file.file}\u0000${file.folder}`;
    const project = known.get(key) ?? this.#told(withVariables(file, variables));
    known.set(key, project);
    return project;
  }

  /** Whether what a service extends may be put together with it. */
  affords(extended: unknown, at: Path): boolean {
    if (this.#values <= MAX_VALUES) this.#values += valuesIn(extended);
    if (this.#values <= MAX_VALUES) return true;
    this.issue(
      'too-large',
      at,
      'what services extend, and the files of their variables, are too large in all: it is not judged',
    );
    return false;
  }

  #told(project: ProjectFile): ProjectFile {
    const { file, unset, invalid, isTooLarge } = project;
    for (const { path, variables } of unset.values())
      if (saysWhatRuns(path)) this.warn('unset-variable', [file, ...path], unsetText(variables));
    for (const path of invalid.filter(([first]) => first === 'services' || first === 'include'))
      this.warn(
        'invalid-variable',
        [file, ...path],
        'Compose refuses what ${ begins here: it is no variable, and $${ is plain text',
      );
    if (isTooLarge)
      this.issue('too-large', [file], 'the values of its variables are too large in all: it is not judged as a whole');
    return project;
  }

  #counted<Opened extends OpenedFile | OpenedText>(at: Path, open: () => Opened): Opened | undefined {
    this.#followed += 1;
    if (this.#followed <= MAX_FOLLOWED) return open();
    this.issue('too-many-files', at, `more than ${MAX_FOLLOWED} files are named by others: this one is not read`);
    return undefined;
  }
}
