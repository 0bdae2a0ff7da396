import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DEFAULT_FILE } from '../adapters/config/load.ts';
import { createOrigins, type FindOrigin, templateOrigins } from '../adapters/files/origins.ts';
import { findNotLeftOut, readFiles, readOutput } from '../adapters/files/read.ts';
import { type FoundFiles, STDIN } from '../adapters/files/walk.ts';
import type { Build, RenderPlan } from '../adapters/render/plan.ts';
import { assumedNamespace } from '../app/report/assumed-namespace.ts';
import { createInputDecoder, type DecodedInput, type ManifestIssue } from '../app/report/check.ts';
import type { ReportedLeftOut } from '../app/report/check-report.ts';
import { allWorlds, inputProblems } from '../app/report/nothing-judged.ts';
import { createDecoder } from '../core/kube/decode.ts';
import type { Manifest, Problem } from '../core/manifest.ts';
import { GateError } from '../errors.ts';
import type { InputOptions } from './commands.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** The input as it is deployed, read and decoded, not yet judged. */
export interface ReadWorlds {
  /** At least one: what stands in files that go into no build, then each build. */
  readonly worlds: readonly DecodedInput[];
  readonly problems: readonly Problem[];
  /** Those that go into builds among them. */
  readonly files: number;
  /** Files that hold no object. */
  readonly foreignFiles: number;
  readonly leftOut: ReportedLeftOut;
  /** Of inputs that cannot be read a second time, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Names that make a build of a folder. */
const BUILT = /(?:^|[\\/])(?:kustomization\.ya?ml|Kustomization|Chart\.yaml)$/;

const NOTHING_BUILT: RenderPlan = { builds: [], problems: [], isPart: () => false };

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Values are the user's own files: a URL, or a file that is not there, is a wrong usage. */
function checkValues(files: readonly string[]): void {
  const missing = files.find(file => !isFile(file));
  if (missing !== undefined) throw new GateError('bad-usage', `--values ${missing}: there is no such file`);
}

/** Is told of each object, with the name of the build that it comes out of, before it is decoded. */
export type OnManifest = (manifest: Manifest, build?: string) => void;

const NOBODY: OnManifest = () => undefined;

/** What is built of the files found. `home`: an empty folder for the programs. */
async function planFor(
  { found }: FoundFiles,
  paths: readonly string[],
  { allowRemote = false, namespace, release, values = [], set = [], apiVersions = [] }: InputOptions,
  io: Io,
  home: string,
): Promise<RenderPlan> {
  checkValues(values);
  const { planRendering } = await import('../adapters/render/plan.ts');
  return planRendering(
    found.map(({ file }) => file),
    {
      env: io.env,
      foreign: [io.workingFolder, ...paths.filter(path => path !== STDIN)],
      home,
      allowRemote,
      helm: { release, namespace, values, set, apiVersions },
    },
  );
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** The files that go into no build. */
function plainFiles(files: FoundFiles, plan: RenderPlan): FoundFiles {
  if (plan === NOTHING_BUILT) return files;
  const { isPart } = plan;
  return { ...files, found: files.found.filter(({ file }) => file === STDIN || !isPart(realOf(file))) };
}

type OriginsOf = (build: Build, output: Buffer) => Promise<FindOrigin>;

function createOriginsOf(): OriginsOf {
  const origins = createOrigins();
  return async ({ name, file, tool, folder, sources }, output) =>
    tool === 'helm'
      ? templateOrigins({ name, file, tool }, folder, output.toString('utf8'), isFile)
      : await origins({ name, file, tool }, sources);
}

const emptyBuild = ({ file, name }: Build): Problem => ({
  severity: 'warning',
  code: 'empty-build',
  file,
  line: 0,
  column: 0,
  field: '',
  message: `${name} makes no object`,
});

interface ReadBuild {
  /** Absent: it makes nothing. */
  readonly world?: DecodedInput;
  readonly problems: readonly Problem[];
}

/** Reads what one build printed as a world of its own. */
async function readBuild(
  build: Build,
  output: Buffer,
  namespace: string | undefined,
  originsOf: OriginsOf,
  onManifest: OnManifest,
): Promise<ReadBuild> {
  if (output.toString('utf8').trim() === '') return { problems: build.isOptional ? [] : [emptyBuild(build)] };
  const originOf = await originsOf(build, output);
  const decoder = createInputDecoder(createDecoder(), namespace);
  const problems = readOutput(build.name, output, {
    onManifest: manifest => {
      onManifest(manifest, build.name);
      decoder.add({ ...originOf(manifest), value: manifest.value });
    },
  });
  const world: DecodedInput = { ...decoder.finish(), build: build.name };
  return { world, problems: [...problems, ...(namespace === undefined ? assumedNamespace(world) : [])] };
}

interface BuiltWorlds {
  readonly worlds: readonly DecodedInput[];
  readonly problems: readonly Problem[];
}

async function readBuilds(
  { builds, problems: planned }: RenderPlan,
  namespace: string | undefined,
  onProgress: (done: number) => void,
  onManifest: OnManifest,
): Promise<BuiltWorlds> {
  const worlds: DecodedInput[] = [];
  const problems: Problem[] = [...planned];
  if (builds.length === 0) return { worlds, problems };
  const { runBuilds } = await import('../adapters/render/run-builds.ts');
  const originsOf = createOriginsOf();
  let done = 0;
  for await (const { build, built } of runBuilds(builds)) {
    if ('problem' in built) problems.push(built.problem);
    else {
      const read = await readBuild(build, built.output, namespace, originsOf, onManifest);
      if (read.world !== undefined) worlds.push(read.world);
      problems.push(...read.problems);
    }
    done += 1;
    onProgress(done);
  }
  return { worlds, problems };
}

/** Where the configuration is that the input is judged by: relative to the working folder; absent: in the default file. */
interface ConfiguredBy {
  readonly config?: string | undefined;
}

/** What is wrong with the GatePolicies among the objects, but for the one that the input is judged by: that was told already. */
async function documentIssues(
  { gatePolicies }: DecodedInput,
  { config = DEFAULT_FILE }: ConfiguredBy,
  { workingFolder }: Io,
): Promise<readonly ManifestIssue[]> {
  const own = resolve(workingFolder, config);
  const others = gatePolicies.filter(({ manifest }) => resolve(workingFolder, manifest.file) !== own);
  if (others.length === 0) return [];
  // Its schema takes longer to load than a small input to judge.
  const { decodeDocument } = await import('../adapters/config/stored.ts');
  const read = others.map(async ({ document, manifest }) =>
    (await decodeDocument(document)).issues.map(issue => ({ ...issue, manifest })),
  );
  return (await Promise.all(read)).flat();
}

async function withDocuments(read: ReadWorlds, options: ConfiguredBy, io: Io): Promise<ReadWorlds> {
  const worlds = read.worlds.map(async world => ({
    ...world,
    issues: [...world.issues, ...(await documentIssues(world, options, io))],
  }));
  return { ...read, worlds: await Promise.all(worlds) };
}

/** Reads files and folders as they are deployed: kustomizations as they are built, charts as they are rendered, each a world of its own. */
export async function readWorlds(
  paths: readonly string[],
  options: InputOptions & ConfiguredBy,
  io: Io,
  onManifest = NOBODY,
): Promise<ReadWorlds> {
  return withDocuments(await readInput(paths, options, io, onManifest), options, io);
}

async function readInput(
  paths: readonly string[],
  options: InputOptions,
  io: Io,
  onManifest: OnManifest,
): Promise<ReadWorlds> {
  const { exclude = [], ignoreFile = true } = options;
  const files = await findNotLeftOut(paths, { exclude, ignoreFiles: ignoreFile });
  const isBuilt = options.render !== false && files.found.some(({ file }) => BUILT.test(file));
  if (!isBuilt) return readPlanned(files, NOTHING_BUILT, paths, options, io, onManifest);
  const home = mkdtempSync(join(tmpdir(), 'chokepoint-build-'));
  try {
    return await readPlanned(files, await planFor(files, paths, options, io, home), paths, options, io, onManifest);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function readPlanned(
  files: FoundFiles,
  plan: RenderPlan,
  paths: readonly string[],
  { namespace, allowEmpty = false }: InputOptions,
  io: Io,
  onManifest: OnManifest,
): Promise<ReadWorlds> {
  const progress = createProgress(io.stderr);
  const decoder = createInputDecoder(createDecoder(), namespace);
  const plainOnes = plainFiles(files, plan);
  const { problems, ...read } = await readFiles(plainOnes, {
    stdin: () => io.readStdin(),
    onManifest: manifest => {
      onManifest(manifest);
      decoder.add(manifest);
    },
    onProgress: count => progress.show(`reading: ${count} files`),
  });
  const plain = decoder.finish();
  const showBuilt = (done: number): void => progress.show(`building: ${done} of ${plan.builds.length} folders`);
  const built = await readBuilds(plan, namespace, showBuilt, onManifest);
  progress.clear();
  const worlds = plain.count > 0 || built.worlds.length === 0 ? [plain, ...built.worlds] : built.worlds;
  const all = [...problems, ...(namespace === undefined ? assumedNamespace(plain) : []), ...built.problems];
  const inBuilds = files.found.length - plainOnes.found.length;
  return {
    ...read,
    files: read.files + inBuilds,
    worlds,
    problems: inputProblems(allWorlds(worlds), all, paths, allowEmpty),
  };
}
