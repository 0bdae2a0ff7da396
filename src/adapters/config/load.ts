import { resolve } from 'node:path';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { resolvePreset } from '../../core/gate/document/resolve.ts';
import type { GatePolicy, Preset } from '../../core/gate/types.ts';
import type { Problem } from '../../core/manifest.ts';
import { decodeText, fileProblem } from '../yaml/text.ts';
import { LARGEST_FILE, readBytes, reasonText } from './read-bytes.ts';

/** Read where no file is named. */
export const DEFAULT_FILE = 'chokepoint.yaml';

/** What is named as the source where there is no document. */
export const BUILTIN_SOURCE = 'built-in baseline preset';

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

const refusedBy = (source: string, problem: Problem): LoadedGatePolicy => ({
  kind: 'refused',
  policy: undefined,
  source,
  problems: [problem],
});

/** The fields under which addresses stand. */
const HOLDS_ADDRESSES = /protectedNetworks|cidr|perimeter/;

/** The GatePolicy in the text of a file, or of what stands for one. Never rejects. */
export async function loadText(bytes: Buffer, file: string): Promise<LoadedGatePolicy> {
  const decoded = decodeText(bytes, file);
  if (decoded.kind === 'problem') return refusedBy(file, decoded.problem);
  const { text } = decoded;
  // Both cost more to load than a run without a document takes.
  const [{ readGatePolicy }, addresses] = await Promise.all([
    import('./document.ts'),
    HOLDS_ADDRESSES.test(text) ? import('../addresses/read-address.ts') : undefined,
  ]);
  const { policy, problems } = readGatePolicy(text, file, addresses?.readAddress);
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
  if (read.code === 'EFBIG')
    return refusedBy(name, fileProblem('file-too-large', name, `the file is larger than ${LARGEST_FILE} bytes`));
  return refusedBy(name, fileProblem('unreadable-file', name, `the file cannot be read: ${reasonText(read.code)}`));
}
