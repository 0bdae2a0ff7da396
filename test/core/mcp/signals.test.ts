import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtinSignals } from '../../../src/core/gate/document/signals.ts';
import { SIGNAL_FIELDS, SIGNAL_MATCHES, SIGNAL_STRENGTHS } from '../../../src/core/gate/types.ts';
import { normal } from '../../../src/core/mcp/text.ts';
import { OTHERS } from './others.ts';
import { SERVERS } from './servers.ts';

const { signals, notServers } = builtinSignals;
const all = [...signals, ...notServers];
const KEYED = new Set(['label', 'annotation', 'owner', 'service-label', 'service-annotation']);
const KEYS = ['id', 'strength', 'field', 'key', 'match', 'values', 'listens', 'says', 'source', 'date'];
const docs = readFileSync(new URL('../../../docs/detection.md', import.meta.url), 'utf8');

describe('the built-in signals', () => {
  it.each(all.map(signal => [signal.id, signal] as const))('say everything of %s', (_, signal) => {
    expect(Object.keys(signal).filter(key => !KEYS.includes(key))).toEqual([]);
    expect(SIGNAL_STRENGTHS).toContain(signal.strength);
    expect(SIGNAL_FIELDS).toContain(signal.field);
    expect(SIGNAL_MATCHES).toContain(signal.match);
    expect(signal.id).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(signal.says).toMatch(/^[^.].*[^.]$/);
    expect(signal.source.length).toBeGreaterThan(10);
    expect(signal.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(signal.key !== '').toBe(KEYED.has(signal.field));
    expect(signal.values.length > 0 || KEYED.has(signal.field)).toBe(true);
    expect(signal.values.every(value => normal(value) !== '')).toBe(true);
    expect(new Set(signal.values.map(normal)).size).toBe(signal.values.length);
  });

  it('have ids of their own', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(notServers.every(({ id }) => id.startsWith('not-'))).toBe(true);
  });

  it('never let a name or a label set strong evidence aside', () => {
    const strong = notServers.filter(({ strength }) => strength === 'strong');
    expect([...new Set(strong.map(({ field }) => field))].sort()).toEqual(['command', 'image']);
    expect(strong.filter(({ field, match }) => field === 'image' && match !== 'equals')).toEqual([]);
  });

  it('are all in the documentation, and nothing else is', () => {
    const listed = [...docs.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(match => match[1]);
    expect(listed.sort()).toEqual(all.map(({ id }) => id).sort());
  });
});

describe('the tables of cases', () => {
  it('are long enough', () => {
    expect([SERVERS.length >= 60, OTHERS.length >= 40]).toEqual([true, true]);
  });

  it('hold every signal, but for those of Services', () => {
    const covered = new Set([...SERVERS, ...OTHERS].flatMap(([, , , ids]) => ids.split(' ')));
    const missing = all.filter(
      ({ id, field }) => !field.startsWith('service-') && field !== 'install' && !covered.has(id),
    );
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  it('have titles of their own', () => {
    const titles = [...SERVERS, ...OTHERS].map(([title]) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
