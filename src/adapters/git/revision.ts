import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GateError } from '../../errors.ts';

/** Bounds on what is taken out of a revision, inclusive: files, bytes of one (a larger one holds no manifest), and bytes of all. */
const MAX_FILES = 100_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_BYTES = 512 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/**
 * Nothing of a repository is run: objects are read as they are, without filters and hooks, and none is fetched from elsewhere (a partial clone would
 * by whatever transport its configuration names).
 */
const READ_ONLY = {
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
} as const;

/** Runs git in a folder of a repository. */
type Git = (args: readonly string[], input?: string) => Buffer;

const gitIn =
  (folder: string, env: Readonly<Record<string, string | undefined>>): Git =>
  (args, input = '') =>
    execFileSync('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      env: { ...env, ...READ_ONLY },
      input,
      maxBuffer: 2 * MAX_BYTES,
      timeout: TIMEOUT_MS,
      stdio: ['pipe', 'pipe', 'pipe'],
    });

interface Blob {
  readonly id: string;
  readonly path: string;
}

const ENTRY = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t([\s\S]+)$/;

/** A path that leads nowhere but into the folder that it is written to. */
const isInside = (path: string): boolean => path.split('/').every(part => part !== '' && part !== '.' && part !== '..');

/** The plain files of a tree: links and submodules are no manifests. Throws a GateError where there are too many. */
function blobsOf(git: Git, commit: string, refuse: (reason: string) => GateError): readonly Blob[] {
  const entries = git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit]).toString('utf8').split('\0');
  let bytes = 0;
  const blobs = entries.flatMap((entry): readonly Blob[] => {
    const [, id = '', size = '', path = ''] = ENTRY.exec(entry) ?? [];
    if (id === '' || Number(size) > MAX_FILE_BYTES || !isInside(path)) return [];
    bytes += Number(size);
    return [{ id, path }];
  });
  if (blobs.length > MAX_FILES || bytes > MAX_BYTES)
    throw refuse('it is too large: check a folder of it out, and name that');
  return blobs;
}

/** What `cat-file --batch` prints for one object: `ID blob SIZE`, a line break, the bytes, a line break. */
function contentAt(output: Buffer, start: number): { readonly bytes: Buffer; readonly next: number } {
  const end = output.indexOf(10, start);
  const size = Number(output.toString('latin1', start, end).split(' ')[2]);
  return { bytes: output.subarray(end + 1, end + 1 + size), next: end + size + 2 };
}

function writeAll(git: Git, blobs: readonly Blob[], into: string): void {
  const output = git(['cat-file', '--batch'], blobs.map(({ id }) => `${id}\n`).join(''));
  let at = 0;
  for (const { path } of blobs) {
    const { bytes, next } = contentAt(output, at);
    const file = join(into, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    at = next;
  }
}

/**
 * Writes the files of a revision into an empty folder, as its objects have them. Returns where in there the folder stands that the repository was asked in.
 * Throws a GateError where it is no revision, or there is no git.
 */
export function exportRevision(
  revision: string,
  folder: string,
  into: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const refuse = (reason: string): GateError => new GateError('bad-usage', `--against ${revision}: ${reason}`);
  const git = gitIn(folder, env);
  const asked = (args: readonly string[], reason: string): string => {
    try {
      return git(args).toString('utf8').trim();
    } catch {
      throw refuse(reason);
    }
  };
  const prefix = asked(['rev-parse', '--show-prefix'], 'it is no file and no folder, and this is no git repository');
  const commit = asked(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    'it is no file, no folder and no revision of this repository',
  );
  writeAll(git, blobsOf(git, commit, refuse), into);
  return join(into, prefix);
}
