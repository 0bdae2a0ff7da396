import type { Command, Option } from 'commander';
import { followingWords, optionsOf, shownCommands, takesFile } from './completion.ts';

/** How kubectl completes what follows: by file names where nothing is offered, or by nothing else (cobra's ShellCompDirective). */
const OR_FILES = 0;
const OR_NOTHING = 4;

interface Offer {
  /** Each with what it means, which may be empty. */
  readonly words: readonly (readonly [word: string, meaning: string])[];
  readonly otherwise: typeof OR_FILES | typeof OR_NOTHING;
}

const offer = (words: Offer['words']): Offer => ({ words, otherwise: words.length > 0 ? OR_NOTHING : OR_FILES });
const plain = (words: readonly string[] = []): Offer => offer(words.map(word => [word, '']));

const isNamed = (option: Option, word: string): boolean => option.long === word || option.short === word;

/** What can be typed, where `before` are the words before it. Options are offered once their first dash is there: paths are what most commands take. */
function offerAfter(program: Command, before: readonly string[], typed: string): Offer {
  const [name, ...rest] = before;
  if (name === undefined) return offer(shownCommands(program).map(command => [command.name(), command.description()]));
  const command = program.commands.find(one => one.name() === name);
  if (command === undefined) return plain();
  const options = optionsOf(command);
  const last = options.find(option => isNamed(option, rest.at(-1) ?? ''));
  if (last?.required || last?.optional)
    return takesFile(last) ? plain() : { ...plain(last.argChoices), otherwise: OR_NOTHING };
  if (typed.startsWith('-'))
    return offer(options.flatMap(({ long, description }) => (long ? [[long, description]] : [])));
  if (command.commands.length > 0 && rest.length > 0) return plain();
  return plain(followingWords(command));
}

/**
 * What kubectl asks of `kubectl_complete-chokepoint`: the words that can stand for the last of `words`, which is being typed and may be empty. A
 * line each, with a tab before what it means, then `:` and the directive.
 */
export function completionOf(program: Command, words: readonly string[]): string {
  const typed = words.at(-1) ?? '';
  const { words: all, otherwise } = offerAfter(program, words.slice(0, -1), typed);
  const offered = all.filter(([word]) => word.startsWith(typed));
  const lines = offered.map(([word, meaning]) => (meaning === '' ? word : `${word}\t${meaning}`));
  return [...lines, `:${otherwise}`, ''].join('\n');
}
