import { readConfigurationFile } from '../adapters/agents/configuration-file.ts';
import { DEFAULT_LIMITS } from '../adapters/files/limits.ts';
import { createLoader } from '../adapters/files/load.ts';
import { findNotLeftOut } from '../adapters/files/read.ts';
import { type FoundFile, STDIN, type Wanted } from '../adapters/files/walk.ts';
import { decodeText, type Text } from '../adapters/yaml/text.ts';
import { isCompose, knownFile, mayBeConfiguration, mayNameServers, otherFile } from '../app/agents/clients.ts';
import type { Application } from '../app/agents/compose/applications.ts';
import { composeServers, type Detect } from '../app/agents/compose/servers.ts';
import { issuesIn, serversIn } from '../app/agents/read-servers.ts';
import {
  type ClientConfiguration,
  type ConfiguredServer,
  configuredServer,
  type FieldPlace,
  reportOnClients,
} from '../app/agents/report/report-on-clients.ts';
import { CLIENT_RULES } from '../app/agents/rules/index.ts';
import { exitStatus } from '../app/report/build-report.ts';
import { suggestion } from '../core/gate/nearest.ts';
import type { GatePolicy, Level } from '../core/gate/types.ts';
import { createDecoder } from '../core/kube/decode.ts';
import type { Problem } from '../core/manifest.ts';
import { createDetector } from '../core/mcp/detect.ts';
import { emptyContent } from '../core/world/content.ts';
import { GateError } from '../errors.ts';
import { compareAgainst, readAgainst } from './against.ts';
import type { CommandSpecific } from './commands.ts';
import { composeConfigurations, givenVariables } from './compose-configurations.ts';
import { readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { knownHosts } from './known-hosts.ts';
import { giveReport, refusedReport } from './render-report.ts';

const CONFIGURATIONS: Wanted = { isWanted: mayBeConfiguration, called: '.json, .jsonc, .toml, .yaml or .yml' };

/** The policy with levels of rules about clients, which no document sets. Throws a GateError for a rule that is not there. */
function withLevels(policy: GatePolicy, levels: ReadonlyMap<string, Level> = new Map()): GatePolicy {
  const ids = CLIENT_RULES.map(({ id }) => id);
  const other = [...levels.keys()].find(id => !ids.includes(id));
  if (other !== undefined)
    throw new GateError('bad-usage', `--level: there is no rule "${other}" about clients${suggestion(other, ids)}`);
  return { ...policy, levels: new Map([...policy.levels, ...levels]) };
}

/** What of the files was read. */
interface ReadClients {
  readonly configurations: readonly ClientConfiguration[];
  readonly problems: readonly Problem[];
  readonly leftOut: Awaited<ReturnType<typeof findNotLeftOut>>['leftOut'];
}

/** Services of Compose are servers where detection says so. */
function createComposeReader({ detection }: GatePolicy): (application: Application) => readonly ConfiguredServer[] {
  const [decode, detector] = [createDecoder(), createDetector(detection)];
  const detect: Detect = subject => detector(subject, emptyContent(subject.meta.namespace));
  return application =>
    composeServers(application, decode, detect).flatMap(({ server, mcp: { standing, evidence } }) =>
      standing === 'no' ? [] : [{ server, standing, evidence }],
    );
}

/** What became of one file. Without both: it is no configuration of a client. */
interface ReadFile {
  readonly configuration?: ClientConfiguration;
  readonly problems: readonly Problem[];
}

/** What has the name of a client's file must be readable; of anything else, what looks like servers and cannot be read is a warning. */
function readFile({ file, named }: FoundFile, loaded: Text): ReadFile {
  const known = knownFile(file);
  const isExpected = named || known !== undefined;
  const refuse = (problem: Problem): ReadFile => ({ problems: isExpected ? [problem] : [] });
  if (loaded.kind === 'problem') return refuse(loaded.problem);
  if (!named && !mayNameServers(loaded.text)) return { problems: [] };
  const read = readConfigurationFile(file, loaded.text);
  const asFor = (problem: Problem): Problem => (isExpected ? problem : { ...problem, severity: 'warning' });
  if (read.kind === 'problem') return { problems: [asFor(read.problem)] };
  const { value } = read;
  const locate = (path: string): FieldPlace => ({ file, path, ...read.locate(path) });
  const problems = issuesIn(value).map(({ path: field, ...issue }) =>
    asFor({ ...issue, field, file, ...read.locate(field) }),
  );
  const servers = serversIn(value, known ?? otherFile(file)).map(configuredServer);
  return servers.length > 0 || isExpected ? { configuration: { file, servers, locate }, problems } : { problems };
}

async function readClients(
  paths: readonly string[],
  { exclude = [], ignoreFile = true, envFile }: CommandSpecific['agentsCheck'],
  policy: GatePolicy,
  io: Io,
): Promise<ReadClients> {
  const files = await findNotLeftOut(paths, { exclude, ignoreFiles: ignoreFile }, CONFIGURATIONS);
  const load = createLoader(DEFAULT_LIMITS.maxFileBytes);
  const textOf = (file: string): Text => {
    const loaded = load(file);
    return loaded.kind === 'without-objects' ? { kind: 'text', text: '' } : loaded;
  };
  const configurations: ClientConfiguration[] = [];
  const problems: Problem[] = files.problems.filter(({ code }) => code !== 'no-manifests');
  for (const found of files.found.filter(({ file }) => !isCompose(file))) {
    const text = found.file === STDIN ? decodeText(await io.readStdin(), STDIN) : textOf(found.file);
    const read = readFile(found, text);
    problems.push(...read.problems);
    if (read.configuration !== undefined) configurations.push(read.configuration);
  }
  const composeFiles = files.found.map(({ file }) => file).filter(isCompose);
  const variables = envFile && givenVariables(envFile, textOf);
  const compose = composeConfigurations(composeFiles, paths, textOf, createComposeReader(policy), variables);
  configurations.push(...compose.configurations);
  problems.push(...compose.problems);
  return { configurations, problems, leftOut: files.leftOut };
}

const problem = (
  severity: Problem['severity'],
  code: string,
  file: string,
  field: string,
  message: string,
): Problem => ({
  ...{ severity, code, file, line: 0, column: 0, field, message },
});

/** What keeps the verdicts from saying much: no gateway is known, or nothing was there to judge. */
function doubts(
  { configurations, problems }: ReadClients,
  { perimeter }: GatePolicy,
  source: string,
  allowEmpty: boolean,
): readonly Problem[] {
  const noGateway =
    'it does not say where the gateway is: which servers are reached past it is known of some hosts alone';
  const nothing = 'no configuration of a client, and no Compose file, was found: nothing was judged';
  const isEmpty = configurations.length === 0 && !problems.some(({ severity }) => severity === 'error');
  return [
    ...(perimeter === undefined ? [problem('warning', 'no-perimeter', source, 'spec.perimeter', noGateway)] : []),
    ...(isEmpty ? [problem(allowEmpty ? 'warning' : 'error', 'no-configurations', '', '', nothing)] : []),
  ];
}

/** `agents check`: judges what clients are told of MCP servers, and prints the report. Nothing is started or reached. */
export async function runAgentsCheck(
  paths: readonly string[],
  options: CommandSpecific['agentsCheck'],
  io: Io,
): Promise<number> {
  const against = await readAgainst(options.against, undefined, io);
  const known = await knownHosts(options.registry, io);
  const { policy: written, source, problems } = await readConfiguration(options.config, {}, io);
  const input = { paths, worlds: [], rules: CLIENT_RULES };
  if (written === undefined) {
    await giveReport(refusedReport(problems, source), options, io, input);
    return 2;
  }
  const policy = withLevels(written, options.level);
  const read = await readClients(paths, options, policy, io);
  const all = [...problems, ...read.problems, ...doubts(read, policy, source, options.allowEmpty === true)];
  const reportBy = (by: GatePolicy) => {
    const { perimeter, registry, remotes } = by;
    const facts = { policy: withLevels(by, options.level), policySource: source, perimeter, registry, remotes, known };
    return reportOnClients(read.configurations, { ...facts, problems: all, leftOut: read.leftOut });
  };
  const report = compareAgainst(against, reportBy(policy), policy, reportBy);
  await giveReport(report, options, io, input);
  return exitStatus(report, options.failOn);
}
