import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Limits } from '../../../src/adapters/files/limits.ts';
import { type ReadResult, readManifests } from '../../../src/adapters/files/read.ts';
import type { Problem } from '../../../src/core/manifest.ts';

/** Files by path in the folder; `{ link }` is a symbolic link to that text. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** Makes a folder that is removed after the test, and returns its path. */
export async function folder(files: Files): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'chokepoint-files-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'object' && 'link' in content) await symlink(content.link, file);
    else await writeFile(file, content);
  }
  return root;
}

/** What was read, with `root` cut from every path. */
export interface Reading extends Pick<ReadResult, 'files' | 'bytes'> {
  /** Absent: none. */
  readonly foreignFiles?: number;
  /** `file#document:line pointer kind/name` of each manifest. */
  readonly objects: readonly string[];
  /** `severity code file:line:column field` of each problem. */
  readonly problems: readonly string[];
  readonly messages: readonly string[];
}

/** Reads paths inside `root`; an empty path is `root` itself. */
export async function read(root: string, paths: readonly string[], limits: Partial<Limits> = {}): Promise<Reading> {
  const stdin = async () => Buffer.alloc(0);
  const result = await readManifests(
    paths.map(path => join(root, path)),
    { stdin, limits },
  );
  return summarize(result, `${root}/`);
}

export function summarize(result: ReadResult, root: string): Reading {
  const shorten = (text: string) => text.replaceAll(root, '').replaceAll(root.slice(0, -1), '.');
  const problem = ({ severity, code, file, line, column, field }: Problem) =>
    `${severity} ${code} ${shorten(file)}:${line}:${column} ${field}`.trimEnd();
  return {
    files: result.files,
    ...(result.foreignFiles > 0 && { foreignFiles: result.foreignFiles }),
    bytes: result.bytes,
    objects: result.manifests.map(({ file, document, line, pointer, value }) => {
      const { name } = (value.metadata ?? {}) as { name?: unknown };
      return [`${shorten(file)}#${document}:${line}`, ...pointer, `${value.kind}/${name}`].join(' ');
    }),
    problems: result.problems.map(problem),
    messages: result.problems.map(({ message }) => shorten(message)),
  };
}
