import type { Argument, Command, Option } from 'commander';
import { EXPLAINED } from './rules.ts';

/** What can follow a command's name. */
interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** Closed lists of words that its arguments take. */
  readonly words: readonly string[];
}

const longName = ({ long, short }: Option): string => long ?? short ?? '';

/** Words that an argument can be: of a rule, the ids that can be explained. */
export const wordsOf = (argument: Argument): readonly string[] =>
  argument.argChoices ?? (argument.name() === 'rule' ? EXPLAINED : []);

/** Prints the contexts of the kubeconfig, a line each; nothing where there is no kubectl. */
const CONTEXTS = 'kubectl config get-contexts -o name 2>/dev/null';
const isContext = ({ long }: Option): boolean => long === '--context';

/** Whether what follows an option is a file or a folder: completion offers those for nothing else. */
export const takesFile = ({ flags }: Option): boolean => /<(?:dir|[\w=]*file)>/.test(flags);

function commandsOf(program: Command): readonly CompletedCommand[] {
  return program.commands.map(command => ({
    name: command.name(),
    description: command.description(),
    options: command.options.filter(({ hidden }) => !hidden),
    words: command.registeredArguments.flatMap(wordsOf),
  }));
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const all = [...options.map(longName), '--help', ...words].join(' ');
    return `    ${name}) words="${all}" ;;`;
  });
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(option => option.required && !takesFile(option))
      .map(option => {
        const keys = [option.long, option.short].flatMap(flag => (flag ? [`"${name} ${flag}"`] : []));
        const offered = isContext(option) ? `$(${CONTEXTS})` : (option.argChoices ?? []).join(' ');
        return `    ${keys.join('|')}) COMPREPLY=($(compgen -W "${offered}" -- "$current")); return ;;`;
      }),
  );
  const closed = commands.filter(({ words }) => words.length > 0).map(({ name }) => name);
  return `# bash completion for chokepoint
_chokepoint() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} help --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "\${COMP_WORDS[1]} $previous" in
${values.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
    ${closed.join('|')}) COMPREPLY=($(compgen -W "$words" -- "$current")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _chokepoint chokepoint
`;
}

/** Inside single quotes of zsh and fish; brackets and colons mean something to zsh's `_arguments`. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const zshText = (text: string): string => text.replace(/[[\]:]/g, character => `\\${character}`);

function zshScript(commands: readonly CompletedCommand[]): string {
  const listed = commands.map(({ name, description }) => `    ${quoted(`${name}:${zshText(description)}`)}`);
  const cases = commands.map(({ name, options, words }) => {
    const specs = options.map(option => {
      const takes = option.required || option.optional;
      const contexts = `{compadd -- \${(f)"$(${CONTEXTS})"}}`;
      const others = isContext(option) ? contexts : takesFile(option) ? '_files' : ' ';
      const values = option.argChoices ? `(${option.argChoices.join(' ')})` : others;
      return quoted(`${longName(option)}[${zshText(option.description)}]${takes ? `:value:${values}` : ''}`);
    });
    const rest = words.length > 0 ? `(${words.join(' ')})` : '_files';
    return `    ${name}) _arguments ${[...specs, quoted(`*:argument:${rest}`)].join(' ')} ;;`;
  });
  return `#compdef chokepoint
_chokepoint() {
  local -a commands
  commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_chokepoint" ]; then _chokepoint "$@"; else compdef _chokepoint chokepoint; fi
`;
}

/** What fish offers after an option: words and nothing else, files, or nothing. */
function fishValues(option: Option): string {
  if (option.argChoices) return ` -x -a ${quoted(option.argChoices.join(' '))}`;
  if (isContext(option)) return ` -x -a ${quoted(`(${CONTEXTS})`)}`;
  if (!option.required) return '';
  return takesFile(option) ? ' -r' : ' -x';
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options, words }) => {
    const within = `complete -c chokepoint -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c chokepoint -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...options.map(option => {
        const values = fishValues(option);
        return `${within} -l ${longName(option).replace(/^--/, '')}${values} -d ${quoted(option.description)}`;
      }),
      ...(words.length > 0 ? [`${within} -f -a ${quoted(words.join(' '))}`] : []),
    ];
  });
  return `# fish completion for chokepoint\n${lines.join('\n')}\n`;
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A completion script, made from the commands as they are. */
export function completionScript(shell: keyof typeof SCRIPTS, program: Command): string {
  return SCRIPTS[shell](commandsOf(program));
}
