import type { CommandSyntax } from './command-table.ts';

/** One word of a container's command line. */
export interface Token {
  readonly text: string;
  /** Field path inside the object. */
  readonly path: string;
}

export const isOption = ({ text }: Token): boolean => text.length > 1 && text.startsWith('-');

/** An option with its value. */
export interface Options {
  readonly option: string;
  readonly value: Token;
}

type TakesValue = (option: string) => boolean;

const endsOptions = ({ text }: Token, takesValue: TakesValue): boolean =>
  !/^[-+]./.test(text) && !(text.startsWith('/') && takesValue(text));

/**
 * Where the value of a word of short options is: `python -Im MODULE`, `xargs -n1`. The last takes the next word, the first may have its own behind it.
 * The options of Java and others have one dash and many letters, so that no other counts.
 */
function clustered(name: string, takesValue: TakesValue): { readonly option: string; readonly glued: string } {
  const [first, last] = [name.slice(0, 2), `-${name.slice(-1)}`];
  if (!/^-[A-Za-z]./.test(name) || takesValue(name)) return { option: name, glued: '' };
  if (takesValue(first)) return { option: first, glued: name.slice(2) };
  return { option: /^-[A-Za-z]+$/.test(name) && takesValue(last) ? last : name, glued: '' };
}

/** One option, its value where it has one, and how many words they are. */
function optionAt(token: Token, next: Token | undefined, takesValue: TakesValue) {
  const { option, glued } = clustered(token.text, takesValue);
  if (glued !== '') return { option, value: { text: glued.replace(/^=/, ''), path: token.path }, length: 1 };
  const equals = token.text.indexOf('=');
  if (equals >= 0) {
    const value = { text: token.text.slice(equals + 1), path: token.path };
    return { option: token.text.slice(0, equals), value, length: 1 };
  }
  return takesValue(option) ? { option, value: next, length: 2 } : { option, value: undefined, length: 1 };
}

/** The options at the head of these words with their values, and what follows them. */
export function splitOptions(tokens: readonly Token[], takesValue: TakesValue, last?: ReadonlySet<string>) {
  const options: Options[] = [];
  let index = 0;
  for (let token = tokens[index]; token !== undefined; token = tokens[index]) {
    if (token.text === '--') return { options, rest: tokens.slice(index + 1) };
    if (endsOptions(token, takesValue)) break;
    const { option, value, length } = optionAt(token, tokens[index + 1], takesValue);
    if (value) options.push({ option, value });
    index += length;
    if (last?.has(option)) break;
  }
  return { options, rest: tokens.slice(index) };
}

const SINGLE_OPTION = /^-(?:[A-Za-z]|-[\w-]+)$/;

/** Which options of a command take a value. */
export const valuesOf =
  ({ flags, values, scripts, packages, code }: CommandSyntax): TakesValue =>
  option =>
    flags
      ? SINGLE_OPTION.test(option) && !flags.has(option)
      : [values, scripts, packages, code].some(options => options?.has(option));

/** The options of a command line as `--flag=value`: an option and a following word that is no option belong together. */
export function optionsOf(commandLine: readonly Token[]): readonly Token[] {
  return commandLine.flatMap((token, index) => {
    if (!isOption(token)) return [];
    const next = commandLine[index + 1];
    const isWhole = next === undefined || token.text.includes('=') || isOption(next);
    return isWhole ? token : { text: `${token.text}=${next.text}`, path: token.path };
  });
}
