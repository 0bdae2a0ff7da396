import type { Random } from './random.ts';

/** A block as numbers: `base` may have bits beyond `length`, as people write `10.1.2.3/8`. */
export interface Block {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly length: number;
}

const bits = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** The address as text: dotted, or eight groups with or without `::`, in either case. */
export function writeAddress(random: Random, family: 4 | 6, value: bigint): string {
  if (family === 4) return dotted(value);
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const full = random.chance(0.1) ? groups.map(group => group.padStart(4, '0')).join(':') : groups.join(':');
  const short = random.chance(0.85) ? full.replace(/(?:^|:)0(?::0)+(?::|$)/, '::') : full;
  return random.chance(0.1) ? short.toUpperCase() : short;
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.');
}

const first = ({ family, base, length }: Block): bigint => {
  const shift = BigInt(bits(family) - length);
  return (base >> shift) << shift;
};
const last = (block: Block): bigint => first(block) + (1n << BigInt(bits(block.family) - block.length)) - 1n;

/** The addresses at the block's edges, just outside and just inside, that exist in its family. */
export function edges(block: Block): bigint[] {
  const top = (1n << BigInt(bits(block.family))) - 1n;
  return [first(block) - 1n, first(block), last(block), last(block) + 1n].filter(value => value >= 0n && value <= top);
}

/** The block's text; rarely in one of the forms that only sloppy readers take. */
export function writeBlock(random: Random, block: Block): string {
  const address = random.chance(0.85) ? first(block) : block.base;
  if (block.family === 4 && random.chance(0.08)) {
    const mapped = random.chance(0.5)
      ? dotted(address)
      : `${(address >> 16n).toString(16)}:${(address & 0xffffn).toString(16)}`;
    return `::ffff:${mapped}/${block.length + 96}`;
  }
  if (block.family === 4 && random.chance(0.04)) {
    return `${dotted(address).replace(/\d+/g, part => part.padStart(3, '0'))}/${block.length}`;
  }
  return `${writeAddress(random, block.family, address)}/${random.chance(0.02) ? '0' : ''}${block.length}`;
}

const FAMOUS_4 = [0n, 0x0a000000n, 0xac100000n, 0xc0a80000n, 0x64400000n, 0xa9fe0000n, 0xa9fea9fen, 0xffffffffn];
const FAMOUS_6 = [
  0n,
  0xfdn << 120n,
  0xfe80n << 112n,
  (0x64ff9bn << 96n) | 0xa9fea9fen,
  (1n << 128n) - 1n,
  0xff00n << 112n,
];

/** A block of some length around a known address, a famous one or any. */
export function randomBlock(random: Random, known: readonly Block[]): Block {
  const near = random.chance(0.5) ? random.pick(known) : undefined;
  const family = near?.family ?? random.pick([4, 6]);
  const length = random.chance(0.25)
    ? random.pick(family === 4 ? [0, 1, 8, 31, 32] : [0, 1, 8, 64, 96, 127, 128])
    : random.int(bits(family) + 1);
  return { family, base: near?.base ?? strayAddress(random, family), length };
}

function strayAddress(random: Random, family: 4 | 6): bigint {
  if (random.chance(0.5)) return random.pick(family === 4 ? FAMOUS_4 : FAMOUS_6);
  return anyAddress(random, family);
}

/** Any address of the family. */
export function anyAddress(random: Random, family: 4 | 6): bigint {
  return random
    .times(family === 4 ? 1 : 4, () => BigInt(random.int(2 ** 32)))
    .reduce((sum, part) => (sum << 32n) | part, 0n);
}

/** A smaller block inside a block, often at its very beginning or end; undefined when none is smaller. */
export function blockInside(random: Random, block: Block): Block | undefined {
  const spare = bits(block.family) - block.length;
  if (spare === 0) return undefined;
  const length = block.length + 1 + (random.chance(0.4) ? random.int(Math.min(spare, 3)) : random.int(spare));
  const offset = anyAddress(random, block.family) & ((1n << BigInt(spare)) - 1n);
  const base = random.pick([first(block), last(block), first(block) + offset, block.base]);
  return { family: block.family, base, length };
}
