import { loadGatePolicy } from '../adapters/config/load.ts';
import { readManifests } from '../adapters/files/read.ts';
import { assumedNamespace } from '../app/report/assumed-namespace.ts';
import type { CheckFacts, Locate } from '../app/report/build-report.ts';
import { createInputDecoder, type DecodedInput, type JudgedInput, judgeInput } from '../app/report/check.ts';
import type { ReportedLeftOut } from '../app/report/check-report.ts';
import { endedExceptions, unusedExceptions } from '../app/report/exception-problems.ts';
import { inputProblems } from '../app/report/nothing-judged.ts';
import { createJudge } from '../core/evaluate.ts';
import { withNamedGateways } from '../core/gate/name-gateways.ts';
import { policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy, Mode } from '../core/gate/types.ts';
import { createDecoder } from '../core/kube/decode.ts';
import type { Problem } from '../core/manifest.ts';
import type { GatewayOptions, InputOptions } from './commands.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** A configuration with which can be judged, or the problems that forbid it. */
export type Configuration =
  | { readonly policy: GatePolicy; readonly source: string; readonly problems: readonly Problem[] }
  | { readonly policy: undefined; readonly source: string; readonly problems: readonly Problem[] };

/** The GatePolicy as it holds today, under the mode given on the command line, if any. */
export async function readConfiguration(
  file: string | undefined,
  mode: Mode | undefined,
  io: Io,
): Promise<Configuration> {
  const loaded = await loadGatePolicy({ file, workingFolder: io.workingFolder });
  const { source, problems } = loaded;
  if (loaded.kind === 'refused') return { policy: undefined, source, problems };
  const policy = policyOn(loaded.policy, io.today());
  const expired = loaded.policy.exceptions.filter(exception => !policy.exceptions.includes(exception));
  const warnings = endedExceptions(expired, source);
  return { policy: mode ? { ...policy, mode } : policy, source, problems: [...problems, ...warnings] };
}

/** Manifests as read and decoded, not yet judged. */
export interface ReadInput {
  readonly input: DecodedInput;
  readonly problems: readonly Problem[];
  readonly files: number;
  /** Files that hold no object. */
  readonly foreignFiles: number;
  readonly leftOut: ReportedLeftOut;
  /** Of inputs that cannot be read a second time, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads files and folders, with a progress line on a terminal. */
export async function readInput(
  paths: readonly string[],
  { namespace, allowEmpty = false, exclude = [], ignoreFile = true }: InputOptions,
  io: Io,
): Promise<ReadInput> {
  const progress = createProgress(io.stderr);
  const decoder = createInputDecoder(createDecoder(), namespace);
  const { problems, ...read } = await readManifests(paths, {
    stdin: () => io.readStdin(),
    exclude,
    ignoreFiles: ignoreFile,
    onManifest: decoder.add,
    onProgress: count => progress.show(`reading: ${count} files`),
  });
  progress.clear();
  const input = decoder.finish();
  if (namespace === undefined) problems.push(...assumedNamespace(input));
  return { ...read, input, problems: inputProblems(input, problems, paths, allowEmpty) };
}

/** Everything that `check` and `generate` work on. */
export interface CheckedInput {
  /** At least one. */
  readonly worlds: readonly JudgedInput[];
  readonly facts: CheckFacts;
  readonly policy: GatePolicy;
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads and judges; only the problems where the configuration cannot be used. */
export async function checkInput(
  paths: readonly string[],
  options: InputOptions & GatewayOptions & { readonly config?: string | undefined; readonly mode?: Mode | undefined },
  io: Io,
): Promise<CheckedInput | { readonly refused: readonly Problem[] }> {
  const configuration = await readConfiguration(options.config, options.mode, io);
  if (configuration.policy === undefined) return { refused: configuration.problems };
  const { source } = configuration;
  const policy = withNamedGateways(configuration.policy, options.gateway ?? []);
  const { input, problems, texts, ...read } = await readInput(paths, options, io);
  const judged = judgeInput(input, createJudge(policy));
  const unused = unusedExceptions([judged], policy, { source, problems });
  return {
    worlds: [judged],
    policy,
    texts,
    facts: { ...read, problems: [...configuration.problems, ...problems, ...unused], policySource: source },
  };
}

/** A locator. The parser that knows positions is slow to load, so only for an input that has something to say of them. */
export async function loadLocator(texts: ReadonlyMap<string, string>): Promise<Locate> {
  const { createLocator } = await import('../adapters/files/locate.ts');
  const locator = createLocator(texts);
  return (manifest, path) => locator.locate(manifest, path);
}
