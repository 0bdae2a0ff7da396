/** One simple command of a script, expanded. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** What it reads on its standard input, where the script itself says so: a here-document, or what `echo` writes into a pipe. */
  readonly input: string;
}

/** What a script knows when it starts, and what is left to spend. */
export interface Shell {
  readonly variables: Map<string, string>;
  /** `$0`, `$1`, …; replaced by `set --`. */
  positional: readonly string[];
  readonly budget: Budget;
}

/** Bounds the work on one container. */
export interface Budget {
  /** Characters that may still be read or made by expansion. */
  characters: number;
  /** Something was left unread. */
  isSpent: boolean;
}

/** execve(2) refuses a longer argument, so that no longer script can run. */
export const MAX_CHARACTERS = 128 * 1024;
/** Substitutions within substitutions. */
const MAX_DEPTH = 16;

const SPACE = /[ \t\n]+/;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)\+?=/;
const DECLARING = new Set(['export', 'declare', 'local', 'readonly', 'typeset']);
/** Stand before a command, and may stand before one that assigns. */
const RESERVED = new Set(['{', 'then', 'do', 'else', 'elif', 'if', 'while', 'until', '!', 'time']);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

/** `$'…'`: `\x40` and `\100` are characters. A backslash before anything else stays. */
function ansiText(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/gs, (_, code: string) => {
    if (code.startsWith('x') && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES.get(code) ?? `\\${code}`);
  });
}

/** A format with many values makes much text of little. */
const MAX_FORMATTED = 4096;

/** A format of printf with its values, begun anew while there are values left. */
function formatted(format: string, values: readonly string[]): string {
  const pieces = format.split('%s');
  const holes = pieces.length - 1;
  const rounds = Math.max(1, Math.ceil(values.length / Math.max(1, holes)));
  if (holes === 0 || rounds * format.length > MAX_FORMATTED) return format;
  const round = (at: number): string =>
    pieces.map((piece, index) => (index === 0 ? '' : (values[at * holes + index - 1] ?? '')) + piece).join('');
  return Array.from({ length: rounds }, (_, at) => round(at)).join('');
}

/** The name of a program, as commands that look one up give it back. */
function lookedUp(words: readonly string[]): string {
  const [name = '', ...rest] = words;
  const isLookUp = name === 'which' || (name === 'command' && /^-[vV]$/.test(rest[0] ?? ''));
  return isLookUp ? (rest.find(word => !word.startsWith('-')) ?? '') : '';
}

/** What a command writes, as far as it is text that stands in the script; empty for other commands. */
function written({ words, input }: ShellCommand): string {
  const [name = '', ...rest] = words;
  if (name === 'cat' || name === 'tee') return input;
  if (name === 'printf') return ansiText(formatted(rest[0] ?? '', rest.slice(1))).replace(/\n+$/, '');
  return name === 'echo' ? rest.filter(word => !/^-[neE]+$/.test(word)).join(' ') : lookedUp(words);
}

/** A word that is being put together; an unquoted expansion may end it and begin the next. */
class Words {
  readonly done: string[] = [];
  #text = '';
  #isOpen = false;
  #hasBrace = false;

  get isEmpty(): boolean {
    return !this.#isOpen;
  }

  /** The word as it stands: the number before a redirection is no word. */
  get pending(): string {
    return this.#text;
  }

  drop(): void {
    this.#text = '';
    this.#isOpen = false;
  }

  add(text: string): void {
    this.#text += text;
    this.#isOpen = true;
  }

  addUnquoted(character: string): void {
    if (character === '{') this.#hasBrace = true;
    this.add(character);
  }

  /** What an unquoted expansion gives is split at white space. */
  addFields(text: string): void {
    for (const [index, field] of text.split(SPACE).entries()) {
      if (index > 0) this.end();
      if (field !== '') this.add(field);
    }
  }

  end(): void {
    if (this.#isOpen) this.done.push(...this.#braces());
    this.drop();
    this.#hasBrace = false;
  }

  /** `{npx,-y,x}` is three words. */
  #braces(): readonly string[] {
    const text = this.#text;
    const [open, close] = [text.indexOf('{'), text.indexOf('}')];
    const list = text.slice(open + 1, close);
    if (!this.#hasBrace || close < open || !list.includes(',')) return [text];
    return list.split(',').map(part => text.slice(0, open) + part + text.slice(close + 1));
  }
}

interface HereDocument {
  readonly end: string;
  /** `<<-`: tabs at the head of its lines go. */
  readonly strip: boolean;
}

/**
 * Reads a POSIX shell's script, with the common additions of bash, into the simple commands that it names, in order: whatever branch or loop they
 * stand in, as any of them may run. Quotes, continuation lines, comments, redirections and here-documents are taken away; variables that are known,
 * positional parameters and `$(echo …)` are put in; commands of substitutions and subshells are commands too. What files and other programs would
 * give is empty. Linear in the text; past its budget it stops, and says so there.
 */
class ScriptReader {
  readonly commands: ShellCommand[] = [];
  readonly #text: string;
  readonly #shell: Shell;
  readonly #depth: number;
  #at = 0;
  #words = new Words();
  #input = '';
  #isPiped = false;
  readonly #documents: HereDocument[] = [];

  constructor(text: string, shell: Shell, depth: number) {
    const room = Math.max(0, shell.budget.characters);
    this.#text = text.slice(0, room);
    this.#shell = shell;
    this.#depth = depth;
    shell.budget.characters -= text.length;
    if (text.length > room || depth > MAX_DEPTH) {
      shell.budget.isSpent = true;
      if (depth > MAX_DEPTH) this.#at = text.length;
    }
  }

  read(): readonly ShellCommand[] {
    while (this.#at < this.#text.length && this.commands.length < MAX_CHARACTERS) this.#step();
    this.#endCommand(false);
    return this.commands;
  }

  #step(): void {
    const character = this.#next();
    switch (character) {
      case '\\':
        this.#escape();
        return;
      case "'":
        this.#words.add(this.#until("'"));
        return;
      case '"':
        this.#doubleQuoted();
        return;
      case '$':
        if (this.#peek() === "'") this.#ansiQuoted();
        else this.#words.addFields(this.#dollar(false));
        return;
      case '`':
        this.#words.addFields(this.#backquoted());
        return;
      case ' ':
      case '\t':
      case '\r':
        this.#words.end();
        return;
      case '\n':
        this.#endCommand(false);
        this.#readDocuments();
        return;
      case '#':
        this.#words.isEmpty ? this.#comment() : this.#words.add(character);
        return;
      case '<':
      case '>':
        this.#redirect(character);
        return;
      case '&':
        if (this.#peek() !== '>') {
          this.#endCommand(false);
          return;
        }
        this.#at += 1;
        this.#redirect('>');
        return;
      case '|':
        this.#pipe();
        return;
      case ';':
      case '(':
      case ')':
        this.#endCommand(false);
        return;
      default:
        this.#words.addUnquoted(character);
        return;
    }
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #next(): string {
    this.#at += 1;
    return this.#text.charAt(this.#at - 1);
  }

  #until(end: string): string {
    const start = this.#at;
    let found = this.#text.indexOf(end, start);
    while (end !== "'" && found > start && this.#text.charAt(found - 1) === '\\')
      found = this.#text.indexOf(end, found + 1);
    this.#at = found < 0 ? this.#text.length : found + 1;
    return this.#text.slice(start, found < 0 ? undefined : found);
  }

  /** `$'…'`: a quote after a backslash ends nothing, and nothing is split. */
  #ansiQuoted(): void {
    this.#at += 1;
    const start = this.#at;
    while (this.#at < this.#text.length && this.#peek() !== "'") this.#at += this.#peek() === '\\' ? 2 : 1;
    this.#words.add(ansiText(this.#text.slice(start, this.#at)));
    this.#at += 1;
  }

  /** `||` is no pipe, and `|&` is one. */
  #pipe(): void {
    const second = this.#peek();
    if (second === '|' || second === '&') this.#at += 1;
    this.#endCommand(second !== '|');
  }

  #escape(): void {
    const character = this.#next();
    if (character !== '\n') this.#words.add(character);
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #doubleQuoted(): void {
    this.#words.add('');
    while (this.#at < this.#text.length) {
      const character = this.#next();
      if (character === '"') return;
      if (character === '$') this.#dollarQuoted();
      else if (character === '`') this.#words.add(this.#backquoted());
      else if (character === '\\') this.#quotedEscape();
      else this.#words.add(character);
    }
  }

  #quotedEscape(): void {
    const character = this.#next();
    if (character !== '\n') this.#words.add('$`"\\'.includes(character) ? character : `\\${character}`);
  }

  /** `"$@"` keeps each parameter a word. */
  #dollarQuoted(): void {
    if (this.#peek() !== '@') {
      this.#words.add(this.#dollar(true));
      return;
    }
    this.#at += 1;
    for (const [index, parameter] of this.#shell.positional.slice(1).entries()) {
      if (index > 0) this.#words.end();
      this.#words.add(parameter);
    }
  }

  /** The value of what follows a `$`. */
  #dollar(isQuoted: boolean): string {
    const character = this.#peek();
    if (character === '"' && !isQuoted) return '';
    if (character === '(') return this.#substitute(this.#enclosed('(', ')'));
    if (character === '{') return this.#parameter(this.#enclosed('{', '}'));
    if (/[@*0-9]/.test(character)) {
      this.#at += 1;
      return this.#positional(character);
    }
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) return this.#special(character);
    this.#at += name.length;
    return this.#spend(this.#valueOf(name) ?? '');
  }

  /** `$?`, `$$` and the like are unknown; any other `$` is itself. */
  #special(character: string): string {
    if (!/^[?!#$-]$/.test(character)) return '$';
    this.#at += 1;
    return '';
  }

  #positional(name: string): string {
    const { positional } = this.#shell;
    return this.#spend(/[@*]/.test(name) ? positional.slice(1).join(' ') : (positional[Number(name)] ?? ''));
  }

  #valueOf(name: string): string | undefined {
    return name === 'IFS' ? ' ' : this.#shell.variables.get(name);
  }

  #spend(value: string): string {
    const { budget } = this.#shell;
    budget.characters -= value.length;
    if (budget.characters >= 0) return value;
    budget.isSpent = true;
    return '';
  }

  /** The text between brackets, quotes and inner brackets respected. */
  #enclosed(open: string, close: string): string {
    const start = this.#at + 1;
    let depth = 0;
    while (this.#at < this.#text.length) {
      const character = this.#next();
      if (character === '\\') this.#at += 1;
      else if (character === "'" && close === ')') this.#until("'");
      else if (character === open) depth += 1;
      else if (character === close && --depth === 0) return this.#text.slice(start, this.#at - 1);
    }
    return this.#text.slice(start);
  }

  /** `${NAME}`, `${NAME:-default}`; what else may stand there changes the value in ways that are not followed. */
  #parameter(body: string): string {
    const [, name = '', operator = '', word = ''] = /^[!#]?(\w+|[@*])(:?[-=+?])?([\s\S]*)$/.exec(body) ?? [];
    if (/^[0-9@*]$/.test(name)) return this.#positional(name);
    const value = this.#valueOf(name);
    const isUnset = value === undefined || value === '';
    if (operator.endsWith('+') ? isUnset : !isUnset) return this.#spend(value ?? '');
    if (operator === '') return '';
    const given = this.#spend(this.#substitute(`echo "${word}"`));
    if (operator.endsWith('=')) this.#shell.variables.set(name, given);
    return given;
  }

  /** Runs the commands of a substitution; its value where one `echo` gives it. */
  #substitute(script: string): string {
    if (script.startsWith('(')) return '';
    const inner = new ScriptReader(script, this.#shell, this.#depth + 1).read();
    this.commands.push(...inner);
    return inner.length > 0 ? this.#spend(written(inner[inner.length - 1] ?? { words: [], input: '' })) : '';
  }

  /** Backquotes in backquotes stand behind a backslash. */
  #backquoted(): string {
    return this.#substitute(this.#until('`').replaceAll('\\`', '`'));
  }

  #redirect(first: string): void {
    if (/^\d*$/.test(this.#words.pending)) this.#words.drop();
    else this.#words.end();
    let operator = first;
    while (/[<>&|-]/.test(this.#peek()) && operator.length < 3) operator += this.#next();
    if (this.#peek() === '(') {
      this.#substitute(this.#enclosed('(', ')'));
      return;
    }
    const target = this.#target();
    if (operator === '<<<') this.#input = target;
    else if (operator.startsWith('<<')) this.#documents.push({ end: target, strip: operator === '<<-' });
  }

  /** The word after a redirection. */
  #target(): string {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at += 1;
    const outer = this.#words;
    this.#words = new Words();
    while (this.#at < this.#text.length && !/[\s;&|()<>]/.test(this.#peek())) this.#step();
    this.#words.end();
    const target = this.#words.done.join(' ');
    this.#words = outer;
    return target;
  }

  /** The bodies of the here-documents that the line before announced, given to the command that was read last. */
  #readDocuments(): void {
    for (const document of this.#documents.splice(0)) {
      const input = this.#body(document);
      const last = this.commands.pop();
      if (last) this.commands.push({ ...last, input });
    }
  }

  #body({ end, strip }: HereDocument): string {
    const lines: string[] = [];
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if ((strip ? line.replace(/^\t+/, '') : line) === end) break;
      lines.push(line);
    }
    return lines.join('\n');
  }

  #line(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const stop = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, stop < 0 ? undefined : stop);
    this.#at = stop < 0 ? this.#text.length : stop + 1;
    return line;
  }

  #endCommand(pipes: boolean): void {
    this.#words.end();
    const words = this.#words.done;
    const before = this.#isPiped ? this.commands[this.commands.length - 1] : undefined;
    if (words.length > 0) {
      this.commands.push({ words, input: this.#input || (before ? written(before) : '') });
      this.#remember(words);
    }
    this.#words = new Words();
    this.#input = '';
    this.#isPiped = pipes;
  }

  /** What later commands know by this one: assignments, `for NAME in …`, `set -- …`. */
  #remember(all: readonly string[]): void {
    const words = all.slice(
      Math.max(
        0,
        all.findIndex(word => !RESERVED.has(word)),
      ),
    );
    const [head = '', second = ''] = words;
    if (head === 'set' && second === '--') this.#shell.positional = ['sh', ...words.slice(2)];
    if (head === 'for' && words[2] === 'in') this.#shell.variables.set(second, words.slice(3).join(' '));
    const assigned = DECLARING.has(head) ? words.slice(1).filter(word => ASSIGNMENT.test(word)) : words;
    for (const word of assigned) {
      const [matched, name = ''] = ASSIGNMENT.exec(word) ?? [];
      if (matched === undefined) return;
      this.#shell.variables.set(name, word.slice(matched.length));
    }
  }
}

/** The commands of a script, see {@link ScriptReader}. */
export function readScript(text: string, shell: Shell): readonly ShellCommand[] {
  return new ScriptReader(text, shell, 0).read();
}

/**
 * A container's command as the kubelet expands it: `$(NAME)` is the value of a variable, where it is known; `$$` is one `$`.
 * What becomes longer than `most` is cut to one character more: variables that refer to each other double with every step.
 * Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
 */
export function expandReferences(
  text: string,
  variables: ReadonlyMap<string, string>,
  most: number = MAX_CHARACTERS,
): string {
  if (!text.includes('$')) return text;
  let expanded = '';
  let from = 0;
  for (const { 0: whole, 1: name, index } of text.matchAll(/\$(?:\$|\(([^()\s]*)\))/g)) {
    if (expanded.length > most) break;
    expanded += text.slice(from, index) + (name === undefined ? '$' : (variables.get(name) ?? whole));
    from = index + whole.length;
  }
  return (expanded + text.slice(from)).slice(0, most + 1);
}
