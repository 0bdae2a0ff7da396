import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { resolvePreset } from '../../core/gate/document/resolve.ts';
import type { GatePolicy, Preset } from '../../core/gate/types.ts';
import type { Problem } from '../../core/manifest.ts';

/** Read where no file is named. */
export const DEFAULT_FILE = 'chokepoint.yaml';

/** What is named as the source where there is no document. */
export const BUILTIN_SOURCE = 'built-in baseline preset';

/** The largest file that is read, in bytes, inclusive: what a ConfigMap can hold (v1 ConfigMap, 1 MiB). */
export const LARGEST_FILE = 1024 * 1024;

/** Where to look for the document. */
export interface GatePolicySource {
  /** A file that must be there, relative to the working folder. Absent: {@link DEFAULT_FILE} if it is there, else the baseline preset. */
  readonly file?: string | undefined;
  readonly workingFolder: string;
}

/** What became of the configuration: without a policy there is at least one problem of severity error. */
export type LoadedGatePolicy =
  | {
      readonly kind: 'loaded';
      readonly policy: GatePolicy;
      /** The file as it was named, or {@link BUILTIN_SOURCE}. */
      readonly source: string;
      /** Warnings alone. */
      readonly problems: readonly Problem[];
    }
  | {
      readonly kind: 'refused';
      readonly policy: undefined;
      readonly source: string;
      readonly problems: readonly Problem[];
    };

/** The policy of a preset alone: what holds where there is no document. */
export function builtinGatePolicy(preset: Preset = 'baseline'): GatePolicy {
  return resolvePreset(preset, BUILTIN_DATA);
}

function refused(file: string, code: string, message: string): LoadedGatePolicy {
  const problem: Problem = { severity: 'error', code, file, line: 0, column: 0, field: '', message };
  return { kind: 'refused', policy: undefined, source: file, problems: [problem] };
}

const errorCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
]);

type Bytes =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string };

/** At once, since the promises of node:fs cost more at start-up than so small a read. */
function readBytes(path: string): Bytes {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_FILE) return { kind: 'failed', code: 'EFBIG' };
    return { kind: 'bytes', bytes: readFileSync(path) };
  } catch (cause) {
    return { kind: 'failed', code: errorCode(cause) };
  }
}

async function loadText(bytes: Uint8Array, file: string): Promise<LoadedGatePolicy> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused(file, 'not-utf8', 'the file is no UTF-8 text');
  }
  if (text.includes('\0')) return refused(file, 'binary-file', 'the file is no text: it holds a NUL byte');
  // The YAML parser and the checks cost more to load than a run without a document takes.
  const { readGatePolicy } = await import('./document.ts');
  const { policy, problems } = readGatePolicy(text, file);
  return policy === undefined
    ? { kind: 'refused', policy, source: file, problems }
    : { kind: 'loaded', policy, source: file, problems };
}

/** The GatePolicy of a file, with every problem of it at once; without any file, of the baseline preset. Never rejects. */
export async function loadGatePolicy({ file, workingFolder }: GatePolicySource): Promise<LoadedGatePolicy> {
  const name = file ?? DEFAULT_FILE;
  const read = readBytes(resolve(workingFolder, name));
  if (read.kind === 'bytes') return loadText(read.bytes, name);
  if (file === undefined && read.code === 'ENOENT')
    return { kind: 'loaded', policy: builtinGatePolicy(), source: BUILTIN_SOURCE, problems: [] };
  if (read.code === 'EFBIG') return refused(name, 'file-too-large', `the file is larger than ${LARGEST_FILE} bytes`);
  return refused(name, 'unreadable-file', `the file cannot be read: ${REASONS.get(read.code) ?? read.code}`);
}
