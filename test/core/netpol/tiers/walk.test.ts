import { describe, expect, it } from 'vitest';
import type { Tier, TierAction, TierPolicy } from '../../../../src/core/kube/tiers.ts';
import { selectTiers, walk } from '../../../../src/core/netpol/tiers/walk.ts';

/** A rule: `Allow` matches, `Deny?` may match, `Pass-` does not. */
type RuleText = `${TierAction}${'' | '?' | '-'}`;

const ruleOf = (text: RuleText, index: number) => ({
  path: `spec.ingress[${index}]`,
  action: text.replace(/[?-]$/, '') as TierAction,
  peers: [],
  ports: { kind: 'any' as const },
  ...(text.endsWith('?') && { unknown: { path: `spec.ingress[${index}].from[0]`, why: 'nobody knows' } }),
  ...(text.endsWith('-') && { own: [] }),
});

const policy = (
  name: string,
  order: number,
  rules: readonly RuleText[],
  otherwise: 'Deny' | 'Pass' = 'Pass',
): TierPolicy => ({
  source: { kind: 'Policy', namespace: '', name },
  order,
  subject: name.startsWith('maybe') ? { kind: 'unknown' } : { kind: 'all', of: [] },
  ingress: { rules: rules.map(ruleOf), otherwise },
});
const tier = (name: string, ...policies: readonly TierPolicy[]): Tier => ({ name, ties: 'unknown', policies });
const byName = (name: string, ...policies: readonly TierPolicy[]): Tier => ({ name, ties: 'by-name', policies });

function outcome(...tiers: readonly Tier[]) {
  const selected = selectTiers(
    tiers,
    'ingress',
    ({ subject }) => subject.kind === 'all' || { path: 'spec.subject', why: 'nobody knows' },
  );
  return walk(selected, rule => (rule.own ? false : (rule.unknown ?? true)));
}

const told = (...tiers: readonly Tier[]): string => {
  const { allowed, steps, causes } = outcome(...tiers);
  const met = steps.map(({ source, action, path }) => `${source.name}${path.slice('spec.ingress'.length)} ${action}`);
  const why = [...new Set(causes.map(({ source }) => source.name))];
  return [...met, String(allowed), ...(why.length > 0 ? [`(${why.join(', ')})`] : [])].join(' ');
};

describe('The walk over tiers', () => {
  const wall = (...rules: readonly RuleText[]) => tier('Admin', policy('wall', 1, rules));
  const closed = tier('NetworkPolicy', policy('np', 0, [], 'Deny'));
  const open = tier('NetworkPolicy', policy('np', 0, ['Allow'], 'Deny'));
  const base = tier('Baseline', policy('base', 1, ['Deny']));
  // biome-ignore format: one line a case
  it.each<[string, readonly Tier[], string]>([
    ['without policies allows', [], 'true'],
    ['ends at the first rule that matches', [wall('Deny-', 'Allow', 'Deny')], 'wall[1] Allow true'],
    ['ends at a denial', [wall('Deny', 'Allow'), open], 'wall[0] Deny false'],
    ['goes on where nothing matches', [wall('Deny-'), closed], 'false'],
    ['leaves the tier at a Pass, and its policies of lower rank', [tier('Admin', policy('a', 1, ['Pass']), policy('b', 2, ['Deny'])), open], 'a[0] Pass np[0] Allow true'],
    ['allows what is passed and meets nothing', [wall('Pass', 'Deny')], 'wall[0] Pass true'],
    ['takes the policies by their order, not as they are listed', [tier('Admin', policy('a', 2, ['Deny']), policy('b', 1, ['Allow']))], 'b[0] Allow true'],
    ['denies what isolating policies do not allow, and asks no baseline', [closed, base], 'false'],
    ['asks the baseline where nothing isolates', [base], 'base[0] Deny false'],
    ['is not stopped by an Allow of an earlier tier', [wall('Allow'), closed], 'wall[0] Allow true'],
    ['knows nothing of equal orders that decide differently', [tier('Admin', policy('a', 1, ['Deny']), policy('b', 1, ['Allow']))], 'a[0] Deny b[0] Allow null (a, b)'],
    ['knows of equal orders that decide alike', [tier('Admin', policy('a', 1, ['Deny']), policy('b', 1, ['Allow-', 'Deny']))], 'a[0] Deny b[1] Deny false'],
    ['passes over equal orders of which one says nothing', [tier('Admin', policy('a', 1, ['Deny-']), policy('b', 1, ['Allow'])), closed], 'b[0] Allow true'],
    ['comes to the same by equal orders: Pass and Deny, and nothing behind that allows', [tier('Admin', policy('a', 1, ['Deny']), policy('b', 1, ['Pass'])), closed], 'a[0] Deny b[0] Pass false'],
    ['comes to something else by equal orders: Pass and Deny', [tier('Admin', policy('a', 1, ['Deny']), policy('b', 1, ['Pass']))], 'a[0] Deny b[0] Pass null (a, b)'],
    ['takes equal orders by name where the API says so', [byName('default', policy('b', 1, ['Allow']), policy('a', 1, ['Deny']))], 'a[0] Deny false'],
    ['takes what has no order last', [byName('default', policy('a', Infinity, ['Allow']), policy('b', 1, ['Deny']))], 'b[0] Deny false'],
    ['does not know of a rule that may match', [wall('Deny?')], 'wall[0] Deny null (wall)'],
    ['knows it where both ways end alike', [wall('Deny?', 'Deny')], 'wall[0] Deny wall[1] Deny false'],
    ['knows it where both ways end alike, in another tier', [wall('Deny?'), closed], 'wall[0] Deny false'],
    ['knows of a Pass that may match, before what says the same', [wall('Pass?', 'Allow'), open], 'wall[0] Pass wall[1] Allow np[0] Allow true'],
    ['does not know whether a policy selects the pod', [tier('NetworkPolicy', policy('maybe', 0, [], 'Deny'))], 'null (maybe)'],
    ['knows that another one does', [tier('NetworkPolicy', policy('maybe', 0, [], 'Deny'), policy('np', 0, [], 'Deny'))], 'false'],
  ])('%s', (_title, tiers, expected) => {
    expect(told(...tiers)).toBe(expected);
  });

  it('tells which field leaves the answer open', () => {
    expect(outcome(wall('Deny?')).causes).toEqual([
      { source: { kind: 'Policy', namespace: '', name: 'wall' }, path: 'spec.ingress[0].from[0]', why: 'nobody knows' },
    ]);
  });
});
