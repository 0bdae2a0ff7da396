import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/core/rules/index.ts';
import { baseCase, FIXTURE_KINDS, FIXTURES, type RuleCase, ruleCases } from '../support/rule-cases.ts';
import { type Expected, judgeCase } from '../support/rule-judgement.ts';

/** Everything that is expected of one rule's cases, by `fail/NAME`, `pass/NAME` or `/base`. */
type Golden = Record<string, readonly Expected[]>;

const fileOf = (id: string): string => `${FIXTURES}${id}/expect.json`;
const readGolden = (id: string): Golden | undefined =>
  existsSync(fileOf(id)) ? (JSON.parse(readFileSync(fileOf(id), 'utf8')) as Golden) : undefined;

/** Of a rule without a folder, the test of the index tells. */
const named = RULES.filter(({ id }) => existsSync(`${FIXTURES}${id}`)).map(rule => [rule.id, rule] as const);

/** One server on a line, and under it one finding on a line. */
function serverText({ findings, ...server }: Expected): string {
  const lines = findings.map(finding => `\n   ${JSON.stringify(finding)}`).join(',');
  return `  ${JSON.stringify({ ...server, findings: [] }).replace(/"findings":\[\]/, () => `"findings":[${lines}]`)}`;
}

function goldenText(golden: Golden): string {
  const cases = Object.entries(golden).map(([name, servers]) => {
    const lines = servers.map(server => `\n${serverText(server)}`).join(',');
    return ` ${JSON.stringify(name)}: [${lines}]`;
  });
  return `{\n${cases.join(',\n')}\n}\n`;
}

/** `UPDATE_GOLDEN=1` writes what differs and fails all the same: read the difference, then run again without it. */
describe.each(named)('The fixtures of %s:', (id, rule) => {
  const base = rule.judges === 'server' && existsSync(`${FIXTURES}${id}/base.yaml`) ? [baseCase(id)] : [];
  const cases: readonly (readonly ['' | 'fail' | 'pass', string, RuleCase])[] = [
    ...base.map(one => ['', one.name, one] as const),
    ...FIXTURE_KINDS.flatMap(kind => ruleCases(id, kind).map(one => [kind, one.name, one] as const)),
  ];
  const golden = readGolden(id);

  it.each(cases)('%s/%s is judged as written down', (kind, name, ruleCase) => {
    const { expected, findings } = judgeCase(rule, ruleCase);
    const rules = new Set(findings.map(finding => finding.rule));
    expect(rules.has(id), `${id} is found in fail fixtures, and in no other`).toBe(kind === 'fail');
    if (kind === '') expect(findings, 'the base has no fault').toEqual([]);
    // Where there is no golden at all, one test says so.
    if (process.env.UPDATE_GOLDEN !== '1' && golden !== undefined) {
      expect(Object.hasOwn(golden, `${kind}/${name}`), 'UPDATE_GOLDEN=1 writes what is expected').toBe(true);
      expect(expected).toEqual(golden[`${kind}/${name}`]);
    }
  });

  it('expect.json holds these fixtures and no others', () => {
    if (process.env.UPDATE_GOLDEN === '1') {
      const written = Object.fromEntries(
        cases.map(([kind, name, ruleCase]) => [`${kind}/${name}`, judgeCase(rule, ruleCase).expected]),
      );
      const text = goldenText(written);
      const isSame = existsSync(fileOf(id)) && readFileSync(fileOf(id), 'utf8') === text;
      if (!isSame) writeFileSync(fileOf(id), text);
      expect(isSame, 'expect.json was written: read the difference, and run again without UPDATE_GOLDEN').toBe(true);
    }
    expect(Object.keys(golden ?? {}).sort(), 'UPDATE_GOLDEN=1 writes what is expected').toEqual(
      cases.map(([kind, name]) => `${kind}/${name}`).sort(),
    );
  });
});
