import type { Container } from '../kube/types.ts';
import { isOption, type Options, splitOptions, type Token, valuesOf } from './command-options.ts';
import { COMMANDS, type CommandSyntax, QUIET, WITH_SUBCOMMAND, WITHOUT_COMMAND } from './command-table.ts';
import { imageRepository, lastPart } from './image.ts';
import { type Budget, expandReferences, MAX_CHARACTERS, readScript, type Shell } from './shell-script.ts';
import { normal } from './text.ts';

/**
 * What a container runs: a program, script or module; a package that a runner fetches; an image that a container runtime runs; or a package that
 * is installed. Texts are normal.
 */
export interface Program {
  readonly kind: 'program' | 'package' | 'image' | 'install';
  readonly path: string;
  /** As written, without a package's version. */
  readonly full: string;
  /** Without folders, scope, version and file ending. */
  readonly base: string;
  /** With its first argument that is no option: `fastmcp run`; the base alone where there is none. */
  readonly withNext: string;
}

/** What the command lines of a container run. */
export interface Programs {
  readonly programs: readonly Program[];
  /** It is longer or more nested than is read: what it runs besides is not known. */
  readonly isUnread: boolean;
}

/** What programs of other languages start. */
const STARTED: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'pipx', 'sh', 'bash', 'docker']);

/** Options by which a program is known whose name is not. */
const OWN_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['-y', 'npx'],
  ['--yes', 'npx'],
  ['-m', 'python'],
]);

/** Commands within commands; no honest one is deeper. */
const MAX_DEPTH = 24;

// Two equals signs are a version of Python: `uvx fastmcp==2.0`.
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(?!=)/;
const ENDING = /\.(?:js|mjs|cjs|ts|mts|py|pyz|jar|dll|sh|exe|git|tgz|whl)$/;
/** `python3.12` is Python, without its global lock too: `python3.13t`. */
const VERSIONED = /^(python|pypy|node|nodejs|ruby|php|perl|java|deno|bun|pip)[-\d.]*t?$/;
/** `npm/bin/npx-cli.js` is npx, `.yarn/releases/yarn-4.9.1.cjs` is yarn. */
const IN_JAVASCRIPT = /^(npx|npm|yarn|pnpm|pnpx|corepack)(?:-cli|-[\d.]+)?\.[cm]?js$/;

/** The name by which a program's syntax is known. */
function commandName(text: string): string {
  const name = lastPart(text.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, '');
  if (/^ld-(?:linux|musl).*\.so/.test(name)) return 'nohup';
  return VERSIONED.exec(name)?.[1] ?? IN_JAVASCRIPT.exec(name)?.[1] ?? name;
}

/** `@scope/name@1.2`, `name==1.2`, `name[extra]`, `git+https://…/name.git@v1#x`, `npm:name`, `alias@npm:name` without what does not name the package. */
function withoutVersion(written: string): string {
  const alias = written.indexOf('npm:');
  const named = (alias < 0 ? written : written.slice(alias + 4)).replace(/^jsr:/, '');
  // Of a flake of Nix the package stands after the mark.
  const name = named.replace(/^(?:nixpkgs|flake:|github:|\.)[^#]*#(?=.)/, '');
  const start = name.includes('://') ? name.lastIndexOf('/') : 1;
  const cut = ['@', '==', '[', '>=', '~=', '#'].map(mark => name.indexOf(mark, start)).filter(index => index > 0);
  return cut.length === 0 ? name : name.slice(0, Math.min(...cut));
}

/** `/app/node_modules/@scope/name/dist/index.js` runs the package `@scope/name`. */
function packageOfPath(full: string): string | undefined {
  const path = full.replaceAll('\\', '/');
  const inModules = /^.*node-modules\/(?:\.bin\/)?((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  const scoped = /(?:^|\/)(@[^/@]+\/[^/]+)\//.exec(path)?.[1];
  return inModules ?? scoped ?? /(?:site|dist)-packages\/([^/]+)/.exec(path)?.[1];
}

function programOf(head: Token, next: Token | undefined, kind: Program['kind']): readonly Program[] {
  const isAddress = /:\d+$/.test(head.text) || (head.text.includes('://') && kind === 'program');
  if (isAddress && kind !== 'image') return [];
  const isFile = kind === 'program' && head.text.includes('/');
  const full = kind === 'image' ? head.text : normal(isFile ? head.text : withoutVersion(head.text));
  const base = lastPart(full).replace(ENDING, '');
  const itself: Program = { kind, path: head.path, full, base, withNext: next ? `${base} ${normal(next.text)}` : base };
  const within = kind === 'program' ? packageOfPath(full) : undefined;
  if (within === undefined) return [itself];
  return [
    itself,
    { kind: 'package', path: head.path, full: within, base: lastPart(within), withNext: lastPart(within) },
  ];
}

interface KnownCommand {
  readonly syntax: CommandSyntax;
  /** From its options on. */
  readonly rest: readonly Token[];
}

/** Options with a value that stand before a subcommand. */
const FRONT_OPTIONS: ReadonlySet<string> = new Set(
  '--directory --project --prefix --cwd -C --cache-dir --config-file -H --host --context --config --log-level -n --namespace'.split(
    ' ',
  ),
);

/** `uv --directory /app run x` is `uv run`; a package that stands before the subcommand is one of its options. */
function subcommandOf(name: string, tokens: readonly Token[]): KnownCommand | undefined {
  if (!WITH_SUBCOMMAND.has(name)) return undefined;
  const { rest, options } = splitOptions(tokens, option => FRONT_OPTIONS.has(option));
  const given = options
    .filter(({ option }) => option === '--package')
    .map(({ option, value }) => ({ path: value.path, text: `${option}=${value.text}` }));
  for (const length of [2, 1]) {
    const syntax = COMMANDS.get([name, ...rest.slice(0, length).map(({ text }) => text)].join(' '));
    if (syntax && rest.length >= length) return { syntax, rest: [...given, ...rest.slice(length)] };
  }
  return undefined;
}

/** The syntax of a command, where it is known. */
function syntaxOf(tokens: readonly Token[]): KnownCommand | undefined {
  const name = commandName(tokens[0]?.text ?? '');
  const syntax = COMMANDS.get(name);
  return subcommandOf(name, tokens.slice(1)) ?? (syntax && { syntax, rest: tokens.slice(1) });
}

/** A command whose syntax is known. */
interface Call {
  readonly syntax: CommandSyntax;
  readonly options: readonly Options[];
  readonly rest: readonly Token[];
  readonly head: Token;
  readonly depth: number;
  readonly input: string;
  /** Its options name all that it runs. */
  readonly isDone: boolean;
}

/** The scripts that options give, and the parameters after them. The first is the shell's, the last is npm's. */
function scriptsOf(
  { scripts }: CommandSyntax,
  options: readonly Options[],
  tokens: readonly Token[],
): readonly (Token & { readonly after: readonly string[] })[] {
  const values = options.filter(({ option }) => scripts?.has(option)).map(({ value }) => value);
  return [...new Set([values[0], values.at(-1)])].flatMap(script =>
    script ? { ...script, after: tokens.slice(tokens.indexOf(script) + 1).map(({ text }) => text) } : [],
  );
}

/** Whether the first word after these options is a script: `sh -c`, `sh -ceu`. */
const isScriptNext = ({ scriptFlag }: CommandSyntax, options: readonly Token[]): boolean =>
  scriptFlag !== undefined && options.some(({ text }) => /^-[A-Za-z]+$/.test(text) && text.includes(scriptFlag));

/** The command that a wrapper runs; xargs adds what it reads, or puts it where its mark stands. */
function wrapped({ syntax, options, rest, head, input }: Call): readonly Token[] {
  const command = rest.slice(syntax.operands ?? 0);
  if (commandName(head.text) !== 'xargs') return command;
  const mark = options.find(({ option }) => option === '-I' || option === '--replace')?.value.text;
  const read = input.split(/\s+/).filter(text => text !== '');
  if (mark === undefined) return [...command, ...read.map(text => ({ text, path: head.path }))];
  return command.map(({ text, path }) => ({ text: text.replace(mark, () => read.join(' ')), path }));
}

/** The command of an address of socat that is a program: `EXEC:"COMMAND",pty`. */
const relayed = (address: string): string | undefined =>
  /^(?:exec|system|shell):("[^"]*"|'[^']*'|[^,]*)/i.exec(address)?.[1]?.replace(/^(["'])(.*)\1$/s, '$2');

/** Follows commands into the commands that they run. */
class Walk {
  readonly found: Program[] = [];
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  command(tokens: readonly Token[], depth: number, input = ''): void {
    const head = tokens[0];
    if (head === undefined) return;
    // A program that only a running shell knows: "$PYTHON" -m x.
    if (head.text === '') {
      this.command(tokens.slice(1), depth, input);
      return;
    }
    if (depth > MAX_DEPTH) {
      this.#shell.budget.isSpent = true;
      return;
    }
    const [assigned, name = ''] = ASSIGNMENT.exec(head.text) ?? [];
    if (assigned !== undefined) {
      this.#shell.variables.set(name, head.text.slice(assigned.length));
      this.command(tokens.slice(1), depth, input);
      return;
    }
    const known = syntaxOf(tokens);
    if (known) {
      this.#known(known.syntax, known.rest, head, depth, input);
      return;
    }
    if (isOption(head)) {
      this.#imageArguments(tokens, depth);
      return;
    }
    this.found.push(
      ...programOf(
        head,
        tokens.slice(1).find(token => !isOption(token)),
        'program',
      ),
    );
    this.#within(head, tokens.slice(1), depth);
  }

  script(text: string, path: string, depth: number, positional = this.#shell.positional): void {
    if (depth > MAX_DEPTH) {
      this.#shell.budget.isSpent = true;
      return;
    }
    const shell = { ...this.#shell, positional };
    for (const { words, input } of readScript(text, shell)) {
      this.command(
        words.map(word => ({ text: word, path })),
        depth + 1,
        input,
      );
    }
  }

  /** Arguments of a program that is not known: those of npx or of Python, or a command after `--`. */
  #imageArguments(tokens: readonly Token[], depth: number): void {
    const [first] = tokens;
    if (first === undefined) return;
    const own = OWN_OPTIONS.get(first.text);
    if (own) this.command([{ text: own, path: first.path }, ...tokens], depth + 1);
    else this.#within(undefined, tokens, depth);
  }

  /** A program that is not known may run the command that stands after `--`, or that begins with a known program. */
  #within(program: Token | undefined, tokens: readonly Token[], depth: number): void {
    const name = program && commandName(program.text);
    if (name && QUIET.has(name)) return;
    const dashes = name && WITHOUT_COMMAND.has(name) ? -1 : tokens.findIndex(({ text }) => text === '--');
    const runs = new Set(['runner', 'shell', 'interpreter', 'container']);
    const index = tokens.findIndex((_, at) => {
      const syntax = COMMANDS.get(commandName(tokens[at]?.text ?? ''));
      return syntax !== undefined && runs.has(syntax.runs);
    });
    if (dashes >= 0) this.command(tokens.slice(dashes + 1), depth + 1);
    else if (index >= 0) this.command(tokens.slice(index), depth + 1);
  }

  #known(syntax: CommandSyntax, tokens: readonly Token[], head: Token, depth: number, input: string): void {
    const { options, rest } = splitOptions(tokens, valuesOf(syntax), syntax.last);
    for (const { text, path, after } of scriptsOf(syntax, options, tokens)) this.script(text, path, depth, after);
    const next = rest.find(token => !isOption(token));
    for (const { option, value } of options) {
      if (syntax.packages?.has(option))
        this.found.push(...programOf(value, next, syntax.runs === 'runner' ? 'package' : 'program'));
      if (syntax.code?.has(option)) this.#code(value, depth);
    }
    const [script, ...parameters] = rest;
    if (script && isScriptNext(syntax, tokens.slice(0, tokens.length - rest.length))) {
      this.script(
        script.text,
        script.path,
        depth,
        parameters.map(({ text }) => text),
      );
      return;
    }
    const isDone = options.some(({ option }) => syntax.scripts?.has(option) || syntax.code?.has(option));
    this.#rest({ syntax, options, rest, head, depth, input, isDone });
  }

  #rest(call: Call): void {
    const { syntax, rest, head, depth, input, isDone } = call;
    const first = rest[0];
    switch (syntax.runs) {
      case 'evaluator':
        this.script(rest.map(({ text }) => text).join(' '), first?.path ?? head.path, depth + 1);
        break;
      case 'elsewhere':
        this.found.push(...programOf(head, first, 'program'));
        break;
      case 'install':
        for (const token of rest) if (!isOption(token)) this.found.push(...programOf(token, undefined, 'install'));
        break;
      case 'container':
        if (first) this.found.push(...programOf(first, undefined, 'image'));
        this.command(rest.slice(1), depth + 1);
        break;
      case 'shell':
        if (first === undefined && !isDone) this.script(input, head.path, depth);
        else if (!isDone) this.command(rest, depth + 1);
        break;
      case 'relay':
        this.#relay(call);
        break;
      case 'wrapper':
        this.#wrapper(call);
        break;
      case 'runner':
        this.#runner(rest, depth);
        break;
      case 'interpreter':
        this.#interpreter(call);
    }
  }

  /** Addresses that are programs, and options that stand behind the port. */
  #relay({ syntax, rest, depth }: Call): void {
    for (const [index, { text, path }] of rest.entries()) {
      const option = rest[index - 1]?.text ?? '';
      this.script(syntax.scripts?.has(option) ? text : (relayed(text) ?? ''), path, depth);
    }
  }

  /** `su app -c SCRIPT` has its option after the user. */
  #wrapper(call: Call): void {
    const { syntax, rest, depth, input } = call;
    const script = rest[rest.findIndex(({ text }) => text !== '' && syntax.scripts?.has(text)) + 1];
    if (script !== undefined && script !== rest[0]) this.script(script.text, script.path, depth);
    else this.command(wrapped(call), depth + 1, input);
  }

  #interpreter({ options, rest, depth }: Call): void {
    const first = rest[0];
    if (options.some(({ option }) => option === '-m')) this.#module(options, rest, depth);
    else if (first !== undefined && IN_JAVASCRIPT.test(lastPart(first.text))) this.command(rest, depth + 1);
    else if (first !== undefined) {
      const next = rest.slice(1).find(token => !isOption(token));
      this.found.push(...programOf(first, next, /^(?:npm|jsr):/.test(first.text) ? 'package' : 'program'));
      this.#within(first, rest.slice(1), depth);
    }
  }

  #runner(rest: readonly Token[], depth: number): void {
    const first = rest[0];
    if (first === undefined) return;
    if (syntaxOf(rest) || ASSIGNMENT.test(first.text)) {
      this.command(rest, depth + 1);
      return;
    }
    this.found.push(
      ...programOf(
        first,
        rest.slice(1).find(token => !isOption(token)),
        'package',
      ),
    );
    this.#within(first, rest.slice(1), depth);
  }

  /** `python -m uv tool run x` runs what `uv tool run x` does. */
  #module(options: readonly Options[], rest: readonly Token[], depth: number): void {
    const module = options.find(({ option }) => option === '-m')?.value;
    if (module && syntaxOf([module, ...rest])) this.command([module, ...rest], depth + 1);
  }

  /** Modules that a piece of Python, JavaScript or the like imports, and the command that it starts: `execvp("npx", ["npx", "-y", "x"])`. */
  #code({ text, path }: Token, depth: number): void {
    const code = text.slice(0, MAX_CHARACTERS);
    const imported = /\b(?:import|from|require|run_module|import_module)\s*\(?\s*['"]?([\w@./-]+)/g;
    for (const [, name = ''] of code.matchAll(imported))
      this.found.push(...programOf({ text: name, path }, undefined, 'package'));
    const quoted = [...code.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(([, double, single]) => double ?? single ?? '');
    const start = quoted.findIndex(word => STARTED.has(commandName(word.split(' ', 1)[0] ?? '')));
    const command = quoted.slice(start);
    if (start < 0) return;
    if (command[0]?.includes(' ')) this.script(command[0], path, depth);
    else
      this.command(
        command.map(word => ({ text: word, path })),
        depth + 1,
      );
  }
}

/** How much longer variables may make what is written for a container, and what is free. */
const MAX_GROWTH = 16;
const FREE_CHARACTERS = 2048;

/**
 * Characters that expansions may make for a container. In proportion to what is written: one Pod may have thousands of containers with variables
 * that double with every step.
 */
function roomFor({ command, args, variables }: Container): number {
  const texts = [...command, ...args, ...variables.map(({ value }) => value)];
  return FREE_CHARACTERS + MAX_GROWTH * texts.reduce((sum, { length }) => sum + length, 0);
}

/** What a container runs, with the variables that the kubelet puts in. */
interface Expanded {
  readonly commandLine: readonly Token[];
  readonly variables: Map<string, string>;
  /** Some of it was left out. */
  readonly isCut: boolean;
}

function expanded(container: Container): Expanded {
  const known = new Map<string, string>();
  let room = roomFor(container);
  let isCut = false;
  const expand = (text: string): string => {
    const most = Math.min(MAX_CHARACTERS, Math.max(0, room));
    const whole = expandReferences(text, known, most);
    const isExpanded = text.includes('$');
    if (isExpanded) room -= whole.length;
    isCut ||= whole.length > (isExpanded ? most : MAX_CHARACTERS);
    return whole;
  };
  for (const { name, value } of container.variables) known.set(name, expand(value));
  const commandLine = (['command', 'args'] as const).flatMap(field =>
    container[field].map((text, index) => ({ text: expand(text), path: `${container.path}.${field}[${index}]` })),
  );
  return { commandLine, variables: known, isCut };
}

/** The words of a container's command and args, with the variables that the kubelet puts in. */
export const commandLineOf = (container: Container): readonly Token[] => expanded(container).commandLine;

/** The programs that a container's command names. Without `command` its args are also those of the image's program. */
export function programsOf(container: Container): Programs {
  const { commandLine, variables, isCut } = expanded(container);
  const budget: Budget = { characters: Math.min(MAX_CHARACTERS, roomFor(container)), isSpent: false };
  const walk = new Walk({ variables, positional: [], budget });
  walk.command(commandLine, 0);
  const entry = lastPart(imageRepository(container.image));
  const [first] = commandLine;
  if (container.command.length === 0 && first && WITH_SUBCOMMAND.has(commandName(entry))) {
    walk.command([{ text: entry, path: first.path }, ...commandLine], 0);
  }
  return { programs: walk.found, isUnread: budget.isSpent || isCut };
}
