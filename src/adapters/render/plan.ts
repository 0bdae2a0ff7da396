import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { absoluteFolders, type FoundProgram, findProgram } from '../system/find-program.ts';
import { fileProblem } from '../yaml/text.ts';
import { type Chart, findCharts, isPartOf } from './chart.ts';
import { KUSTOMIZATION_NAMES } from './kustomization.ts';
import {
  type KustomizationFolder,
  type KustomizeTree,
  reachableFrom,
  readKustomizeTree,
  rootsOf,
} from './kustomize-tree.ts';

/** What is asked for of builds. */
export interface RenderOptions {
  /** Environment variables of the process: PATH, and with `allowRemote` what it takes to reach the network. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folders and files of which no program is run. */
  readonly foreign: readonly string[];
  /** A folder of ours, empty, for programs that must have a home. */
  readonly home: string;
  /** Kustomizations may load what they name over the network. */
  readonly allowRemote: boolean;
  /** As helm takes them; each absent or empty: helm's own default. */
  readonly helm: {
    readonly release?: string | undefined;
    readonly namespace?: string | undefined;
    readonly values: readonly string[];
    readonly set: readonly string[];
    readonly apiVersions: readonly string[];
  };
}

/** One run of kustomize or helm, whose output is a world of its own. */
export interface Build {
  readonly tool: 'kustomize' | 'helm';
  /** `overlays/prod (kustomize build)`. */
  readonly name: string;
  /** The folder, as the user would write it. */
  readonly folder: string;
  /** Its kustomization or Chart.yaml. */
  readonly file: string;
  /** Files whose objects it takes, as the user would write them; of a chart, none. */
  readonly sources: readonly string[];
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It need not be possible: a Component is made to be built with others. */
  readonly isOptional: boolean;
}

/** What of an input is built, and what can be read as it stands. */
export interface RenderPlan {
  readonly builds: readonly Build[];
  /** What cannot be built, and why. */
  readonly problems: readonly Problem[];
  /** Whether a file, by its real path, goes into a build, so that it is not judged by itself. */
  isPart(real: string): boolean;
}

/** Kustomizations and charts that are built in one run; inclusive. */
const MAX_BUILDS = 500;
/** Entries that a message names. */
const NAMED = 3;

/** Nothing answers there: what slips past the search for remote entries finds no network. */
const NO_PROXY = 'http://127.0.0.1:9';
const WITHOUT_NETWORK: Readonly<Record<string, string>> = {
  HTTP_PROXY: NO_PROXY,
  HTTPS_PROXY: NO_PROXY,
  ALL_PROXY: NO_PROXY,
};

/** What git and Go's client need to reach a repository. */
const NETWORK_VARIABLES: readonly string[] = [
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ],
  ...['HOME', 'USER', 'SSH_AUTH_SOCK', 'GIT_SSH_COMMAND', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'TMPDIR'],
];

/** The least that programs run with; of the process nothing but where it keeps temporary files. */
function baseEnvironment({ env, home }: RenderOptions): Record<string, string> {
  const kept = ['TMPDIR', 'TEMP', 'TMP', 'SystemRoot'].flatMap(name =>
    env[name] === undefined ? [] : [[name, env[name]]],
  );
  return { HOME: home, KUBECONFIG: join(home, 'none'), ...Object.fromEntries(kept) };
}

function kustomizeEnvironment(options: RenderOptions): Record<string, string> {
  if (!options.allowRemote) return { ...baseEnvironment(options), ...WITHOUT_NETWORK };
  const { env } = options;
  const network = NETWORK_VARIABLES.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]));
  const path = absoluteFolders(env.PATH).join(':');
  return { ...baseEnvironment(options), ...Object.fromEntries(network), PATH: path, GIT_TERMINAL_PROMPT: '0' };
}

const helmEnvironment = (options: RenderOptions): Record<string, string> => ({
  ...baseEnvironment(options),
  ...WITHOUT_NETWORK,
  HELM_CACHE_HOME: join(options.home, 'cache'),
  HELM_CONFIG_HOME: join(options.home, 'config'),
  HELM_DATA_HOME: join(options.home, 'data'),
  HELM_PLUGINS: join(options.home, 'plugins'),
});

const notRun = ({ refused }: Extract<FoundProgram, { kind: 'none' }>): string =>
  refused === undefined ? '' : ` (${refused} is not run: it stands in the working folder or in the input)`;

/** Why a kustomization is not given to the builder; `undefined`: it may be. */
function refusal(
  root: KustomizationFolder,
  parts: readonly KustomizationFolder[],
  allowRemote: boolean,
): Problem | undefined {
  const faults = parts.flatMap(part => part.faults);
  if (faults.length > 0)
    return fileProblem('not-built', root.file, `${root.path} is not built: ${listed(faults, NAMED)}`);
  const remotes = [...new Set(parts.flatMap(part => part.remotes))];
  if (remotes.length === 0 || allowRemote) return undefined;
  const message = `${root.path} is not built: it loads ${listed(remotes, NAMED)} over the network; vendor it, or give --allow-remote`;
  return fileProblem('remote-base', root.file, message);
}

function findBuilder(places: Parameters<typeof findProgram>[1]): FoundProgram {
  const [kustomize, kubectl] = [findProgram('kustomize', places), findProgram('kubectl', places)];
  if (kustomize.kind === 'found' || kubectl.kind === 'found') return kustomize.kind === 'found' ? kustomize : kubectl;
  return kustomize.refused === undefined ? kubectl : kustomize;
}

/** Kustomizations: what is built of them, and what they leave nobody else to read. */
class KustomizePlanner {
  readonly builds: Build[] = [];
  readonly problems: Problem[] = [];
  readonly parts = new Set<string>();
  readonly #options: RenderOptions;
  readonly #tree: KustomizeTree;

  constructor(folders: readonly string[], options: RenderOptions) {
    this.#options = options;
    this.#tree = readKustomizeTree(folders);
    for (const { files, file, real, hasMore } of this.#tree.folders.values()) {
      for (const used of files) this.parts.add(used.real);
      if (!hasMore) this.parts.add(join(real, basename(file)));
    }
    this.#plan(folders);
  }

  #plan(folders: readonly string[]): void {
    const { roots, circular } = rootsOf(folders, this.#tree);
    if (this.#tree.isTooLarge || roots.length > MAX_BUILDS) {
      const message = `there are more than ${MAX_BUILDS} kustomizations to build, or they load too much: give fewer folders at once`;
      this.problems.push(fileProblem('too-many-builds', '', message));
      return;
    }
    for (const { file, path } of circular)
      this.problems.push(
        fileProblem('not-built', file, `${path} is not built: its kustomizations load each other in a circle`),
      );
    if (roots.length > 0) this.#planRoots(roots);
  }

  #planRoots(roots: readonly KustomizationFolder[]): void {
    const { env, foreign, allowRemote } = this.#options;
    const builder = findBuilder({ path: env.PATH, foreign });
    for (const root of roots) {
      const parts = reachableFrom(root, this.#tree);
      const problem = refusal(root, parts, allowRemote) ?? this.#missing(root, builder);
      if (problem !== undefined) this.problems.push(problem);
      else if (builder.kind === 'found') this.builds.push(this.#build(root, parts, builder));
    }
  }

  #missing({ file, path }: KustomizationFolder, builder: FoundProgram): Problem | undefined {
    if (builder.kind === 'found') return undefined;
    const message = `${path} is a kustomization, and to build it there is neither kustomize nor kubectl on PATH${notRun(builder)}: install one; --no-render reads the files as they stand`;
    return fileProblem('no-builder', file, message);
  }

  #build(
    root: KustomizationFolder,
    parts: readonly KustomizationFolder[],
    { name, path }: Extract<FoundProgram, { kind: 'found' }>,
  ): Build {
    return {
      tool: 'kustomize',
      name: `${root.path} (kustomize build)`,
      folder: root.path,
      file: root.file,
      sources: parts.flatMap(part => part.files.filter(({ isResource }) => isResource).map(file => file.path)),
      program: path,
      args: [name === 'kubectl' ? 'kustomize' : 'build', root.real],
      env: kustomizeEnvironment(this.#options),
      isOptional: root.kind === 'Component',
    };
  }
}

function helmArguments({ real }: Chart, { helm }: RenderOptions): readonly string[] {
  const { release, namespace, values, set, apiVersions } = helm;
  return [
    'template',
    ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
    ...values.map(file => `--values=${resolve(file)}`),
    ...set.map(pair => `--set=${pair}`),
    ...apiVersions.map(version => `--api-versions=${version}`),
    '--',
    ...(release === undefined ? [] : [release]),
    real,
  ];
}

function chartBuild(chart: Chart, program: string, options: RenderOptions): Build {
  return {
    tool: 'helm',
    name: `${chart.path} (helm template)`,
    folder: chart.path,
    file: join(chart.path, 'Chart.yaml'),
    sources: [],
    program,
    args: helmArguments(chart, options),
    env: helmEnvironment(options),
    isOptional: false,
  };
}

interface ChartPlan {
  readonly builds: readonly Build[];
  readonly problems: readonly Problem[];
  /** Those that are rendered, or have nothing to render. */
  readonly charts: readonly Chart[];
}

const NO_CHARTS: ChartPlan = { builds: [], problems: [], charts: [] };

/** Without helm a chart is read as it stands: its templates say themselves that nobody has rendered them. */
function planCharts(files: readonly string[], options: RenderOptions): ChartPlan {
  const charts = findCharts(files);
  if (charts.length === 0) return NO_CHARTS;
  const helm = findProgram('helm', { path: options.env.PATH, foreign: options.foreign });
  if (helm.kind === 'none') return NO_CHARTS;
  const rendered = charts.filter(({ isLibrary }) => !isLibrary);
  if (rendered.length > MAX_BUILDS) {
    const message = `there are more than ${MAX_BUILDS} charts to render: give fewer folders at once`;
    return { builds: [], problems: [fileProblem('too-many-builds', '', message)], charts };
  }
  return { builds: rendered.map(chart => chartBuild(chart, helm.path, options)), problems: [], charts };
}

/** What of the files of an input is built. Nothing is run yet. `files`: regular files, as the user would write them. */
export function planRendering(files: readonly string[], options: RenderOptions): RenderPlan {
  const { charts, ...helm } = planCharts(files, options);
  const folders = files.filter(file => KUSTOMIZATION_NAMES.includes(basename(file))).map(file => dirname(file));
  const kustomize = new KustomizePlanner(folders, options);
  if (helm.builds.length > 0) mkdirSync(join(options.home, 'plugins'), { recursive: true });
  return {
    builds: [...kustomize.builds, ...helm.builds],
    problems: [...kustomize.problems, ...helm.problems],
    isPart: real => kustomize.parts.has(real) || charts.some(chart => isPartOf(chart, real)),
  };
}
