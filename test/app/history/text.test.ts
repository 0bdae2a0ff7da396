import { describe, expect, it } from 'vitest';
import type { History, NamespaceHistory, SeenDates } from '../../../src/app/history/state.ts';
import {
  MAX_SHARD_BYTES,
  merged,
  readShard,
  SHARD_NUMBERS,
  shardsOf,
  shardText,
} from '../../../src/app/history/text.ts';
import { createRandom, type Random } from '../../support/random.ts';

const NOW = 1_795_766_400;

function datesOf(random: Random): SeenDates {
  const first = NOW - random.int(8_000_000);
  const since = random.chance(0.5) ? first : first + random.int(1_000);
  return { first, since, last: random.chance(0.3) ? since + random.int(1_000) : undefined };
}

/** A namespace with so many servers, each with so many findings. */
function namespaceOf(random: Random, servers: number, findings: number): NamespaceHistory {
  const rules = ['ingress-not-isolated', 'egress-not-isolated', 'ingress-beyond-gateway', 'service-exposed'];
  const found = () =>
    random.times(findings, index => {
      const id = random.int(0x7fffffff).toString(16).padStart(8, '0');
      return [`${rules[index % 4]}/${id}`, datesOf(random)] as const;
    });
  return {
    uid: `uid-${random.int(1_000)}`,
    modes: [{ at: NOW, mode: 'audit' }],
    reviews: random.chance(0.5) ? { refused: random.int(9), tolerated: 1, since: NOW - 9, last: NOW } : undefined,
    servers: new Map(
      random.times(servers, index => [
        `Deployment/server-${index}`,
        { ...datesOf(random), findings: new Map(found()) },
      ]),
    ),
  };
}

const historyOf = (random: Random, namespaces: number, servers: number, findings = 3): History =>
  new Map(random.times(namespaces, index => [`team-${index}`, namespaceOf(random, servers, findings)]));

describe('The history in parts', () => {
  it('is read as it was written', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = createRandom(seed);
      const history = historyOf(random, 1 + random.int(6), 1 + random.int(20), random.int(4));
      const stored = shardsOf(history).map(shard => readShard(shardText(shard).text));
      expect(merged(stored), `seed ${seed}`).toEqual(history);
    }
  });

  it('keeps what is known of the reviews of a namespace without servers', () => {
    const reviews = { refused: 1, tolerated: 2, since: 3, last: 4 };
    const history = new Map([['shop', { uid: '', modes: [], servers: new Map(), reviews }]]);
    expect(merged(shardsOf(history).map(shard => readShard(shardText(shard).text)))).toEqual(history);
  });

  it('is in the same part every time, and those of a large namespace in all of them', () => {
    const history = historyOf(createRandom(1), 1, 1_000, 1);
    const sizes = shardsOf(history).map(shard => shard.get('team-0')?.servers.size ?? 0);
    expect(sizes.length).toBe(SHARD_NUMBERS.length);
    expect(Math.min(...sizes)).toBeGreaterThan(150);
    expect(shardsOf(history)).toEqual(shardsOf(history));
  });

  it.each([
    ['', 0],
    ['{', 0],
    ['[]', 0],
    ['{"a": 7, "__proto__": {"servers": {}}}', 1],
    [
      '{"a": {"uid": 7, "modes": [["x", "audit"], [1, "loud"], 7], "servers": {"s": {"seen": ["x"]}, "t": {"seen": [1, 2, -3]}}}}',
      1,
    ],
  ])('leaves out what somebody has spoilt: %s', (text, namespaces) => {
    expect(readShard(text).size).toBe(namespaces);
    expect(readShard(text).get('a')?.servers.has('s') ?? false).toBe(false);
  });
});

/** Bytes of the parts of a history, and whether something had no room. */
const sizesOf = (history: History) =>
  shardsOf(history).map(shard => {
    const { text, isCut } = shardText(shard);
    return { bytes: Buffer.byteLength(text), isCut };
  });

describe('The room that it takes', () => {
  it('is enough for 10,000 servers with three findings each, in many namespaces or in one', () => {
    for (const history of [historyOf(createRandom(1), 500, 20), historyOf(createRandom(2), 1, 10_000)]) {
      const sizes = sizesOf(history);
      expect(sizes.some(({ isCut }) => isCut)).toBe(false);
      expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThan(700_000);
    }
  });

  it('is bounded where it is not: what is gone has no room first, then the findings, then the servers', () => {
    const levels = [20_000, 60_000].map(servers => {
      const history = historyOf(createRandom(servers), 1, servers);
      const sizes = sizesOf(history);
      expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThanOrEqual(MAX_SHARD_BYTES);
      expect(sizes.every(({ isCut }) => isCut)).toBe(true);
      const kept = merged(shardsOf(history).map(shard => readShard(shardText(shard).text))).get('team-0');
      return [...(kept?.servers.values() ?? [])].map(({ findings }) => findings.size > 0).includes(true);
    });
    expect(levels).toEqual([true, false]);
  });
});
