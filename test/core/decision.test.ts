import { describe, expect, it } from 'vitest';
import { type Cause, type Finding, type Verdict, verdictOf } from '../../src/core/decision.ts';

const REF = { kind: 'Deployment', namespace: 'tools', name: 'fetch' };

const finding = (rule: string, level: Finding['level'] = 'deny'): Finding => ({
  rule,
  messageId: 'm',
  level,
  subject: REF,
  object: REF,
  path: '',
  message: '',
  fix: { summary: 'mend it' },
});
const cause = (code: Cause['code']): Cause => ({ code, object: REF, message: '' });

const ABSENT = finding('ingress-not-isolated');
const OPEN = finding('egress-reaches-metadata');
const WARNED = finding('gateway-locked-out', 'warn');
const UNREADABLE = cause('unreadable-policy');
const FOREIGN = cause('foreign-policy');
const UNKNOWN = cause('unknown-networks');

describe('The verdict', () => {
  // biome-ignore format: one line a case
  it.each<readonly [title: string, findings: readonly Finding[], causes: readonly Cause[], verdict: Verdict]>([
    ['of nothing', [], [], 'allow'],
    ['of a warning', [WARNED], [], 'allow'],
    ['of a denial', [OPEN], [], 'deny'],
    ['of a missing policy', [ABSENT], [], 'deny'],
    ['beside networks that are not known', [], [UNKNOWN], 'undetermined'],
    ['of a denial beside networks that are not known', [OPEN], [UNKNOWN], 'deny'],
    ['of a missing policy beside networks that are not known', [ABSENT], [UNKNOWN], 'deny'],
    ['of an opening beside an unreadable policy, which can only open more', [OPEN], [UNREADABLE], 'deny'],
    ['of a missing policy beside an unreadable one, which may be it', [ABSENT], [UNREADABLE], 'undetermined'],
    ['of both beside an unreadable policy', [ABSENT, OPEN], [UNREADABLE], 'deny'],
    ['of a denial beside a policy of another API, which can close it', [OPEN], [FOREIGN], 'undetermined'],
    ['of a denial beside both', [OPEN], [UNREADABLE, FOREIGN], 'undetermined'],
    ['of a warning beside an unreadable policy', [WARNED], [UNREADABLE], 'undetermined'],
  ])('%s', (_title, findings, causes, verdict) => {
    expect(verdictOf(findings, causes)).toBe(verdict);
  });
});
