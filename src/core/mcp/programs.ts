import type { Container } from '../kube/types.ts';
import { lastPart } from './image.ts';
import { normal } from './text.ts';

/** One word of a container's command line. */
export interface Token {
  readonly text: string;
  /** Field path inside the object. */
  readonly path: string;
}

/** What a container runs: a program, a script, a module, or a package that a runner fetches. Texts are normal. */
export interface Program {
  readonly kind: 'program' | 'package';
  readonly path: string;
  /** As written, without a package's version. */
  readonly full: string;
  /** Without folders, scope, version and file ending. */
  readonly base: string;
  /** With its first argument that is no option: `fastmcp run`; the base alone where there is none. */
  readonly withNext: string;
}

/** They run the command that follows their options and assignments. */
const WRAPPERS = new Set([
  ...['exec', 'env', 'nohup', 'time', 'sudo', 'command', 'then', 'do', 'else', 'if', '!'],
  ...['tini', 'dumb-init', 'catatonit', 'docker-entrypoint.sh', 'opentelemetry-instrument', 'ddtrace-run', 'stdbuf'],
]);
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);
/** They fetch and run a package. `-y` heads the arguments where npx is the image's entry point. */
const RUNNERS = new Set(['npx', 'pnpx', 'bunx', 'uvx', '-y', '--yes']);
const RUNNERS_OF_TWO = new Set([
  ...['npm exec', 'npm x', 'pnpm dlx', 'pnpm exec', 'yarn dlx', 'bun x', 'pipx run', 'uv run', 'uv tool run'],
]);
/** They run a script, module or archive. */
const INTERPRETERS = new Set(['node', 'tsx', 'ts-node', 'deno', 'bun', 'python', 'python3', 'java', 'dotnet', 'ruby']);
/** Options of runners whose value is the package. */
const PACKAGE_OPTIONS = new Set(['-p', '--package', '--from']);
/** Options of runners and interpreters whose value is something else. */
const VALUE_OPTIONS = new Set([
  ...[
    '--with',
    '--python',
    '--directory',
    '--project',
    '--index-url',
    '--registry',
    '--cache',
    '--prefix',
    '--env-file',
  ],
  ...['-r', '--require', '--import', '--loader', '-cp', '-classpath', '--class-path', '-W', '-X', '-C', '--cwd'],
]);
/** Nested shells and separators of one command line that are followed; deeper ones are no honest command. */
const MAX_DEPTH = 4;
/** Commands of one script that are read. */
const MAX_COMMANDS = 1000;

const isOption = (token: Token): boolean => token.text.startsWith('-');
const isAssignment = (token: Token): boolean => /^[A-Za-z_][A-Za-z0-9_]*=/.test(token.text);
const ENDING = /\.(?:js|mjs|cjs|ts|py|jar|dll|sh|exe|git)$/;

/** `@scope/name@1.2`, `name==1.2`, `name[extra]` without what follows the name. */
function withoutVersion(name: string): string {
  const at = name.indexOf('@', 1);
  const cut = [at, name.indexOf('=='), name.indexOf('[')].filter(index => index > 0);
  return name.includes('://') || cut.length === 0 ? name : name.slice(0, Math.min(...cut));
}

/** The program at the head of these tokens; none if they are empty or start with an address. */
function programAt(tokens: readonly Token[], kind: Program['kind']): readonly Program[] {
  const [head, ...rest] = tokens;
  if (head === undefined) return [];
  const isAddress = /:\d+$/.test(head.text) || (head.text.includes('://') && kind === 'program');
  if (isAddress) return [];
  const full = normal(withoutVersion(head.text));
  const base = lastPart(full).replace(ENDING, '');
  const next = rest.find(token => !isOption(token));
  return [{ kind, path: head.path, full, base, withNext: next ? `${base} ${normal(next.text)}` : base }];
}

interface AfterOptions {
  /** From the first token that is neither an option, nor an option's value, nor an assignment. */
  readonly tokens: readonly Token[];
  /** Packages that options name. */
  readonly packages: readonly Program[];
}

function afterOptions(tokens: readonly Token[]): AfterOptions {
  const packages: Program[] = [];
  let index = 0;
  for (let token = tokens[index]; token !== undefined; token = tokens[index]) {
    if (!isOption(token) && !isAssignment(token)) break;
    const [option = '', joined] = token.text.split('=', 2);
    const value = joined === undefined ? tokens[index + 1] : { text: joined, path: token.path };
    const namesPackage = PACKAGE_OPTIONS.has(option);
    if (namesPackage && value) packages.push(...programAt([value], 'package'));
    const takesNext = joined === undefined && (namesPackage || VALUE_OPTIONS.has(option));
    index += takesNext ? 2 : 1;
  }
  return { tokens: tokens.slice(index), packages };
}

const QUOTES = new Set(['"', "'"]);

/** A word without the quotes at its ends. */
function unquoted(word: string): string {
  let [first, end] = [0, word.length];
  while (first < end && QUOTES.has(word.charAt(first))) first++;
  while (end > first && QUOTES.has(word.charAt(end - 1))) end--;
  return word.slice(first, end);
}

/** The commands of a shell's script, roughly: enough to see which programs it names first. */
function commandsOfScript(script: Token): readonly (readonly Token[])[] {
  const commands = script.text.split(/[\n;&|()`]+/, MAX_COMMANDS);
  return commands.map(command =>
    command
      .split(/\s+/)
      .map(unquoted)
      .filter(word => word !== '')
      .map(text => ({ text, path: script.path })),
  );
}

function runnerLength(tokens: readonly Token[]): number {
  const [first = '', second = '', third = ''] = tokens.slice(0, 3).map(token => token.text);
  const name = lastPart(first);
  if (RUNNERS.has(name)) return 1;
  if (RUNNERS_OF_TWO.has(`${name} ${second} ${third}`)) return 3;
  return RUNNERS_OF_TWO.has(`${name} ${second}`) ? 2 : 0;
}

function shellPrograms(tokens: readonly Token[], depth: number): readonly Program[] {
  const flag = tokens.findIndex(token => /^-[a-z]*c$/.test(token.text));
  const script = flag < 0 ? undefined : tokens[flag + 1];
  if (script === undefined) return programsIn(afterOptions(tokens).tokens, depth + 1);
  return commandsOfScript(script).flatMap(command => programsIn(command, depth + 1));
}

function runnerPrograms(tokens: readonly Token[], depth: number): readonly Program[] {
  const run = afterOptions(tokens);
  const isInterpreter = INTERPRETERS.has(run.tokens[0]?.text ?? '');
  const runs = isInterpreter ? programsIn(run.tokens, depth + 1) : programAt(run.tokens, 'package');
  return [...run.packages, ...runs];
}

/** What one command runs. */
function programsIn(tokens: readonly Token[], depth: number): readonly Program[] {
  const head = tokens[0];
  if (head === undefined || depth > MAX_DEPTH) return [];
  const name = lastPart(head.text);
  const rest = tokens.slice(1);
  if (WRAPPERS.has(name) || isAssignment(head)) return programsIn(afterOptions(rest).tokens, depth + 1);
  if (SHELLS.has(name)) return shellPrograms(rest, depth);
  const runner = runnerLength(tokens);
  if (runner > 0) return runnerPrograms(tokens.slice(runner), depth);
  if (isOption(head)) return [];
  const dashes = rest.findIndex(token => token.text === '--');
  return [
    ...programAt(INTERPRETERS.has(name) ? afterOptions(rest).tokens : tokens, 'program'),
    ...(dashes < 0 ? [] : programsIn(rest.slice(dashes + 1), depth + 1)),
  ];
}

/** The words of a container's command and args. */
export function commandLineOf(container: Container): readonly Token[] {
  return (['command', 'args'] as const).flatMap(field =>
    container[field].map((text, index) => ({ text, path: `${container.path}.${field}[${index}]` })),
  );
}

/** The programs that a command line names. Empty where the image alone says what runs. */
export function programsOf(commandLine: readonly Token[]): readonly Program[] {
  return programsIn(commandLine, 0);
}

/** The options of a command line as `--flag=value`: an option and a following word that is no option belong together. */
export function optionsOf(commandLine: readonly Token[]): readonly Token[] {
  return commandLine.flatMap((token, index) => {
    if (!isOption(token)) return [];
    const next = commandLine[index + 1];
    const isWhole = next === undefined || token.text.includes('=') || isOption(next);
    return isWhole ? token : { text: `${token.text}=${next.text}`, path: token.path };
  });
}
