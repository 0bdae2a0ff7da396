import type { Random } from './random.ts';

/** What a document may hold; null is written in one of its forms. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** Plain text that every YAML reader takes for a string. */
const PLAIN = /^[A-Za-z][A-Za-z0-9._/-]*$/;
/** Words that YAML 1.1 takes for booleans and null (yaml.org/type/bool.html), whatever their case. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Writes a value as some person might: block or flow style, quotes of either kind or none, comments, odd order. */
export function writeYaml(random: Random, value: Value): string {
  const comment = random.chance(0.15)
    ? `# ${random.pick(['generated', '---', 'see the wiki: {}', "don't edit"])}\n`
    : '';
  return `${comment}${block(random, value, 0).trimStart()}`;
}

function scalar(random: Random, value: string | number | boolean | null): string {
  if (value === null) return random.pick(['null', '~', 'Null']);
  if (typeof value === 'number') return random.chance(0.02) ? `0x${value.toString(16)}` : String(value);
  if (typeof value === 'boolean') return String(value);
  if (PLAIN.test(value) && !WORDS.test(value) && random.chance(0.6)) return value;
  return random.chance(0.5) ? `'${value}'` : `"${value}"`;
}

/** Keys are rarely quoted without need. */
function keyText(random: Random, key: string): string {
  return PLAIN.test(key) && !WORDS.test(key) && random.chance(0.9) ? key : scalar(random, key);
}

const isScalar = (value: Value): value is string | number | boolean | null =>
  typeof value !== 'object' || value === null;
const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

function flow(random: Random, value: Value): string {
  if (isScalar(value)) return scalar(random, value);
  if (isList(value)) return `[${value.map(item => flow(random, item)).join(', ')}]`;
  const entries = entriesOf(random, value).map(([key, item]) => `${keyText(random, key)}: ${flow(random, item)}`);
  return `{${entries.join(', ')}}`;
}

/** The text after `key:` or `-`, for a container that begins on its own line with a line break before it. */
function block(random: Random, value: Value, indent: number): string {
  const empty = !isScalar(value) && Object.keys(value).length === 0;
  if (isScalar(value) || empty || random.chance(0.12)) return ` ${flow(random, value)}`;
  const pad = ' '.repeat(indent);
  if (isList(value)) {
    return value
      .map(item => block(random, item, indent + 2))
      .map(item => `\n${pad}-${random.chance(0.9) ? item.replace(/^\n +/, ' ') : item}`)
      .join('');
  }
  return entriesOf(random, value)
    .map(([key, item]) => {
      const deeper = isScalar(item) || !isList(item) || random.chance(0.5) ? indent + 2 : indent;
      const absent = item === null && random.chance(0.3);
      return `\n${pad}${keyText(random, key)}:${absent ? '' : block(random, item, deeper)}`;
    })
    .join('');
}

function entriesOf(random: Random, value: { readonly [key: string]: Value }): [string, Value][] {
  const entries = Object.entries(value);
  return random.chance(0.2) ? random.shuffle(entries) : entries;
}
