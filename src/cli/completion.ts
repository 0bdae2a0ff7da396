import type { Argument, Command, Option } from 'commander';
import { EXPLAINED } from './rules.ts';

/** What can follow a command's name. */
interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  /** Its own, and those of the commands below it. */
  readonly options: readonly Option[];
  /** Names of the commands below it, and closed lists of words that its arguments take. */
  readonly words: readonly string[];
  /** Files may follow beside the words. */
  readonly takesFiles: boolean;
}

const longName = ({ long, short }: Option): string => long ?? short ?? '';

/** Words that an argument can be: of a rule, the ids that can be explained. */
const wordsOf = (argument: Argument): readonly string[] =>
  argument.argChoices ?? (argument.name() === 'rule' ? EXPLAINED : []);

/** Prints the contexts of the kubeconfig, a line each; nothing where there is no kubectl. */
const CONTEXTS = 'kubectl config get-contexts -o name 2>/dev/null';
const isContext = ({ long }: Option): boolean => long === '--context';

/** Whether what follows an option is a file or a folder: completion offers those for nothing else. */
export const takesFile = ({ flags }: Option): boolean => /[<[](?:dir|[\w=|]*file)(?:\.\.\.)?[>\]]/.test(flags);

/** The options of a command and of those below it, each name once. */
export function optionsOf(command: Command): readonly Option[] {
  const all = [command, ...command.commands].flatMap(({ options }) => options).filter(({ hidden }) => !hidden);
  return [...new Map(all.map(option => [longName(option), option] as const)).values()];
}

/** The commands that people are told of. */
export function shownCommands(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return command.commands.filter(one => shown.includes(one));
}

/** The words that can follow a command. */
export const followingWords = (command: Command): readonly string[] => [
  ...command.commands.map(below => below.name()),
  ...command.registeredArguments.flatMap(wordsOf),
];

function commandsOf(program: Command): readonly CompletedCommand[] {
  return shownCommands(program).map(command => {
    const words = followingWords(command);
    return {
      name: command.name(),
      description: command.description(),
      options: optionsOf(command),
      words,
      takesFiles: words.length === 0 || command.commands.length > 0,
    };
  });
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
  const closed = commands.filter(({ takesFiles }) => !takesFiles).map(({ name }) => name);
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
  const cases = commands.map(({ name, options, words, takesFiles }) => {
    const specs = options.map(option => {
      const takes = option.required || option.optional;
      const contexts = `{compadd -- \${(f)"$(${CONTEXTS})"}}`;
      const others = isContext(option) ? contexts : takesFile(option) ? '_files' : ' ';
      const values = option.argChoices ? `(${option.argChoices.join(' ')})` : others;
      return quoted(`${longName(option)}[${zshText(option.description)}]${takes ? `:value:${values}` : ''}`);
    });
    const listed = `(${words.join(' ')})`;
    const both = `{ _alternative 'words:word:${listed}' 'files:file:_files' }`;
    const rest = words.length === 0 ? '_files' : takesFiles ? both : listed;
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
  const lines = commands.flatMap(({ name, description, options, words, takesFiles }) => {
    const within = `complete -c chokepoint -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c chokepoint -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...options.map(option => {
        const values = fishValues(option);
        return `${within} -l ${longName(option).replace(/^--/, '')}${values} -d ${quoted(option.description)}`;
      }),
      ...(words.length > 0 ? [`${within}${takesFiles ? '' : ' -f'} -a ${quoted(words.join(' '))}`] : []),
    ];
  });
  return `# fish completion for chokepoint\n${lines.join('\n')}\n`;
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A completion script, made from the commands as they are. */
export function completionScript(shell: keyof typeof SCRIPTS, program: Command): string {
  return SCRIPTS[shell](commandsOf(program));
}
