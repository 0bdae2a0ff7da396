import { formatPath } from '../../../core/field-path.ts';
import type { Issue } from '../../../core/kube/reading.ts';
import { hasReference, withoutReferences } from '../references.ts';
import type { ComposeFile, OpenFile, Path } from './file.ts';

/** Files that are read because others name them, from one that was found. */
const MAX_FOLLOWED = 10_000;
/** Values of what services extend, counted each time; far more than files of people hold. */
const MAX_VALUES = 5_000_000;

/** Stands for a variable without a default. No path can hold it. */
const UNKNOWN = '\u0000';

/** The number of values in a value; its depth is bounded where it is read. */
const valuesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1)
    : 1;

/** What there is to say about Compose files, by its kind and place: once, however many services lead there. The paths begin with the file. */
export type ComposeIssues = Map<string, Issue>;

/** Follows what Compose files name, within bounds. */
export class Following {
  readonly #open: OpenFile;
  readonly #issues: ComposeIssues;
  #followed = 0;
  #values = 0;

  constructor(open: OpenFile, issues: ComposeIssues) {
    this.#open = open;
    this.#issues = issues;
  }

  issue(code: string, at: Path, message: string): void {
    const path = formatPath(at);
    this.#issues.set(`${code} ${path}`, { severity: 'error', code, path, message });
  }

  /** The file that is named at a field; `undefined` where it is not read, which is an issue. */
  file(folder: string, text: string, at: Path): ComposeFile | undefined {
    const path = withoutReferences(text, UNKNOWN);
    if (path.includes(UNKNOWN)) {
      const which = hasReference(text) ? 'a variable says which file this is' : 'this is no path';
      this.issue('file-not-followed', at, `${which}: it is not read`);
      return undefined;
    }
    this.#followed += 1;
    if (this.#followed > MAX_FOLLOWED) {
      this.issue('too-many-files', at, `more than ${MAX_FOLLOWED} files are named by others: this one is not read`);
      return undefined;
    }
    const opened = this.#open(folder, path);
    if (opened.kind === 'file') return opened.file;
    const message =
      opened.kind === 'absent' ? 'there is no such file: what it would add is not judged' : opened.message;
    this.issue(opened.kind === 'absent' ? 'file-not-found' : 'file-not-followed', at, message);
    return undefined;
  }

  /** A file that Compose takes where it is there, and that nobody names. */
  fileIfThere(folder: string, path: string): ComposeFile | undefined {
    const opened = this.#open(folder, path);
    return opened.kind === 'file' ? opened.file : undefined;
  }

  /** Whether what a service extends may be put together with it. */
  affords(extended: unknown, at: Path): boolean {
    if (this.#values <= MAX_VALUES) this.#values += valuesIn(extended);
    if (this.#values <= MAX_VALUES) return true;
    this.issue('too-large', at, 'what services extend is too large in all: it is not judged');
    return false;
  }
}
