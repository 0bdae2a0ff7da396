import type { Random } from './random.ts';

const quoted = (random: Random, text: string): string => {
  const quote = text.includes("'") || (random.chance(0.3) && !text.includes('"')) ? '"' : "'";
  return `${quote}${text}${quote}`;
};

/** One comparison or function. */
function operand(random: Random, keys: readonly string[], values: readonly string[]): string {
  const key = random.pick(keys);
  const blank = (): string => random.pick(['', ' ', ' ', '\t']);
  const value = (): string => quoted(random, random.pick(values));
  const set = (): string => `{${random.times(random.int(4), value).join(`,${blank()}`)}}`;
  return random.pick([
    () => `${key}${blank()}==${blank()}${value()}`,
    () => `${key}${blank()}==${blank()}${value()}`,
    () => `${key}${blank()}!=${blank()}${value()}`,
    () => `${key} in${blank()}${set()}`,
    () => `${key} not${blank()}in${blank()}${set()}`,
    () => `has(${blank()}${key}${blank()})`,
    () => `has(${key})`,
    () => `${key} contains${blank()}${value()}`,
    () => `${key} starts${blank()}with${blank()}${value()}`,
    () => `${key} ends${blank()}with${blank()}${value()}`,
    () => 'all()',
  ])();
}

/** A selector of Calico over these labels. */
export function randomSelector(random: Random, keys: readonly string[], values: readonly string[], depth = 0): string {
  const inner = (): string => randomSelector(random, keys, values, depth + 1);
  if (depth > 2 || random.chance(0.5)) return operand(random, keys, values);
  return random.pick([
    () => `!${random.pick(['', ' ', '! !'])}${operand(random, keys, values)}`,
    () => `!(${inner()})`,
    () => `(${inner()})`,
    () => `${inner()} && ${inner()}`,
    () => `${inner()}&&${inner()}`,
    () => `${inner()} || ${inner()}`,
  ])();
}
