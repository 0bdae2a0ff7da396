import { describe, expect, test } from 'vitest';
import { isWorse, worstOf } from '../../../src/app/report/worst-decision.ts';
import type { Cause, Decision, Finding, Verdict } from '../../../src/core/decision.ts';

describe('Of two decisions on one server', () => {
  const found = (rule: string, path = ''): Finding =>
    ({ rule, path, messageId: 'm', object: { kind: 'NetworkPolicy', namespace: 'a', name: 'p' } }) as Finding;
  const because = (code: string): Cause => ({ code }) as unknown as Cause;
  const decision = (
    verdict: Verdict,
    findings: readonly Finding[] = [],
    causes: readonly Cause[] = [],
    standing = 'declared',
  ): Decision =>
    ({ mcp: { standing }, verdict, findings, causes, excepted: [], refusedExceptions: [] }) as unknown as Decision;
  const rules = ({ findings }: Decision): readonly string[] => findings.map(({ rule, path }) => `${rule}${path}`);

  test.each<[one: Verdict, than: Verdict, worse: boolean]>([
    ['deny', 'allow', true],
    ['undetermined', 'deny', true],
    ['undetermined', 'allow', true],
    ['deny', 'deny', false],
    ['allow', 'deny', false],
  ])('%s weighs more than %s: %s', (one, than, worse) => {
    expect(isWorse(decision(one), decision(than))).toBe(worse);
    expect(worstOf(decision(one), decision(than), new Map()).verdict).toBe(worse ? one : than);
  });

  test('a server weighs more than none, whose findings are none', () => {
    const none = decision('allow', [found('x')], [], 'no');
    expect(isWorse(decision('allow'), none)).toBe(true);
    expect(worstOf(none, decision('allow', [found('a')]), new Map())).toEqual(decision('allow', [found('a')]));
  });

  test('everything is told that either finds, what both find once, sorted', () => {
    const one = worstOf(
      decision('deny', [found('b'), found('a', '2')], [because('x')]),
      decision('deny', [found('b'), found('a', '1'), found('c')], [because('x'), because('y')]),
      new Map(),
    );
    expect([rules(one), one.causes]).toEqual([
      ['a1', 'a2', 'b', 'c'],
      [because('x'), because('y')],
    ]);
  });

  test('what both find in different places is told twice', () => {
    const [first, second] = [found('a'), found('a')];
    expect(
      rules(worstOf(decision('deny', [first]), decision('deny', [second]), new Map([[second, 'other.yaml']]))),
    ).toEqual(['a', 'a']);
  });
});
