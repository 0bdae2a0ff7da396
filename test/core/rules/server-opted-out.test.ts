import { expect, test } from 'vitest';
import type { Decision, Evidence, McpStanding } from '../../../src/core/decision.ts';
import type { ChangeContext } from '../../../src/core/rule.ts';
import { serverOptedOut } from '../../../src/core/rules/server-opted-out.ts';

const SUBJECT = { kind: 'Deployment', namespace: 'prod', name: 'a' };
const evidence = (signal: string, path: string, object?: typeof SUBJECT): Evidence => ({
  signal,
  strength: 'strong',
  path,
  says: '',
  ...(object && { object }),
});
const DECLARED = evidence('declared', 'metadata.labels.a');
const OPT_OUT = evidence('opt-out', 'metadata.labels.b');
const decision = (standing: McpStanding, ...all: readonly Evidence[]): Decision =>
  ({ subject: SUBJECT, mcp: { standing, evidence: all, setAside: [], ports: [] } }) as unknown as Decision;
/** `messageId path level`: of each report. */
const told = (before: Decision | undefined, after: Decision): readonly string[] =>
  serverOptedOut
    .check({ before, after, change: {}, changed: SUBJECT, brought: [], isCollected: false } as unknown as ChangeContext)
    .map(({ messageId, path, atMost = 'deny' }) => `${messageId} ${path} ${atMost}`);

// biome-ignore format: one line a case
test.each<[what: string, before: Decision | undefined, after: Decision, told: readonly string[]]>([
  ['is told, where a label takes it out', decision('detected'), decision('no', OPT_OUT), ['opted_out metadata.labels.b deny']],
  ['is told, where its label goes', decision('declared', DECLARED), decision('no'), ['undeclared metadata.labels.a deny']],
  ['is told by the label that takes it out, where its own goes too', decision('declared', DECLARED), decision('no', OPT_OUT), ['opted_out metadata.labels.b deny']],
  ['is a warning, where it was only suspected', decision('suspected'), decision('no', OPT_OUT), ['opted_out metadata.labels.b warn']],
  ['is nothing, where it is a server still', decision('detected'), decision('suspected', OPT_OUT), []],
  ['is nothing, where it was none', decision('no', OPT_OUT), decision('no', OPT_OUT), []],
  ['is nothing, where it is new', undefined, decision('no', OPT_OUT), []],
  ['is nothing, where no label says so', decision('detected'), decision('no'), []],
])('A server that becomes none %s', (_, before, after, expected) => {
  expect(told(before, after)).toEqual(expected);
});

test('A server that becomes none is told with who bears the label, and as what it ran', () => {
  const maker = { ...SUBJECT, name: 'maker' };
  const context = {
    before: decision('detected'),
    after: decision('no', evidence('opt-out', 'p', maker)),
  } as unknown as ChangeContext;
  expect(serverOptedOut.check(context)).toMatchObject([
    { object: maker, data: { server: 'Deployment prod/a', standing: 'detected' } },
  ]);
});
