import { type LoadedGatePolicy, loadGatePolicy } from '../adapters/config/load.ts';
import type { CheckFacts, Locate } from '../app/report/build-report.ts';
import { type JudgedInput, judgeInput } from '../app/report/check.ts';
import { endedExceptions, unusedExceptions } from '../app/report/exception-problems.ts';
import { createJudge } from '../core/evaluate.ts';
import type { Dataplane } from '../core/gate/dataplane.ts';
import { BUILTIN_DATA } from '../core/gate/document/builtin.ts';
import { withNamedGateways } from '../core/gate/name-gateways.ts';
import { policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy, Mode } from '../core/gate/types.ts';
import type { Problem } from '../core/manifest.ts';
import type { GatewayOptions, InputOptions } from './commands.ts';
import type { Io } from './io.ts';
import { type OnManifest, readWorlds } from './worlds.ts';

/** A configuration with which can be judged, or the problems that forbid it. */
export type Configuration =
  | { readonly policy: GatePolicy; readonly source: string; readonly problems: readonly Problem[] }
  | { readonly policy: undefined; readonly source: string; readonly problems: readonly Problem[] };

/** What the command line says over the document. Absent: the document holds. */
export interface Overrides {
  readonly mode?: Mode | undefined;
  readonly dataplane?: Dataplane['name'] | undefined;
}

/** The GatePolicy as it holds today, under what the command line says over it. */
export async function readConfiguration(
  file: string | undefined,
  overrides: Overrides,
  io: Io,
): Promise<Configuration> {
  return configurationOf(await loadGatePolicy({ file, workingFolder: io.workingFolder }), overrides, io);
}

/** The dataplane of this name. */
export const dataplaneNamed = (name: Dataplane['name'] | undefined): Dataplane | undefined =>
  BUILTIN_DATA.dataplanes.find(one => one.name === name);

/** The policy on a dataplane of this name. */
export const onDataplane = (policy: GatePolicy, name: Dataplane['name']): GatePolicy => ({
  ...policy,
  dataplane: dataplaneNamed(name),
});

/** What was loaded as it holds today, under what the command line says over it. */
export function configurationOf(loaded: LoadedGatePolicy, { mode, dataplane }: Overrides, io: Io): Configuration {
  const { source, problems } = loaded;
  if (loaded.kind === 'refused') return { policy: undefined, source, problems };
  const policy = policyOn(loaded.policy, io.today());
  const expired = loaded.policy.exceptions.filter(exception => !policy.exceptions.includes(exception));
  const warnings = endedExceptions(expired, source);
  const placed = dataplane === undefined ? policy : onDataplane(policy, dataplane);
  return { policy: mode ? { ...placed, mode } : placed, source, problems: [...problems, ...warnings] };
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
  options: InputOptions & GatewayOptions & Overrides & { readonly config?: string | undefined },
  io: Io,
  onManifest?: OnManifest,
): Promise<CheckedInput | { readonly refused: readonly Problem[] }> {
  const configuration = await readConfiguration(options.config, options, io);
  if (configuration.policy === undefined) return { refused: configuration.problems };
  const { source } = configuration;
  const policy = withNamedGateways(configuration.policy, options.gateway ?? []);
  const { worlds: decoded, problems, texts, ...read } = await readWorlds(paths, options, io, onManifest);
  const judge = createJudge(policy);
  const worlds = decoded.map(world => judgeInput(world, judge));
  const unused = unusedExceptions(worlds, policy, { source, problems });
  return {
    worlds,
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
