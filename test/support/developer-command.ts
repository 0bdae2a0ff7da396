import { parseArgs } from 'node:util';

/** An option with a value. One whose default is a number takes whole numbers from 0 on. */
interface Option {
  /** What stands for the value in the usage: `N`, `FILE`. */
  readonly value: string;
  readonly means: string;
  /** Absent: it may be left out, and has no value then. */
  readonly default?: string | number;
}

type AnyOptions = Readonly<Record<string, Option>>;

/** A command for developers: how it is called, and what each option means. */
export interface DeveloperCommand<Options extends AnyOptions> {
  /** How it is begun: `npm run mutants`. */
  readonly name: string;
  readonly does: string;
  /** Names of what stands beside the options, in their order; each must be given. */
  readonly operands?: readonly string[];
  readonly options: Options;
}

type ValueOf<One extends Option> = One['default'] extends number
  ? number
  : One['default'] extends string
    ? string
    : string | undefined;

type Values<Options extends AnyOptions> = {
  readonly [Name in keyof Options]: ValueOf<Options[Name]>;
};

export type CommandLine<Options extends AnyOptions> =
  | { readonly kind: 'run'; readonly values: Values<Options>; readonly operands: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string };

/** The usage text. */
function usageText({ name, does, operands = [], options }: DeveloperCommand<AnyOptions>): string {
  const all = Object.entries(options);
  const width = Math.max(0, ...all.map(([option, { value }]) => `--${option} ${value}`.length));
  const lines = all.map(([option, { value, means, default: otherwise }]) => {
    const ends = otherwise === undefined || otherwise === '' ? '' : ` (default: ${otherwise})`;
    return `  ${`--${option} ${value}`.padEnd(width)}  ${means}${ends}\n`;
  });
  const dashes = name.startsWith('npm ') ? ' --' : '';
  const call = [
    `${name}${all.length + operands.length > 0 ? dashes : ''}`,
    ...(all.length > 0 ? ['[OPTIONS]'] : []),
    ...operands,
  ].join(' ');
  return [`Usage: ${call}\n\n${does}\n`, ...(lines.length > 0 ? ['\n', ...lines] : [])].join('');
}

const WHOLE_NUMBER = /^\d{1,15}$/;

/** Throws an Error where the value is none of this option. */
function readValue(name: string, { default: otherwise }: Option, given: unknown): string | number | undefined {
  const value = given === undefined ? otherwise : String(given);
  if (typeof otherwise !== 'number') return value;
  if (!WHOLE_NUMBER.test(String(value))) throw new Error(`--${name} takes a whole number, not "${value}"`);
  return Number(value);
}

/** Throws an Error where there are not as many as must be. */
function checkOperands(given: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.slice(given.length);
  if (missing.length > 0) throw new Error(`${missing.join(' ')} is missing`);
  const [extra] = given.slice(wanted.length);
  if (extra !== undefined) throw new Error(`"${extra}" is one argument too many`);
}

/** What a command is told by these arguments: to run, to show its usage, or what is wrong with them. */
export function readCommandLine<const Options extends AnyOptions>(
  command: DeveloperCommand<Options>,
  args: readonly string[],
): CommandLine<Options> {
  const all = Object.entries(command.options);
  const isText = all.map(([name]) => [name, { type: 'string' as const }] as const);
  const options = { help: { type: 'boolean' as const, short: 'h' }, ...Object.fromEntries(isText) };
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help === true) return { kind: 'help', text: usageText(command) };
    checkOperands(positionals, command.operands ?? []);
    const given = new Map<string, unknown>(Object.entries(values));
    const read = all.map(([name, option]) => [name, readValue(name, option, given.get(name))] as const);
    return { kind: 'run', values: Object.fromEntries(read) as Values<Options>, operands: positionals };
  } catch (error) {
    // Node's text says what to do with an argument that begins with a dash, in a second sentence.
    const [why] = (error instanceof Error ? error.message : String(error)).split('. ');
    return { kind: 'wrong', text: `${why}\n\n${usageText(command)}` };
  }
}

/** What the process is told. Where it is told to show its usage, or nonsense, it ends: with 0, or with 2. */
export function commandLine<const Options extends AnyOptions>(
  command: DeveloperCommand<Options>,
): Pick<Extract<CommandLine<Options>, { kind: 'run' }>, 'values' | 'operands'> {
  const line = readCommandLine(command, process.argv.slice(2));
  if (line.kind === 'run') return line;
  const isHelp = line.kind === 'help';
  (isHelp ? process.stdout : process.stderr).write(line.text);
  process.exit(isHelp ? 0 : 2);
}
