import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What a release is made of. */
export interface Release {
  /** Of package.json. */
  readonly version: string;
  /** Commit of the sources, 40 hexadecimal digits; absent: they are of none. */
  readonly commit: string | undefined;
  /** Seconds since 1970 that stand for every time in what is made (reproducible-builds.org/specs/source-date-epoch). */
  readonly epoch: number;
  /** Repository of the image, with its registry, without a tag. */
  readonly image: string;
  /** Of the sources, as an URL; absent: none is named. */
  readonly repository: string | undefined;
  /** Folder that everything is written to; nothing else is in it. */
  readonly output: string;
  /** Folder for what is needed meanwhile. */
  readonly work: string;
}

/** Processor architectures of the image and of the executables, in Go's words. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Runs a program and returns what it prints. Throws where it fails, with what it says. */
export function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** SHA-256, hexadecimal. */
export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const sha256Of = (file: string): string => sha256(readFileSync(file));

/** The time of the release, as RFC 3339 has it. */
export const timeOf = ({ epoch }: Pick<Release, 'epoch'>): string =>
  `${new Date(epoch * 1000).toISOString().slice(0, 19)}Z`;
