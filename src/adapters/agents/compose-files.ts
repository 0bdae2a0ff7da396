import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative } from 'node:path';
import type { ComposeFile, ComposeSource, OpenedFile, OpenedText } from '../../app/agents/compose/file.ts';
import type { FieldPlace } from '../../app/agents/report/report-on-clients.ts';
import { formatPath, parsePath } from '../../core/field-path.ts';
import type { Problem } from '../../core/manifest.ts';
import type { Text } from '../yaml/text.ts';
import { type ReadConfiguration, readConfigurationFile } from './configuration-file.ts';

type Locate = Extract<ReadConfiguration, { kind: 'value' }>['locate'];

/** A file that Compose fetches: from a registry, a repository. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|oci:|git@|github\.com\/)/i;

const TAG = /^(?:"[^"]*"|'[^']*'|[^\s:]+)\s*:\s*!(reset|override)(?=\s|$)/;

/** Finds `!reset` and `!override`, which plain data does not carry, where fields stand. Most files have none. */
function tagsIn(text: string, locate: Locate): ComposeFile['tagAt'] {
  if (!/!(?:reset|override)\b/.test(text)) return () => undefined;
  const lines = text.split('\n');
  return path => {
    const { line, column } = locate(formatPath(path));
    const tag = TAG.exec((lines[line - 1] ?? '').slice(column - 1))?.[1];
    return tag === 'reset' || tag === 'override' ? tag : undefined;
  };
}

/** Where links lead; of what is not there, as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const isIn = (folder: string, file: string): boolean => {
  const way = relative(folder, file);
  return way !== '' && !/^\.\.(?:[\\/]|$)/.test(way) && !isAbsolute(way);
};

/** Whether a file is in one of the folders, as it is written and where its links lead. */
const isWithin = (file: string, folders: readonly string[]): boolean =>
  folders.some(folder => isIn(folder, file)) && folders.some(folder => isIn(realPath(folder), realPath(file)));

/** The folder that a path of the user lets be read: the folder with all in it, or that of the file. */
const folderOf = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path);

type Loaded = { readonly text: string; readonly read: ReadConfiguration } | { readonly problem: Problem };

/** A Compose file that was opened, and what is wrong with the file itself. */
interface Opened {
  readonly opened: OpenedFile;
  readonly problem?: Problem;
  readonly locate: Locate;
}

const START: Locate = () => ({ line: 0, column: 0 });

function openLoaded(file: string, loaded: Loaded): Opened {
  const refused = (problem: Problem, message: string): Opened => {
    const opened: OpenedFile = problem.code === 'not-found' ? { kind: 'absent' } : { kind: 'unread', message };
    return { opened, problem, locate: START };
  };
  if ('problem' in loaded) return refused(loaded.problem, `it cannot be read: ${loaded.problem.message}`);
  const { text, read } = loaded;
  if (read.kind === 'problem')
    return refused(read.problem, `it cannot be read: ${read.problem.message} (line ${read.problem.line})`);
  const { value, locate } = read;
  return {
    opened: { kind: 'file', file: { file, folder: dirname(file), value, tagAt: tagsIn(text, locate) } },
    locate,
  };
}

/** Compose files by their paths, each read once: those in what the user named, and nothing else, whoever asks for it. */
export class ComposeFiles implements ComposeSource {
  readonly #folders: readonly string[];
  readonly #load: (file: string) => Text;
  readonly #known = new Map<string, Opened>();
  /** Normalized path → as the user gave it. */
  readonly #given = new Map<string, string>();

  constructor(paths: readonly string[], load: (file: string) => Text) {
    this.#folders = paths.map(folderOf);
    this.#load = load;
  }

  /** A file that the search found, with what is wrong with it. */
  found(file: string): { readonly opened: OpenedFile; readonly problem?: Problem } {
    this.#given.set(normalize(file), file);
    return this.#file(normalize(file));
  }

  /** A file that another names. */
  readonly open = (folder: string, path: string): OpenedFile =>
    this.#within(folder, path, file => this.#file(file).opened);

  /** A file with variables. */
  readonly text = (folder: string, path: string): OpenedText =>
    this.#within(folder, path, file => {
      const loaded = this.#load(file);
      if (loaded.kind === 'text') return { kind: 'text', file, text: loaded.text };
      const { code, message } = loaded.problem;
      return code === 'not-found' ? { kind: 'absent' } : { kind: 'unread', message: `it cannot be read: ${message}` };
    });

  #within<Opened>(
    folder: string,
    path: string,
    open: (file: string) => Opened,
  ): Opened | { kind: 'unread'; message: string } {
    if (REMOTE.test(path)) return { kind: 'unread', message: 'it would be fetched from elsewhere: it is not read' };
    const file = isAbsolute(path) ? normalize(path) : join(folder, path);
    if (isWithin(file, this.#folders)) return open(file);
    return {
      kind: 'unread',
      message: 'it is outside of what is searched: it is not read; name a folder that holds both',
    };
  }

  /** Where a field stands; its path begins with the file. */
  locate(place: string): FieldPlace {
    const [file, ...segments] = parsePath(place) ?? [];
    const path = formatPath(segments);
    const at = this.#known.get(String(file))?.locate(path) ?? START(path);
    return { file: this.givenAs(String(file)), path, ...at };
  }

  /** The path of a file as the user gave it. */
  givenAs(file: string): string {
    return this.#given.get(file) ?? file;
  }

  #file(file: string): Opened {
    const known = this.#known.get(file) ?? openLoaded(file, this.#read(file));
    this.#known.set(file, known);
    return known;
  }

  #read(file: string): Loaded {
    const loaded = this.#load(this.givenAs(file));
    if (loaded.kind === 'problem') return loaded;
    return { text: loaded.text, read: readConfigurationFile(this.givenAs(file), loaded.text) };
  }
}
