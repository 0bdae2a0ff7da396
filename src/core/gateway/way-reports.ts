import type { JudgedWay } from '../callers.ts';
import type { Fix } from '../decision.ts';
import type { Aspect } from '../kube/gateway-fact.ts';
import type { Report } from '../rule.ts';

/** What the rules about ways say: `open` where not everybody is asked, `undetermined` where that cannot be told. */
export type WayMessage = 'open' | 'undetermined';

/** Reports on the ways on which one thing is not asked, or may not be; each fault once, however many ways it is on. */
export function reportsOn(ways: readonly JudgedWay[], aspect: Aspect, fix: Fix): readonly Report<WayMessage>[] {
  const reports = ways.flatMap(({ text, answers, isSure }): readonly Report<WayMessage>[] => {
    const { state, object, path, says } = answers[aspect];
    if (state === 'yes') return [];
    const report = { object, path, data: { way: text, why: says }, fix };
    if (state === 'unknown') return [{ ...report, messageId: 'undetermined', atMost: 'warn' }];
    return [{ ...report, messageId: 'open', ...(!isSure && { atMost: 'warn' as const }) }];
  });
  const keyOf = ({ messageId, object, path, data }: Report): string => JSON.stringify([messageId, object, path, data]);
  return [...new Map(reports.map(report => [keyOf(report), report])).values()];
}
